"""The manifest of a package, from its rows in the ledger."""

import json
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from sqlalchemy import Row

from hcr import __version__
from hcr.powerflow.lanes import SolveOptions
from hcr.powerflow.opendss import engine_version
from hcr.results.manifest import Assumption, Json, Manifest, TaskRecord, transformer_ratings, write_manifest
from hcr.results.table_writer import WrittenTable
from hcr.results.verification import read_verification
from hcr.service.ledger import Ledger
from hcr.service.package_plan import stored_request, tasks_of
from hcr.service.place import Place
from hcr.service.states import INTERCONNECTION
from hcr.studies.limits import VoltageLimits
from hcr.studies.task_inputs import LIBRARIES


def write_package_manifest(ledger: Ledger, place: Place, package_id: str) -> None:
    """Write `manifest.json` beside a package's tables."""
    package = ledger.package(package_id)
    if package is None:
        return
    request = json.loads(package.request)
    tasks = [_record(row) for row in ledger.tasks_of(package_id)]
    manifest = Manifest(
        package_id=package_id,
        kind=package.kind,
        name=package.name,
        created_at=package.created_at.isoformat(timespec="seconds") + "Z",
        request=request,
        engine=package.engine or "auto",
        versions=_versions(),
        options=_options(package),
        seed=_seed(request),
        taps=json.loads(package.taps) if package.taps else None,
        tolerances={"power_flow": SolveOptions().tolerance},
        tasks=tuple(tasks),
        warnings=tuple(json.loads(package.warnings)),
        assumptions=_assumptions(package.kind),
    )
    write_manifest(place.results(package_id), manifest)


def _assumptions(kind: str) -> tuple[Assumption, ...]:
    """Return choices of ours; an interconnection study has its limits among its options instead."""
    return () if kind == INTERCONNECTION else (transformer_ratings(), VoltageLimits().assumption())


def _versions() -> dict[str, str]:
    """Return the versions of all that decides the numbers: those by which an earlier result is known too."""
    own = {"hcr": __version__, "python": platform.python_version(), "opendss": engine_version()}
    return own | {name: version(name) for name in LIBRARIES}


def _options(package: Row[Any]) -> dict[str, Json]:
    """Return the settings that all tasks share, defaults included; empty when the request no longer fits."""
    try:
        task = tasks_of(stored_request(package))[0]
    except (ValueError, IndexError):
        return {}
    if task.interconnection is not None:
        return {"solve": asdict(task.solve), "interconnection": asdict(task.interconnection)}
    return {"model": asdict(task.model), "solve": asdict(task.solve)}


def _record(row: Any) -> TaskRecord:
    outcome = json.loads(row.outcome) if row.outcome else {}
    return TaskRecord(
        feeder=row.feeder,
        scenario=row.scenario,
        year=row.year,
        state=row.state,
        model_digest=outcome.get("model_digest", ""),
        load_data_digest=outcome.get("load_data_digest", ""),
        utc_offset=outcome.get("utc_offset"),
        tables=tuple(WrittenTable(**one) for one in outcome.get("tables", ())),
        warnings=tuple(outcome.get("warnings", ())),
        engine=outcome.get("engine", ""),
        engine_reasons=tuple(outcome.get("engine_reasons", ())),
        verification=read_verification(checked) if (checked := outcome.get("verification")) else None,
        inputs=outcome.get("inputs", ""),
        reused_from=outcome.get("reused_from", ""),
    )


def _seed(request: dict[str, Any]) -> int | None:
    """Return the seed as it was given: the manifest is written even when the request no longer fits."""
    seed = ((request.get("generatorConfig") or {}).get("model") or {}).get("seed")
    return seed if isinstance(seed, int) else None
