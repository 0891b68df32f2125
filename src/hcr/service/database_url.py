"""The address of a PostgreSQL database, which may hold a password: what it shows of itself does not."""

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from hcr.errors import UsageError

VARIABLE = "HCR_DATABASE_URL"
"""The environment variable that names the database; a worker is told by it, never by its command line."""

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")

_REMEDY = (
    "Write postgresql://USER@HOST:5432/NAME; other characters than letters and digits in user and "
    "password are percent-encoded, such as %40 for @."
)


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A checked address; `read_database_url` makes it. As a text it is without password and options."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        parts = self.parts
        user = f"{parts.username}@" if parts.username else ""
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        return f"postgresql://{user}{host}{port}{parts.path}"

    def __repr__(self) -> str:
        return f"DatabaseUrl({str(self)!r})"

    @property
    def parts(self) -> SplitResult:
        """Return the parts as they are written."""
        return urlsplit(self.text)

    @property
    def options(self) -> dict[str, str]:
        """Return the options of the connection: https://www.postgresql.org/docs/current/libpq-connect.html."""
        return dict(parse_qsl(self.parts.query, keep_blank_values=True))

    @property
    def password(self) -> str:
        """Return the password, wherever it stands; empty where there is none."""
        return unquote(self.parts.password or "") or self.options.get("password", "")

    def without_password(self, text: str) -> str:
        """Return a text without the password where it stands as one; the same letters elsewhere stay."""
        text = text.replace(self.text, "***")
        for secret in filter(None, (self.password, self.parts.password)):
            own = re.escape(secret)
            text = re.sub(rf"(?<=:){own}(?=@)|(?<=password=){own}|(?<=password='){own}", "***", text)
        return text


def read_database_url(text: str, source: str) -> DatabaseUrl:
    """Return the address that a text holds; `source` is where somebody wrote it.

    Raises
    ------
    UsageError
        It is no address of a PostgreSQL database. The message does not repeat it.
    """
    why = _fault(text.strip())
    if why:
        raise UsageError(f"{source} names no PostgreSQL database", why=why, remedy=_REMEDY)
    return DatabaseUrl(text.strip())


def _fault(text: str) -> str:
    """Return what is wrong with an address; no part of it that could be a password is repeated."""
    scheme, separator, _ = text.partition("://")
    if not separator:
        return "it has no `://`"
    if scheme not in SCHEMES:
        return "only postgresql:// is spoken here; without it the ledger is a SQLite file"
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return "it cannot be taken apart"
    if "@" in parts.path + parts.query or parts.fragment:
        return "user or password hold characters that end them"  # all behind would count as host or name
    return ""
