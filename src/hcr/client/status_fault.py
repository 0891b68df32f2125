"""What an HTTP status means when no GraphQL answer came with it."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from hcr.client.answer_errors import AnswerError
from hcr.errors import AuthError, HcrError, NotFoundError, ServerError

Shown = Literal["nothing", "token", "login"]
"""How a request said who sends it: not at all, by a token that somebody put down, by one of a login."""

LOGIN = "Log in again with `hcr DIR auth login`."
PASTE = (
    "Put a valid token into `access_token` of auth_config.json or HCR_TOKEN: `hcr DIR token create` makes "
    "one where `hcr DIR serve` runs. At a service with an authority, `hcr DIR auth login` logs in."
)
_PERMISSION = "Ask the service's operator for the permission, or log in as somebody who has it."
_SCOPE = (
    "Ask the service's operator for a token with that scope: `hcr DIR token create --scope write` makes one "
    "where `hcr DIR serve` runs."
)
_WRONG_PLACE = "Check `host` and `port`: a proxy, a login page or another service may have answered."
_EXCERPT, _MESSAGE = 120, 1000
"""Characters of a body that is anything, and of what a service says about itself."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The part of an HTTP answer that goes into a message; `text` is redacted by the caller."""

    url: str
    status: int
    text: str
    request_id: str
    location: str = ""
    shown: Shown = "login"

    @property
    def message(self) -> str:
        """What the errors of a GraphQL answer say; nothing where the body is no such answer."""
        try:
            answer = json.loads(self.text)
        except (ValueError, RecursionError):
            return ""
        errors = answer.get("errors") if isinstance(answer, dict) else None
        found = errors if isinstance(errors, list) else []
        return "; ".join(AnswerError.read(error).message for error in found)

    @property
    def why(self) -> str:
        """Status, the message or the beginning of the body, and the ID to ask the operator about."""
        phrase = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else ""
        message = self.message
        excerpt = _brief(message, _MESSAGE) if message else _brief(self.text, _EXCERPT)
        parts = (f"HTTP {self.status} {phrase}".rstrip(), excerpt, f"request {self.request_id}")
        return ", ".join(part for part in parts if part)


def status_fault(reply: Reply) -> HcrError:
    """The error for an answer whose status is not 2xx."""
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return _unauthorized(reply)
    if reply.status == HTTPStatus.FORBIDDEN:
        remedy = _SCOPE if "scope" in reply.message else _PERMISSION
        return AuthError(f"{reply.url} does not allow this", why=reply.why, remedy=remedy)
    if reply.status == HTTPStatus.NOT_FOUND:
        return NotFoundError(f"Nothing was found at {reply.url}", why=reply.why, remedy=_WRONG_PLACE)
    if reply.location:
        return ServerError(
            f"{reply.url} sends us elsewhere",
            why=f"HTTP {reply.status} to {reply.location}",
            remedy="Put that address into `protocol`, `host` and `port` of auth_config.json.",
        )
    if reply.status in {429, 502, 503, 504}:
        return ServerError(f"{reply.url} is busy or down", why=reply.why, remedy="Try again later.")
    return ServerError(f"{reply.url} answered with an error", why=reply.why, remedy=_WRONG_PLACE)


def _unauthorized(reply: Reply) -> AuthError:
    """The error for a caller whom the service does not know."""
    if reply.shown == "nothing":
        return AuthError(f"{reply.url} wants a token, and none was sent", why=reply.why, remedy=PASTE)
    remedy = PASTE if reply.shown == "token" else LOGIN
    return AuthError(f"{reply.url} does not accept the token", why=reply.why, remedy=remedy)


def not_graphql(reply: Reply) -> ServerError:
    """The error for a 2xx answer that is no GraphQL answer."""
    return ServerError(
        f"{reply.url} did not answer like a hosting-capacity service", why=reply.why, remedy=_WRONG_PLACE
    )


def _brief(text: str, most: int) -> str:
    """The text on one line, cut where it is longer than `most` characters."""
    line = " ".join(text.split())
    return line[:most] + "…" if len(line) > most else line
