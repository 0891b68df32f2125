"""Who we are: the one seam for credentials, and the token that a person pasted."""

from dataclasses import dataclass, field
from typing import Protocol

from hcr.errors import AuthError


class Credentials(Protocol):
    """Something that knows a token and how to get a fresh one."""

    def token(self) -> str | None:
        """The bearer token for the next call, or None when calls go without one."""

    def renew(self) -> str | None:
        """A token newer than the one just refused, or None when there is none to be had."""


@dataclass(frozen=True, slots=True)
class StaticToken:
    """A personal access token, or nothing; it cannot be renewed."""

    value: str | None = field(default=None, repr=False)

    def token(self) -> str | None:
        """The token without the white space that pasting adds; None when there is none."""
        text = (self.value or "").strip()
        if text and not (text.isascii() and text.isprintable() and " " not in text):
            raise AuthError(
                "The access token cannot be sent",
                why="it has spaces, line breaks or characters outside ASCII, which no token has",
                remedy="Copy the token again, into `access_token` of auth_config.json or HCR_TOKEN.",
            )
        return text or None

    def renew(self) -> str | None:
        """None: somebody has to make a new token."""
        return None
