"""Whether an earlier result will do: the same inputs, and its files as they were written."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from hcr.network.feeder import file_digest
from hcr.results.replacement import replacing
from hcr.service.job import Earlier, Outcome


def reused(earlier: Sequence[Earlier], inputs: str, results: Path) -> Outcome | None:
    """Return the outcome of an earlier task whose files now also lie in `results`; None where none will do.

    Parameters
    ----------
    inputs : digest of what the task is solved from; empty where that cannot be told.
    """
    for one in earlier:
        if inputs and one.outcome.get("inputs") == inputs and _taken_over(one, results):
            return {**one.outcome, "reused_from": one.outcome.get("reused_from") or one.package_id}
    return None


def _taken_over(earlier: Earlier, results: Path) -> bool:
    """Bring the files of an earlier task into a folder; False where one of them is not as it was written."""
    tables = earlier.outcome.get("tables") or ()
    files = [(earlier.folder / table["path"], table["sha256"]) for table in tables]
    try:
        if any(file_digest(path) != sha256 for path, sha256 in files):
            return False
    except OSError:
        return False
    for path, _ in files:
        target = results / path.relative_to(earlier.folder)
        if target != path:
            _bring(path, target)
    return True


def _bring(path: Path, target: Path) -> None:
    """Make a file appear at another place too, whole: the same file where that can be, else a copy."""
    with replacing(target) as fresh:
        try:
            os.link(path, fresh)
        except OSError:  # another disk, or a file system without links
            shutil.copyfile(path, fresh)
