"""What one day of one scenario leaves behind: extremes, changes, loadings, flows through reclosers.

An engine reduces its voltages and currents to this while it solves; the metrics are judged on it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

FloatArray = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Voltages over all energised nodes of a voltage level; no steps where a feeder has no such node.

    Attributes
    ----------
    lowest_pu, highest_pu : (steps,) float — extremes over the nodes [pu].
    lowest_at, highest_at : node of the lowest and highest voltage of the day.
    """

    lowest_pu: FloatArray
    highest_pu: FloatArray
    lowest_at: str = ""
    highest_at: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Monitored:
    """Voltage changes at the monitored buses.

    Attributes
    ----------
    buses : name of each monitor.
    change_percent : (monitors,) float — largest change of the mean magnitude of the phases from one step to
        the next, over the day [% of the line-to-neutral base].
    """

    buses: tuple[str, ...]
    change_percent: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Loadings:
    """How much series elements carry at the worst, by the largest current of a phase of their first terminal.

    Attributes
    ----------
    elements : full names.
    normal_percent, emergency_percent : (elements,) float — largest over the day [% of the rating].
    hours_above_normal : (elements,) float — steps above 100 % of the normal rating, times the step [h].
    """

    elements: tuple[str, ...]
    normal_percent: FloatArray
    emergency_percent: FloatArray
    hours_above_normal: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DayResult:
    """One day of one scenario.

    Attributes
    ----------
    step_hours : length of a step [h].
    mv, lv : voltages of the buses above 1 kV, and of the others.
    recloser_p_kw, recloser_q_kvar : (reclosers, steps) float — total power into each recloser at its
        monitored terminal [kW], [kvar].
    converged : every step has a solution; where not, nothing else counts.
    """

    step_hours: float
    mv: Level
    lv: Level
    monitored: Monitored
    loadings: Loadings
    recloser_p_kw: FloatArray
    recloser_q_kvar: FloatArray
    converged: bool = True
