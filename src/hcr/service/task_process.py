"""What runs inside a task process: plain values in, a plain outcome out."""

from dataclasses import asdict
from pathlib import Path

from hcr.network.library import Library
from hcr.studies.task import Task


def run_task(task: Task, library: Library, results: Path) -> dict[str, object]:
    """Return the outcome of a task as the ledger keeps it: tables, warnings, digests.

    Raises
    ------
    HcrError
        The task has no result; the class says why.
    """
    from hcr.studies.solve_task import solve_task  # numpy and OpenDSS: in task processes only

    solved = solve_task(task, library, results)
    return {
        "tables": [
            {"table": one.table, "path": one.path, "rows": one.rows, "sha256": one.sha256}
            for one in solved.tables
        ],
        "warnings": list(solved.warnings),
        "model_digest": solved.model_digest,
        "load_data_digest": solved.load_data_digest,
        "utc_offset": solved.utc_offset,
        "engine": solved.engine,
        "engine_reasons": list(solved.engine_reasons),
        "verification": asdict(solved.verification) if solved.verification else None,
    }
