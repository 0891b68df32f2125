"""Where a service is and how far we trust the way to it."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from hcr.errors import AuthError

Protocol = Literal["https", "http", "embedded"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a service; `insecure` lets a token travel over plain http to another machine."""

    protocol: Protocol
    host: str
    port: int
    verify_certificate: bool = True
    ca: Path | None = None
    insecure: bool = False

    @classmethod
    def embedded(cls) -> "Endpoint":
        """The service within this process; its calls never meet a socket."""
        return cls("embedded", "localhost", 80)

    @property
    def url(self) -> str:
        """Scheme, host and port, without a path."""
        scheme = "https" if self.protocol == "https" else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """True when the service is on this machine, by its name or its number."""
        if self.protocol == "embedded" or self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_unverified(self) -> bool:
        """True when anybody on the way could pose as the service."""
        return self.protocol == "https" and not self.verify_certificate

    def refuse_token_in_clear(self) -> None:
        """Raise AuthError when a token would travel unencrypted to another machine."""
        if self.protocol != "http" or self.is_loopback or self.insecure:
            return
        raise AuthError(
            f"The token was not sent to {self.url}",
            why="over plain http everybody on the way could read it",
            remedy="Set `protocol` to https in auth_config.json; `insecure` allows it for a test network.",
        )
