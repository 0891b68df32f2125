"""When a lane is, as the engine's clock tells it."""

import numpy as np

from hcr.powerflow.circuit import FloatArray
from hcr.powerflow.lanes import Injections

NEAR = 1e-12
"""Two times of day this near are the same [h]."""


def seconds_of(injections: Injections, mode: str) -> FloatArray:
    """Return the time of each lane, (lanes,) [s since the start of the model year].

    The engine is set one step earlier and adds the step; in snapshots its clock stands still.
    """
    before = injections.hours - injections.step_hours
    hours = np.floor(before + 1e-9)
    seconds = np.maximum(0.0, (before - hours) * 3600.0)
    if not mode.lower().startswith("s"):
        seconds = seconds + float(f"{injections.step_hours * 3600:.10g}")
    return np.asarray(3600.0 * hours + seconds)


def hours_of_day(seconds: FloatArray) -> FloatArray:
    """Return the time of day as time-controlled banks know it [h].

    Whole hours count from 1 to 24, and what is left is added; the first day begins at 0. Source:
    NormalizeToTOD in CapControl.pas of the DSS C-API.
    """
    hours = np.floor(seconds / 3600.0)
    of_day = np.where(hours > 24, hours - np.floor((hours - 1) / 24) * 24, hours)
    time = of_day + (seconds - 3600.0 * hours) / 3600.0
    return np.asarray(np.where(time - 24.0 > NEAR, time - 24.0, time))
