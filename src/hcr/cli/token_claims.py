"""What a pasted token says about itself, where it is a JSON Web Token; nothing of it is verified here."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime

_NAMES = ("preferred_username", "upn", "email", "client_id", "azp", "appid", "sub")
"""Claims that name an account, the one people know best first."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """Whose the token is and until when; nothing for a token that keeps it to itself."""

    account: str | None = None
    expires_at: datetime | None = None


def read_claims(token: str) -> TokenClaims:
    """Return what the token says; it is opaque unless it has three parts with JSON in the second."""
    parts = token.split(".")
    if len(parts) != 3:
        return TokenClaims()
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        account = next((str(claims[name]) for name in _NAMES if claims.get(name)), None)
        expiry = datetime.fromtimestamp(claims["exp"], UTC) if "exp" in claims else None
    except (ValueError, TypeError, AttributeError, OverflowError, OSError):
        return TokenClaims()
    return TokenClaims(account, expiry)
