"""What an HTTP status means when no GraphQL answer came with it."""

from dataclasses import dataclass
from http import HTTPStatus

from hcr.errors import AuthError, HcrError, NotFoundError, ServerError

LOGIN = "Log in again with `hcr DIR auth login`, or put a valid token into `access_token` or HCR_TOKEN."
_WRONG_PLACE = "Check `host` and `port`: a proxy, a login page or another service may have answered."
_EXCERPT = 120


@dataclass(frozen=True, slots=True)
class Reply:
    """The part of an HTTP answer that goes into a message; `text` is redacted by the caller."""

    url: str
    status: int
    text: str
    request_id: str
    location: str = ""

    @property
    def why(self) -> str:
        """Status, the beginning of the body, and the ID to ask the service's operator about."""
        phrase = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else ""
        excerpt = " ".join(self.text.split())
        if len(excerpt) > _EXCERPT:
            excerpt = excerpt[:_EXCERPT] + "…"
        parts = (f"HTTP {self.status} {phrase}".rstrip(), excerpt, f"request {self.request_id}")
        return ", ".join(part for part in parts if part)


def status_fault(reply: Reply) -> HcrError:
    """The error for an answer whose status is not 2xx."""
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return AuthError(f"{reply.url} does not accept the token", why=reply.why, remedy=LOGIN)
    if reply.status == HTTPStatus.FORBIDDEN:
        return AuthError(
            f"{reply.url} does not allow this",
            why=reply.why,
            remedy="Ask the service's operator for the permission, or log in as somebody who has it.",
        )
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


def not_graphql(reply: Reply) -> ServerError:
    """The error for a 2xx answer that is no GraphQL answer."""
    return ServerError(
        f"{reply.url} did not answer like a hosting-capacity service", why=reply.why, remedy=_WRONG_PLACE
    )
