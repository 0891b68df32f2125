"""What a task is solved from, as one digest: equal digests, equal tables."""

import functools
import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

import hcr
from hcr.network.feeder import folder_digest
from hcr.network.library import Library
from hcr.powerflow.model_files import model_files
from hcr.studies.task import Task
from hcr.studies.task_settings import settings_digest

LIBRARIES = ("dss-python", "dss-python-backend", "altdss", "numpy", "scipy", "numba", "llvmlite", "duckdb")
"""Whose versions count: they solve, or write the tables."""


def task_inputs(task: Task, library: Library) -> str:
    """Return the SHA-256 over settings, files and programs that a task is solved with.

    All files of the feeder's folder count, and those outside that its model names. Empty where a script of
    the model has names that only the engine could tell.

    Raises
    ------
    NotFoundError
        The feeder is not in the library.
    FeederError
        A file of the feeder is broken.
    OSError
        A file cannot be read.
    """
    feeder = library.open(task.feeder)
    model = model_files(feeder.master)
    if not model.certain:
        return ""
    parts = [settings_digest(task), folder_digest(feeder.folder), model.digest(()), programs_digest()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@functools.cache
def programs_digest() -> str:
    """Return a digest of this program, its own code included, and of the libraries it computes with."""
    parts = [platform.python_version_tuple()[:2], platform.machine()]
    parts += [(name, version(name)) for name in LIBRARIES]
    digest = hashlib.sha256(json.dumps(parts).encode())
    root = Path(hcr.__file__).parent
    for floor in ("network", "powerflow", "results", "studies"):
        for path in sorted((root / floor).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
