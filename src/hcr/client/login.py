"""What logging in needs and what it leaves: plain values, without the library that does it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

LoginMethod = Literal["client_credentials", "device_code", "password"]


@dataclass(frozen=True, slots=True)
class Login:
    """An OAuth2 login at an authority (Entra ID or any OpenID Connect issuer).

    Parameters
    ----------
    authority : str
        Address of the issuer, such as ``https://login.microsoftonline.com/<tenant>``.
    scopes : tuple of str
        What the token is for; empty means the client's own default at Entra ID, none elsewhere.
    cache : Path or None
        File that keeps tokens between commands; None keeps them in memory.
    ca : Path or None
        Own certificate authority, a file or folder. The issuer's certificate is always verified.
    """

    method: LoginMethod
    authority: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()
    cache: Path | None = None
    ca: Path | None = None


@dataclass(frozen=True, slots=True)
class DevicePrompt:
    """What a person must do on another device: open `url`, type `code`."""

    url: str
    code: str = field(repr=False)
    message: str = field(repr=False)
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class LoginStatus:
    """Who is logged in and until when; `renewable` when a refresh token lies in the cache."""

    account: str
    expires_at: datetime | None
    renewable: bool
    cache: Path | None
