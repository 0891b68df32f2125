"""What the running models of a package do now, as far as their processes tell on this machine."""

from pathlib import Path

from hcr.results.layout import ACTIVITY_FILE, UNDER_WAY, under_way_folder
from hcr.service.package_tasks import PackageTasks
from hcr.service.states import TaskState

LONGEST = 200
"""Characters of a line that are passed on."""


def package_activity(tasks: PackageTasks, results: Path) -> str | None:
    """Return what the first running model that tells does; None where none tells.

    Parameters
    ----------
    results : folder of the package's results.
    """
    if not (results / UNDER_WAY).is_dir():
        return None  # few kinds of study tell, and packages may have thousands of models
    running = (one.feeder for one in tasks.lines.values() if one.state == TaskState.RUNNING.value)
    return next((line for feeder in running if (line := _line(under_way_folder(results, feeder)))), None)


def _line(folder: Path) -> str:
    """Return the line that a task wrote last; empty where there is none."""
    try:
        with (folder / ACTIVITY_FILE).open(encoding="utf-8") as file:
            return file.readline(LONGEST).rstrip("\n")
    except (OSError, ValueError):
        return ""
