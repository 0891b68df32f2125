"""What is known about the request that is being answered, for logs, metrics and the audit."""

import re
import uuid
from contextvars import ContextVar
from dataclasses import dataclass

from hcr.service.door.caller import Caller

_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


@dataclass(slots=True)
class RequestRecord:
    """One request; whoever answers it adds what they learn.

    Attributes
    ----------
    operation : operation of the contract, or name of the route.
    outcome : `ok`, or the code of the first error.
    """

    id: str
    address: str
    caller: Caller | None = None
    operation: str = "none"
    outcome: str = ""
    packages: tuple[str, ...] = ()

    def seen(self, outcome: str) -> dict[str, str]:
        """Return what every audit event tells."""
        return {"from": self.address, "request_id": self.id, "outcome": outcome}


CURRENT: ContextVar[RequestRecord | None] = ContextVar("hcr_request", default=None)


def current() -> RequestRecord:
    """Return the record of the request that is being answered; outside of one, a record nobody reads."""
    return CURRENT.get() or RequestRecord("", "")


def request_id(given: str | None) -> str:
    """Return the ID that a caller gave its request where it is sane, else a new one."""
    return given if given and _SANE_ID.fullmatch(given) else uuid.uuid4().hex
