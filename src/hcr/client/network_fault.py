"""Why a service could not be reached, in words that lead to the setting to change."""

import ssl

from hcr.errors import NetworkError

_CERTIFICATE = (
    "Point `ca_filename` in auth_config.json to the authority that signed the certificate;"
    " `verify_certificate: false` is for a short test only."
)
_NO_TLS = "Set `protocol` to http in auth_config.json if the service speaks plain http, or correct `port`."
UNKNOWN_OUTCOME = (
    "The request may have arrived and was not sent again. Look for it with `hcr DIR work-package list`"
    " before you repeat the command."
)


def tls_error(error: BaseException) -> ssl.SSLError | None:
    """The TLS failure that kept a connection from coming about, when that was the trouble.

    A connection that breaks later may fail in TLS too, but it says nothing about the settings.
    """
    cause: BaseException | None = error if type(error).__name__ == "ConnectError" else None
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def network_fault(url: str, error: Exception, *, remedy: str = "") -> NetworkError:
    """The error for a call to `url` that got no answer."""
    tls = tls_error(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        why = getattr(tls, "verify_message", "") or str(tls)
        return NetworkError(f"The certificate of {url} is not trusted", why=why, remedy=_CERTIFICATE)
    if tls is not None:
        why = f"no TLS connection came about ({getattr(tls, 'reason', None) or tls})"
        return NetworkError(f"Cannot reach {url}", why=why, remedy=_NO_TLS)
    return NetworkError(f"No answer from {url}", why=_reason(error), remedy=remedy)


def _reason(error: Exception) -> str:
    name = type(error).__name__
    if name == "ConnectTimeout":
        return "the connection was not accepted in time"
    if name.endswith("Timeout"):
        return "the answer did not come in time"
    return str(error) or name
