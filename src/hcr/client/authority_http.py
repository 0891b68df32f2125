"""Calls to an authority for tokens, in the shape that msal asks of an HTTP client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from hcr.client.endpoint import Endpoint
from hcr.client.network_fault import network_fault
from hcr.client.transport import RequestFailed, TransportOptions, open_http
from hcr.errors import AuthError, ServerError

_MICROSOFT = (
    ".microsoftonline.com",
    ".microsoftonline.us",
    ".microsoftonline.cn",
    ".chinacloudapi.cn",
    ".b2clogin.com",
    ".ciamlogin.com",
)
# msal asks Microsoft's question of every authority, on its default port, with the user name in the path.
_USER_REALM = "/common/userrealm/"
_TROUBLE = 500


def is_microsoft(authority: str) -> bool:
    """True for Entra ID, B2C and External ID in all their clouds."""
    return (urlsplit(authority).hostname or "").endswith(_MICROSOFT)


@dataclass(frozen=True, slots=True)
class AuthorityAnswer:
    """Status, headers and text of an answer; nobody prints it, tokens are in it."""

    status_code: int
    text: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class _Form:
    params: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    data: Mapping[str, str] | None = field(default=None, repr=False)


class AuthorityHttp:
    """A client for one authority; what msal does not understand leaves as our errors."""

    def __init__(self, endpoint: Endpoint, options: TransportOptions, *, microsoft: bool) -> None:
        self._endpoint = endpoint
        self._options = options
        self._microsoft = microsoft

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AuthorityAnswer:
        """The answer to a question about the authority itself."""
        if _USER_REALM in url and not self._microsoft:
            return AuthorityAnswer(404)
        return self._answer("GET", url, _Form(params, headers))

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AuthorityAnswer:
        """The answer to a form, which has secrets in it."""
        return self._answer("POST", url, _Form(params, headers, data))

    def _answer(self, method: str, url: str, form: _Form) -> AuthorityAnswer:
        place = url.partition("?")[0]
        try:
            # A login is two or three calls, so no connection is kept that somebody must close.
            with open_http(self._endpoint, self._options) as client:
                response = client.request(
                    method,
                    url,
                    params=dict(form.params) if form.params else None,
                    headers=dict(form.headers or {}),
                    data=dict(form.data) if form.data else None,
                    follow_redirects=method == "GET",
                )
        except RequestFailed as error:
            raise network_fault(place, error) from None
        if self._options.trace:
            self._options.trace(f"* {method} {place}: {response.status_code}")
        if response.status_code >= _TROUBLE:
            raise ServerError(
                f"The authority {place} is in trouble",
                why=f"HTTP {response.status_code}",
                remedy="Try again later, or put a token into HCR_TOKEN.",
            )
        return AuthorityAnswer(response.status_code, response.text, dict(response.headers))


def authority_endpoint(authority: str, ca: Path | None) -> Endpoint:
    """Where the authority is; only https will do, because secrets go there."""
    parts = urlsplit(authority)
    if parts.scheme != "https" or not parts.hostname:
        raise AuthError(
            f"No login at `{authority}`",
            why="an authority's address begins with https://",
            remedy="Correct `authority` in auth_config.json.",
        )
    return Endpoint("https", parts.hostname, parts.port or 443, ca=ca)
