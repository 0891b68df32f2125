"""Who sends a request, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a caller may do: `read` asks, `write` also changes."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who was let in.

    Attributes
    ----------
    kind : `loopback` without a token, `token`, or `jwt`.
    id : identifier of the token, or subject of the JWT; never the token itself.
    """

    kind: str
    id: str
    name: str
    scope: Scope

    @property
    def may_write(self) -> bool:
        """Return whether mutations are allowed."""
        return self.scope is Scope.WRITE

    def who(self) -> dict[str, str]:
        """Return the caller as logs have it."""
        return {"kind": self.kind, "id": self.id, "name": self.name}


LOOPBACK = Caller("loopback", "", "", Scope.WRITE)
"""Whoever is on this machine, where no token is demanded."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody was not let in.

    Attributes
    ----------
    status : 401, 403 or 503.
    code : stable word, for the answer and for logs.
    reason : sentence without anything secret.
    who : whose token it was, where that is certain.
    """

    status: int
    code: str
    reason: str
    who: Caller | None = None
