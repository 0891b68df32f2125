"""The ledger's database where it is PostgreSQL."""

import re
from typing import Any
from urllib.parse import unquote

from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event

from hcr.errors import LedgerError, UsageError
from hcr.service.database_url import DatabaseUrl
from hcr.service.sqlite import BUSY_SECONDS

CONNECT_SECONDS = 10
"""How long a connection may take to come about [s]."""

VANISHED_MS = 60_000
"""How long a transaction may stand still before the server ends it [ms]."""

_UNREACHABLE = "See that PostgreSQL runs there and takes connections from this machine."
_BUSY = "Another process holds it; try again when that is done."

_BY_STATE = {
    "53100": "Make room on the disk of the database, then run the same line again.",
    "53300": "Let it take more connections (max_connections), or end what else uses it.",
    "42501": "Let the user make tables there: GRANT CREATE ON SCHEMA public TO …, or make it the owner.",
    "25006": "It takes no writing; name the one that does, not its copy.",
    "55P03": _BUSY,
    "40P01": _BUSY,
}
"""What to do, by SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html."""

_BY_TEXT = (
    (r'database ".*" does not exist', "Make it with createdb, or name one that is there."),
    (r"password|authentication|role .* does not exist|pg_hba\.conf", "Check the user and the password."),
    (r"invalid .*(option|value)", "Check what stands behind the ? of the address."),
    (r"remaining connection slots|too many clients", _BY_STATE["53300"]),
)
"""What to do where a connection did not come about: then there is a sentence and no SQLSTATE."""


def open_postgresql(address: DatabaseUrl, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine on a database; transactions wait for locks of others as long as those of SQLite do.

    Its connections raise `LedgerError`, without the password, where the database cannot be reached or used.

    Raises
    ------
    UsageError
        The driver is not installed.
    """
    _need_driver()
    engine = create_engine(
        _url_of(address),
        isolation_level="READ COMMITTED",  # rows are locked by name; a server may have another default
        pool_pre_ping=True,  # a server that was started anew costs one connection, not one call
        connect_args=_arguments(address, busy_seconds),
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.adapters.register_dumper(str, _without_nul())

    @event.listens_for(engine, "handle_error")
    def _explain(context: ExceptionContext) -> None:
        if context.is_pre_ping:  # SQLAlchemy opens another connection
            return
        error = context.original_exception
        remedy = _remedy(error, connected=context.connection is not None)
        if remedy:
            why = address.without_password(" ".join(str(error).split()))
            raise LedgerError(f"the ledger {address} cannot be used", why=why, remedy=remedy) from error

    return engine


def _need_driver() -> None:
    try:
        import psycopg  # noqa: F401 - to see that it is there
    except ImportError as error:
        raise UsageError(
            "PostgreSQL cannot be spoken to",
            why=f"the library psycopg cannot be used: {error}".splitlines()[0],
            remedy="Install it with: pip install 'hosting-capacity-runner[embedded,postgres]'.",
        ) from error


def _url_of(address: DatabaseUrl) -> URL:
    parts = address.parts
    return URL.create(
        "postgresql+psycopg",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        host=parts.hostname,
        port=parts.port,
        database=unquote(parts.path.lstrip("/")) or None,
    )


def _arguments(address: DatabaseUrl, busy_seconds: float) -> dict[str, Any]:
    """Return libpq's options; those of the address win, its `options` go before ours."""
    options = address.options
    patience_ms = max(1, round(busy_seconds * 1000))
    # The second is for machines that vanish in the middle: their locks go with their session.
    settings = f"-c lock_timeout={patience_ms} -c idle_in_transaction_session_timeout={VANISHED_MS}"
    settings = f"{options.pop('options', '')} {settings}".strip()
    usual = {"connect_timeout": CONNECT_SECONDS, "application_name": "hcr", "client_encoding": "utf8"}
    return {**usual, **options, "options": settings}


def _remedy(error: BaseException, *, connected: bool) -> str:
    """Return what to do about an error of the driver; empty where it is no fault of the database."""
    from psycopg import InterfaceError, OperationalError

    state = getattr(error, "sqlstate", None) or ""
    if state in _BY_STATE:
        return _BY_STATE[state]
    if connected:
        return _UNREACHABLE if isinstance(error, InterfaceError | OperationalError) else ""
    return next((remedy for text, remedy in _BY_TEXT if re.search(text, str(error))), _UNREACHABLE)


def _without_nul() -> type[Any]:
    """Return how texts are sent: PostgreSQL has no NUL in a text, SQLite and JSON do."""
    from psycopg.types.string import StrDumper

    class WithoutNul(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))

    return WithoutNul
