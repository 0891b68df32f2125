"""The service as an ASGI application: GraphQL over HTTP, results, and pages for those who operate it."""

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from hcr.errors import HcrError
from hcr.service.door.doorkeeper import (
    METRICS_PATH,
    READY_PATH,
    Doorkeeper,
    Doorway,
    error_response,
)
from hcr.service.door.request_record import current
from hcr.service.graphql_answer import GraphQLAnswers
from hcr.service.limits import Limits
from hcr.service.model_download import ModelDownload
from hcr.service.resolvers import Service, executable_schema

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The text format of Prometheus."""

SIZE = re.compile(r"[0-9]{1,18}")
"""What can be the size of a request: `int` takes digits of any script, and only so many of them."""

log = logging.getLogger("hcr.service")


def create_app(service: Service, doorway: Doorway | None = None) -> Starlette:
    """Return the application behind a doorway; without one every request comes in."""
    doorway = doorway or Doorway()
    answers = GraphQLAnswers(executable_schema(service), doorway)
    download = ModelDownload(service.exports, service.secret)

    async def graphql(request: Request) -> Response:
        body = await _body(request, doorway.limits)
        return body if isinstance(body, Response) else await run_in_threadpool(answers.answer, body)

    async def results(request: Request) -> Response:
        return await run_in_threadpool(_result_file, service, request.path_params)

    async def model(request: Request) -> Response:
        number, base = request.path_params["number"], str(request.base_url)
        return await run_in_threadpool(download.link, number, base)

    async def model_file(request: Request) -> Response:  # its link is signed: no token is sent to it
        return await run_in_threadpool(download.file, request.path_params["number"], request.query_params)

    async def ready(_: Request) -> Response:
        return await run_in_threadpool(_readiness, service)

    async def metrics(_: Request) -> Response:
        if doorway.metrics is None:
            return error_response(404, "not_found", "there are no metrics here")
        text = await run_in_threadpool(doorway.metrics.text)
        return Response(text, headers={"content-type": METRICS_TYPE})

    routes = [
        Route("/api/graphql", graphql, methods=["POST"]),
        Route("/api/work-packages/{package_id}/results/{path:path}", results, methods=["GET"]),
        Route("/api/opendss-model/{number}", model, methods=["GET"]),
        Route("/api/opendss-model/{number}/file", model_file, methods=["GET"]),
        Route(READY_PATH, ready, methods=["GET"]),
        Route(METRICS_PATH, metrics, methods=["GET"]),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        if doorway.audit is not None:  # here: after a SIGTERM uvicorn does not come back to its caller
            await run_in_threadpool(doorway.audit.close)

    middleware = [Middleware(Doorkeeper, doorway)]
    application = Starlette(routes=routes, middleware=middleware, lifespan=lifespan)
    application.router.redirect_slashes = False  # an address names one thing or nothing
    return application


async def _body(request: Request, limits: Limits) -> dict[str, Any] | Response:
    """Return the parsed request, or the answer that refuses it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        # A page in a browser can send text to any address without asking; JSON only where that is allowed.
        return error_response(415, "bad_request", "the content type must be application/json")
    most = limits.body_bytes
    try:
        content = await _content(request, most, limits.patience_s)
    except TimeoutError:
        return _parting(f"nothing came for {limits.patience_s:g} s; send it again")
    if content is None:  # whoever still sends reads the answer afterwards; a connection has its own patience
        return error_response(413, "bad_request", f"the request is too large; at most {most} bytes are read")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return error_response(400, "bad_request", "the body is not JSON")
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return error_response(400, "bad_request", "the body must be an object with a `query`")
    return body


def _parting(message: str) -> Response:
    """Return the answer to a request whose rest is not waited for: the connection ends with it."""
    answer = error_response(408, "bad_request", message)
    answer.headers["Connection"] = "close"
    return answer


async def _content(request: Request, most: int, patience_s: float) -> bytes | None:
    """Return the body, or None where it is too large; one that does not say its size is cut off there.

    Raises
    ------
    TimeoutError
        Nothing came for so long.
    """
    size = request.headers.get("content-length", "0")
    if not SIZE.fullmatch(size) or int(size) > most:
        return None
    content, clock = bytearray(), asyncio.get_running_loop().time
    async with asyncio.timeout(patience_s) as patience:
        async for piece in request.stream():
            patience.reschedule(clock() + patience_s)
            content += piece
            if len(content) > most:
                return None
    return bytes(content)


def _readiness(service: Service) -> Response:
    """Return whether the ledger can be used, and why not; paths and queries stay in the log."""
    try:
        service.ledger.active()
    except (HcrError, SQLAlchemyError, OSError) as error:
        log.exception("the ledger cannot be used")
        why = error.why if isinstance(error, HcrError) else str(getattr(error, "orig", None) or "")
        text = "the ledger cannot be used" + (f": {why.splitlines()[0]}" if why else "")
        return JSONResponse({"status": "unavailable", "reason": text}, 503)
    return JSONResponse({"status": "ready"})


def _result_file(service: Service, where: dict[str, Any]) -> Response:
    """Return one file of a package that is on the ledger; nothing outside its folder."""
    package = service.ledger.package(where["package_id"])
    if package is not None:
        current().packages = (package.id,)
    file = _inside(service.place.results(package.id), where["path"]) if package is not None else None
    if file is not None:
        return FileResponse(file, media_type="application/octet-stream")
    return error_response(404, "not_found", "there is no such file")


def _inside(folder: Path, path: str) -> Path | None:
    """Return an existing file below a folder, links followed; None for all else."""
    try:
        root = folder.resolve()
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, ValueError):  # a name too long for the file system, or with a NUL
        return None
