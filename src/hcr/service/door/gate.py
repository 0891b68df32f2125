"""Who may come in: the service's own token, tokens of its file, JWTs of an issuer."""

import hmac
from typing import TYPE_CHECKING

from hcr.service.door.caller import LOOPBACK, Caller, Refusal, Scope
from hcr.service.door.token_store import PREFIX, TokenStore

if TYPE_CHECKING:
    from hcr.service.door.issuer import Issuer

LONGEST_TOKEN = 16 * 1024
"""Characters; JWTs with many groups have a few thousand."""

_NO_TOKEN = Refusal(401, "unauthenticated", "this service needs a token")
_UNKNOWN = Refusal(401, "unauthenticated", "this service does not know the token")


class Gate:
    """Tells who sends a request.

    Parameters
    ----------
    token : the one token of auth_config.json or HCR_SERVICE_TOKEN; it may write.
    store : tokens made by `hcr DIR token create`.
    issuer : whose JWTs count.
    closed : demand a token in any case: the address is open to other machines.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        store: TokenStore | None = None,
        issuer: "Issuer | None" = None,
        closed: bool = False,
    ) -> None:
        self._token = token
        self._store = store
        self._issuer = issuer
        self._closed = closed or token is not None or issuer is not None

    @property
    def is_open(self) -> bool:
        """Return whether nobody needs a token.

        Once a token was made the gate stays shut, even when all are revoked: whoever made one wanted it so.
        """
        return not (self._closed or (self._store is not None and bool(self._store.tokens())))

    @property
    def may_wait(self) -> bool:
        """Return whether `identify` may have to fetch the keys of an issuer."""
        return self._issuer is not None

    def identify(self, authorization: str) -> Caller | Refusal:
        """Return who comes with a header `Authorization`, or why they do not come in."""
        if self.is_open:
            return LOOPBACK
        scheme, _, given = authorization.strip().partition(" ")
        given = given.strip()
        if scheme.lower() != "bearer" or not given:
            return _NO_TOKEN
        if len(given) > LONGEST_TOKEN:
            return _UNKNOWN
        if self._token is not None and hmac.compare_digest(_bytes(given), _bytes(self._token)):
            return Caller("token", "own", "service token", Scope.WRITE)
        if self._issuer is not None and given.count(".") == 2 and not given.startswith(PREFIX):
            return self._issuer.identify(given)
        return self._stored(given)

    def _stored(self, given: str) -> Caller | Refusal:
        found = self._store.find(given) if self._store is not None else None
        if found is None or self._store is None:
            return _UNKNOWN
        caller = Caller("token", found.id, found.name, found.scope)
        state = found.state(self._store.clock())
        if state == "active":
            return caller
        said = "the token has expired" if state == "expired" else "the token was revoked"
        return Refusal(401, state, said, caller)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
