"""JWTs of an issuer: whose they are, and what they allow.

Checked as RFC 8725 and RFC 9068 ask: algorithm from a short list of ours, key from the issuer itself,
signature, `iss`, `aud`, `exp`, `nbf`, `iat`.
"""

import base64
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jws import JWSRegistry

from hcr.errors import NetworkError
from hcr.service.door.caller import Caller, Refusal, Scope
from hcr.service.door.issuer_keys import ALGORITHMS, IssuerKeys, IssuerSettings

LEEWAY_SECONDS = 30
"""How far the issuer's clock may be off [s]."""

SCOPES = {
    Scope.WRITE: frozenset({"hcr:write", "hcr.write"}),
    Scope.READ: frozenset({"hcr:read", "hcr.read"}),
}
"""Names in `scope`, `scp` or `roles` that allow something here; writing includes reading."""

_SUBJECTS = ("sub", "client_id", "azp", "appid")
_NAMES = ("preferred_username", "upn", "email", "client_id", "azp", "appid")

log = logging.getLogger("hcr.service.issuer")


class Issuer:
    """Believes JWTs of one issuer."""

    def __init__(
        self,
        settings: IssuerSettings,
        keys: IssuerKeys | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        settings.check()
        self._keys = keys or IssuerKeys(settings)
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": settings.url},
            aud={"essential": True, "value": settings.audience},
            exp={"essential": True},
        )

    def identify(self, token: str) -> Caller | Refusal:
        """Return whose token this is, or why it does not count."""
        header = _header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            return _refused(f"tokens must be signed by {' or '.join(ALGORITHMS)}")
        if "crit" in header or not isinstance(kid, str | None):
            return _refused("the header of the token is not understood")
        try:
            key = self._keys.find(algorithm, kid)
        except NetworkError as error:
            log.warning("a token cannot be checked: %s", error)
            return Refusal(503, "unavailable", "the issuer of the token cannot be reached; try again later")
        if key is None:
            return _refused("the token is signed by a key that its issuer does not have")
        try:
            # Other header fields are the issuer's own affair; `crit` was refused above.
            registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
            claims = jwt.decode(token, key, algorithms=[algorithm], registry=registry).claims
            self._claims.validate(claims)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            return _refused(_why(error))
        return _caller(claims)


def _header(token: str) -> Mapping[str, Any]:
    """Return the header, before anything of it is believed."""
    part = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return header if isinstance(header, dict) else {}


def _caller(claims: Mapping[str, Any]) -> Caller | Refusal:
    subject = _first(claims, _SUBJECTS)
    if not subject:
        return _refused("the token names no subject")
    granted = {name for claim in ("scope", "scp", "roles") for name in _words(claims.get(claim))}
    for scope, names in SCOPES.items():
        if granted & names:
            return Caller("jwt", subject, _first(claims, _NAMES), scope)
    known = Caller("jwt", subject, _first(claims, _NAMES), Scope.READ)
    return Refusal(403, "forbidden", "the token has neither the scope hcr:read nor hcr:write", known)


def _first(claims: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found = (claims[name] for name in names if isinstance(claims.get(name), str) and claims[name])
    return str(next(found, ""))[:200]


def _words(value: object) -> list[str]:
    """Return the words of a claim: a text with spaces (RFC 8693, 4.2) or a list."""
    if isinstance(value, str):
        return value.split()
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _why(error: Exception) -> str:
    if isinstance(error, ExpiredTokenError):
        return "the token has expired"
    if isinstance(error, MissingClaimError):
        return "the token lacks one of the claims iss, aud and exp"
    if isinstance(error, InvalidClaimError):
        wrong = {"iss": "another issuer", "aud": "another audience"}.get(error.claim)
        return f"the token is of {wrong}" if wrong else "the token does not count yet"
    return "the signature of the token is not right"


def _refused(reason: str) -> Refusal:
    return Refusal(401, "unauthenticated", reason)
