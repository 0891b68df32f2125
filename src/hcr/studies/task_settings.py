"""The settings of a task as a digest, by which equal tasks are found."""

import functools
import hashlib
import json
from dataclasses import asdict

from hcr.studies.task import LoadTime, ModelSettings, Task


def settings_digest(task: Task) -> str:
    """Return the SHA-256 of a task's settings, load overrides and default loads included."""
    own = [task.feeder, task.scenario, task.year, asdict(task.solve), asdict(task.outputs)]
    shared = [_digest(task.load_time), _digest(task.model)]
    taps = [asdict(one) for one in task.taps]
    kinds = [asdict(one) if one else None for one in (task.calibration, task.interconnection)]
    return hashlib.sha256(json.dumps([own, shared, taps, *kinds], default=str).encode()).hexdigest()


@functools.lru_cache(maxsize=64)
def _digest(part: LoadTime | ModelSettings) -> str:
    """Return the SHA-256 of what the tasks of a package share; it may hold a year of values."""
    return hashlib.sha256(json.dumps(asdict(part), default=str).encode()).hexdigest()
