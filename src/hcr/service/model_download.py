"""The files of an OpenDSS export over HTTP: a link for who has the token, a file for who has the link."""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import FileResponse, RedirectResponse, Response

from hcr.service.door.doorkeeper import error_response
from hcr.service.model_export import ModelExports

LIFE_SECONDS = 30
"""How long a link opens the file [s]; the token is not sent to it."""


@dataclass(frozen=True, slots=True)
class ModelDownload:
    """Signs links and follows them.

    Attributes
    ----------
    secret : key of the signatures, of this process alone; clock : seconds since the epoch.
    """

    exports: ModelExports
    secret: bytes
    clock: Callable[[], float] = time.time

    def link(self, number: str, base: str) -> Response:
        """Return the redirection to an export's file; 404 without such an export, 409 before it is made.

        Parameters
        ----------
        base : the address that the caller used, up to the path.
        """
        folder = self.exports.named(number)
        if folder is None:
            return error_response(404, "not_found", f"there is no OpenDSS model {number:.20}")
        if not folder.archive.is_file():
            state, errors = folder.state()
            why = f": {'; '.join(errors)}" if errors else "; its state tells when it can be fetched"
            return error_response(409, "not_ready", f"OpenDSS model {number} is in state {state}{why}")
        expires = str(int(self.clock()) + LIFE_SECONDS)
        proof = urlencode({"expires": expires, "signature": self._signature(number, expires)})
        return RedirectResponse(f"{base.rstrip('/')}/api/opendss-model/{number}/file?{proof}", 302)

    def file(self, number: str, query: Any) -> Response:
        """Return an export's file; 403 where the link is not ours or too old."""
        expires, signature = query.get("expires", ""), query.get("signature", "")
        if not hmac.compare_digest(signature.encode(), self._signature(number, expires).encode()):
            return error_response(
                403, "forbidden", "this link was not made by this service; ask for a new one"
            )
        if self.clock() >= int(expires):
            why = f"links live {LIFE_SECONDS} seconds"
            return error_response(403, "expired", f"this link is too old, {why}; ask for a new one")
        folder = self.exports.named(number)
        if folder is None or not folder.archive.is_file():
            return error_response(404, "not_found", f"there is no OpenDSS model {number:.20}")
        return FileResponse(
            folder.archive, media_type="application/zip", filename=f"opendss-model-{number}.zip"
        )

    def _signature(self, number: str, expires: str) -> str:
        return hmac.digest(self.secret, f"{number} {expires}".encode(), "sha256").hex()
