"""Which certificates are believed: the system's store, and an own authority on top."""

import ssl
from pathlib import Path

from hcr.errors import ConfigError

_CERTIFICATE_SUFFIXES = {".pem", ".crt", ".cer"}


def trust(ca: Path | None = None, *, verify: bool = True) -> ssl.SSLContext:
    """A TLS context on the system's store (SSL_CERT_FILE counts) plus the file or folder `ca`."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca is not None:
        for file in _certificate_files(ca):
            _add(context, file)
    return context


def _certificate_files(ca: Path) -> list[Path]:
    if not ca.is_dir():
        return [ca]
    # OpenSSL itself reads only folders prepared by `openssl rehash`; people just drop files there.
    files = sorted(file for file in ca.iterdir() if file.suffix.lower() in _CERTIFICATE_SUFFIXES)
    if not files:
        raise ConfigError(
            f"No CA certificate in {ca}",
            why="the folder has no .pem, .crt or .cer file",
            remedy="Put the CA certificate there in PEM form, or change `ca_filename` in auth_config.json.",
        )
    return files


def _add(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"The CA certificate {file} cannot be read",
            why=str(error),
            remedy="Point `ca_filename` in auth_config.json to a certificate in PEM form.",
        ) from error
