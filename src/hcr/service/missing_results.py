"""Finished tasks whose files are gone: a package that is run again solves those too."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from hcr.service.states import TaskState

_ENDS = {".parquet": b"PAR1", ".json": b"}\n"}
"""The last bytes of each file, by its suffix; of Parquet: https://parquet.apache.org/docs/file-format/."""


def missing_results(tasks: Iterable[Row[Any]], folder: Path) -> dict[int, str]:
    """Return which finished tasks lack a file, by ordinal, and a sentence that names the first one.

    Parameters
    ----------
    folder : of the package's results.
    """
    found = {}
    for task in tasks:
        if task.state == TaskState.SUCCEEDED.value and task.outcome:
            files = [table["path"] for table in json.loads(task.outcome).get("tables", ())]
            lost = next((path for path in files if not _is_whole(folder / path)), None)
            if lost is not None:
                found[task.ordinal] = f"its file {lost} is missing or damaged"
    return found


def _is_whole(path: Path) -> bool:
    """Return whether a file has its end; its content is what `verify` looks at."""
    end = _ENDS[path.suffix]
    try:
        with path.open("rb") as stream:
            stream.seek(-len(end), 2)
            return stream.read() == end
    except OSError:
        return False
