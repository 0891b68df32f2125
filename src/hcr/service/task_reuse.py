"""Whether an earlier result will do: the same inputs, and its files as they were written."""

import errno
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hcr.network.feeder import file_digest
from hcr.replacement import replacing
from hcr.service.job import Earlier, Outcome


def reused(earlier: Sequence[Earlier], inputs: str, results: Path) -> Outcome | None:
    """Return the outcome of an earlier task whose files now also lie in `results`; None where none will do.

    Parameters
    ----------
    inputs : digest of what the task is solved from; empty where that cannot be told.
    """
    for one in earlier:
        if inputs and one.outcome.get("inputs") == inputs and _taken_over(one, results):
            return {**_without_times(one.outcome), "reused_from": one.package_id}
    return None


def _without_times(outcome: Mapping[str, Any]) -> Outcome:
    """Return an outcome whose check against OpenDSS took no time: it is taken over, not made again."""
    if not (checked := outcome.get("verification")):
        return dict(outcome)
    return {**outcome, "verification": {**checked, "seconds": 0.0, "share": 0.0}}


class _ChangedError(Exception):
    """A file is not as it was written."""


def _taken_over(earlier: Earlier, results: Path) -> bool:
    """Bring the files of an earlier task into a folder; False where one of them is not as it was written."""
    try:
        for table in earlier.outcome.get("tables") or ():
            source, target = earlier.folder / table["path"], results / table["path"]
            if source == target:
                _check(source, table["sha256"])
            else:
                _bring(source, target, table["sha256"])
    except (_ChangedError, FileNotFoundError):
        return False
    return True


def _bring(source: Path, target: Path, sha256: str) -> None:
    """Make a file appear at another place too, whole: the same file where that can be, else a copy."""
    with replacing(target) as fresh:
        try:
            os.link(source, fresh)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            shutil.copyfile(source, fresh)
        _check(fresh, sha256)


def _check(path: Path, sha256: str) -> None:
    if file_digest(path) != sha256:
        raise _ChangedError


_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP)
"""Another disk, or a file system that has no links, or no more of them."""
