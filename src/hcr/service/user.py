"""Who calls: a name for the ledger and for `currentUser`."""

import getpass
import os
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hcr.service.door.caller import LOOPBACK, Caller
from hcr.service.ledger import Ledger
from hcr.service.ledger_reading import reading
from hcr.service.ledger_schema import work_packages


@dataclass(frozen=True, slots=True)
class User:
    """A caller.

    Attributes
    ----------
    name : what is noted beside a package; provider : who vouches for the name.
    permissions : scopes of the caller's token; empty where nobody needs one.
    """

    name: str
    provider: str
    email: str | None = None
    permissions: tuple[str, ...] = ()


def machine_user() -> User:
    """Return the login user of this machine; its number where the machine has no name for it."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    return User(name, "machine")


def user_of(caller: Caller | None) -> User:
    """Return whom the doorkeeper let in; whoever needs no token is the login user of this machine."""
    if caller is None or caller is LOOPBACK:
        return machine_user()
    permissions = ("read", "write") if caller.may_write else ("read",)
    provider = "issuer" if caller.kind == "jwt" else "token of this service"
    return User(caller.name or caller.id, provider, permissions=permissions)


def calling(info: Any) -> User:
    """Return who sent the request; the login user where the application names nobody."""
    context = info.context
    user = context.get("user") if isinstance(context, dict) else None
    return user if isinstance(user, User) else machine_user()


def author(name: str | None) -> dict[str, Any] | None:
    """Return an author of the ledger in the shape of the contract; None where none was noted."""
    return None if not name else {"id": name, "username": name, "email": None, "identityProvider": None}


def authors(ledger: Ledger) -> list[str]:
    """Return the names of all who ever submitted a package, deleted ones included, sorted."""
    column = work_packages.c.created_by
    with reading(ledger) as connection:
        names = connection.scalars(select(column).where(column.is_not(None)).distinct())
        return sorted(name for name in names if name)
