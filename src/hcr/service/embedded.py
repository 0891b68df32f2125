"""The service in this process: the same GraphQL code, reached without a socket."""

import asyncio
import logging
import os
from pathlib import Path

import httpx

from hcr.service.app import create_app
from hcr.service.database_url import DatabaseUrl
from hcr.service.execution import read_execution
from hcr.service.place import Place
from hcr.service.resolvers import Service
from hcr.service.worker import ensure_worker


class EmbeddedTransport(httpx.BaseTransport):
    """Answers requests of a synchronous client with the service of a config directory.

    Raises
    ------
    UsageError
        When made: the environment says something that cannot be about how tasks are run.
    LedgerError
        When made: the ledger, a file below the directory or the database, cannot be used.
    """

    def __init__(self, directory: Path, database: DatabaseUrl | None = None) -> None:
        place = Place(directory, database)
        read_execution(os.environ)  # a worker could tell of a mistake in its log only
        self._service = Service(place, ensure_worker)
        self._asgi = httpx.ASGITransport(create_app(self._service), raise_app_exceptions=False)
        # The caller's terminal shows the answer; the trace of a fault goes to a file, made when needed.
        self._log = logging.FileHandler(place.service_log, delay=True)
        self._log.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger("hcr").addHandler(self._log)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the service's answer."""
        return asyncio.run(self._ask(request))

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        answer = await self._asgi.handle_async_request(request)
        body = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)

    def close(self) -> None:
        """Let go of the ledger; a worker process goes on."""
        logging.getLogger("hcr").removeHandler(self._log)
        self._log.close()
        self._service.close()
