"""Options of the door of a service: TLS, whose tokens count, limits, log."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hcr.errors import UsageError
from hcr.service.limits import SERVED, Limits

if TYPE_CHECKING:
    from hcr.service.door.issuer_keys import IssuerSettings
    from hcr.service.serve import Tls

F = TypeVar("F", bound=Callable[..., Any])

MEBIBYTE = 1024 * 1024
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

DEFAULT_AUDIENCE = "hcr"


@dataclass(frozen=True, slots=True)
class DoorOptions:
    """What the options say, as they were given."""

    tls_cert: Path | None
    tls_key: Path | None
    issuer: str | None
    audience: str | None
    jwks: str | None
    log_format: str
    limits: Limits

    def tls(self) -> "Tls | None":
        """Return certificate and key; UsageError where one is missing."""
        if self.tls_cert is None and self.tls_key is None:
            return None
        if self.tls_cert is None or self.tls_key is None:
            missing = "--tls-cert" if self.tls_cert is None else "--tls-key"
            raise UsageError(
                f"{missing} is missing",
                why="TLS takes a certificate and its private key",
                remedy="Give both, or neither to serve over plain http.",
            )
        from hcr.service.serve import Tls

        return Tls(self.tls_cert, self.tls_key)

    def issuer_settings(self) -> "IssuerSettings | None":
        """Return whose JWTs count; UsageError where keys or audience are named but no issuer."""
        if self.issuer is None:
            for name, given in (("--jwks", self.jwks), ("--audience", self.audience)):
                if given is not None:
                    raise UsageError(
                        f"{name} is about the JWTs of an issuer, and --issuer is missing",
                        remedy="Name the issuer as its tokens name it in `iss`.",
                    )
            return None
        from hcr.service.door.issuer_keys import IssuerSettings

        return IssuerSettings(self.issuer, self.audience or DEFAULT_AUDIENCE, self.jwks)


_OPTIONS = (
    click.option(
        "--tls-cert",
        type=FILE,
        envvar="HCR_SERVICE_TLS_CERT",
        help="Serve https with this certificate chain (PEM).",
    ),
    click.option(
        "--tls-key", type=FILE, envvar="HCR_SERVICE_TLS_KEY", help="Private key of the certificate (PEM)."
    ),
    click.option(
        "--issuer",
        metavar="URL",
        envvar="HCR_SERVICE_ISSUER",
        help="Accept JWTs of this issuer, named exactly as in their `iss`.",
    ),
    click.option(
        "--audience",
        metavar="NAME",
        envvar="HCR_SERVICE_AUDIENCE",
        help=f"What `aud` of a JWT must name; without, {DEFAULT_AUDIENCE}.",
    ),
    click.option(
        "--jwks",
        metavar="URL",
        envvar="HCR_SERVICE_JWKS",
        help="Address of the issuer's keys; without it the issuer's metadata tells.",
    ),
    click.option(
        "--log-format",
        type=click.Choice(("text", "json")),
        envvar="HCR_SERVICE_LOG_FORMAT",
        default="text",
        show_default=True,
        help="Form of the log on stderr.",
    ),
    click.option(
        "--rate",
        type=click.IntRange(0),
        envvar="HCR_SERVICE_RATE",
        default=SERVED.requests_per_minute,
        show_default=True,
        help="Requests a minute of one token, or of one address without; 0 is without limit.",
    ),
    click.option(
        "--max-body",
        metavar="MIB",
        type=click.IntRange(1, 1024),
        envvar="HCR_SERVICE_MAX_BODY",
        default=SERVED.body_bytes // MEBIBYTE,
        show_default=True,
        help="Size of a request [MiB].",
    ),
    click.option(
        "--max-depth",
        type=click.IntRange(1, 100),
        envvar="HCR_SERVICE_MAX_DEPTH",
        default=SERVED.depth,
        show_default=True,
        help="Levels of a query.",
    ),
    click.option(
        "--max-aliases",
        type=click.IntRange(0),
        envvar="HCR_SERVICE_MAX_ALIASES",
        default=SERVED.aliases,
        show_default=True,
        help="Renamed fields of a query.",
    ),
    click.option(
        "--max-cost",
        type=click.IntRange(1),
        envvar="HCR_SERVICE_MAX_COST",
        default=SERVED.cost,
        show_default=True,
        help="Values that an answer may hold, lists counted by their size.",
    ),
    click.option(
        "--max-page",
        type=click.IntRange(100, SERVED.page),
        envvar="HCR_SERVICE_MAX_PAGE",
        default=SERVED.page,
        show_default=True,
        help="Entries of one page.",
    ),
)


def door_options(command: F) -> F:
    """Add the options to a command, which gets them as `options`."""

    @functools.wraps(command)
    def wrapped(
        *args: Any,
        rate: int,
        max_body: int,
        max_depth: int,
        max_aliases: int,
        max_cost: int,
        max_page: int,
        tls_cert: Path | None,
        tls_key: Path | None,
        issuer: str | None,
        audience: str | None,
        jwks: str | None,
        log_format: str,
        **kwargs: Any,
    ) -> Any:
        limits = Limits(
            body_bytes=max_body * MEBIBYTE,
            depth=max_depth,
            aliases=max_aliases,
            cost=max_cost,
            page=max_page,
            requests_per_minute=rate,
        )
        options = DoorOptions(tls_cert, tls_key, issuer, audience, jwks, log_format, limits)
        return command(*args, options=options, **kwargs)

    decorated: Any = wrapped
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]
