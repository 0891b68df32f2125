"""The service of `hcr DIR serve` in a process of its own, where nothing that is submitted is worked on.

python -m fuzzing.service_process DIR

Door, application and socket are the real ones; only what would start a worker or a maker of exports does
not. One JSON line on stdout tells the port, a token of each scope, and the private key of an issuer that the
service believes.
"""

import json
import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import uvicorn
from joserfc.jwk import ECKey

from hcr.service.database_url import read_database_url
from hcr.service.door.audit import AuditLog
from hcr.service.door.caller import Scope
from hcr.service.door.issuer_keys import IssuerSettings
from hcr.service.door.log_lines import logging_as
from hcr.service.door.token_store import TokenStore
from hcr.service.ledger_entry import NewPackage, TaskKey
from hcr.service.limits import Limits
from hcr.service.model_export import ModelExports
from hcr.service.place import Place
from hcr.service.resolvers import Service
from hcr.service.serve import Door, application, server_config

DONE = "done-package"
"""A package that is solved, as the ledger has it; one of its files is there, its tables are not."""


def main(directory: Path) -> None:
    """Serve a new config directory until the process is ended; HCR_DATABASE_URL may name a database."""
    address = os.environ.get("HCR_DATABASE_URL")
    place = Place(directory, read_database_url(address, "HCR_DATABASE_URL") if address else None)
    _fill(directory, place)
    service = Service(place, lambda ledger, place: None)
    service.exports = ModelExports(place, lambda place: lambda: True)
    _enter_done(service)
    store = TokenStore(place.tokens)
    tokens = {scope.value: store.create(scope.value, scope)[0] for scope in Scope}
    url, key = _issuer()
    door = Door(issuer=IssuerSettings(url), limits=Limits())
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = uvicorn.Server(server_config(application(service, door, AuditLog(place.audit_log)), door))
    told = {"port": listener.getsockname()[1], "tokens": tokens, "issuer": url, "key": key}
    print(json.dumps(told), flush=True)  # noqa: T201 - the parent reads it
    with logging_as("text"):
        server.run(sockets=[listener])


def _fill(directory: Path, place: Place) -> None:
    """Make a library of two feeders in name only: nothing opens them."""
    for mrid in ("north", "south"):
        (directory / "feeders" / mrid).mkdir(parents=True)
        (directory / "feeders" / mrid / "recipe.yaml").write_text("customers: 5\nseed: 1\n")
    file = place.results(DONE) / "tables" / "zone_summary.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"PAR1" * 1000)


def _enter_done(service: Service) -> None:
    day = {"startTime": "2025-01-15T00:00:00", "endTime": "2025-01-16T00:00:00"}
    config = {"feeders": ["north"], "scenarios": ["base"], "years": [2025], "timePeriod": day}
    package = NewPackage(DONE, DONE, "forecast", {"forecastConfig": config}, [("north", "base", 2025)])
    names = ("zone_summary", "duration_curves", "network_performance_metrics_enhanced")
    tables = [{"table": name, "path": f"tables/{name}.parquet"} for name in names]
    service.ledger.add(package)
    service.ledger.start(TaskKey(DONE, 0))
    service.ledger.succeed(TaskKey(DONE, 0), {"tables": tables, "warnings": [], "engine": "batch"})
    service.ledger.close_package(DONE)


def _issuer() -> tuple[str, dict[str, Any]]:
    """Return the address of an issuer on this machine, and the key with which it signs."""
    key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
    documents: dict[str, dict[str, Any]] = {}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(documents.get(self.path, {})).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:  # type: ignore[override]
            """Say nothing: the log of this process is that of the service."""

    server = HTTPServer(("127.0.0.1", 0), Answers)
    url = f"http://127.0.0.1:{server.server_port}"
    documents["/.well-known/openid-configuration"] = {"issuer": url, "jwks_uri": f"{url}/keys"}
    documents["/keys"] = {"keys": [key.as_dict(private=False)]}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return url, dict(key.as_dict(private=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
