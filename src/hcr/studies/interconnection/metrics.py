"""Does a day keep to the limits, by how much, and which element decides? (interconnection method, section 4)

A metric passes when its margin is not below minus its tolerance. With a base day, the same feeder before
anything was connected, "no worse than today" passes too:

    voltage      magnitude no further outside than in the base, and no longer: the integral over the day
    change       the largest step of the base, where that is above the limit
    thermal      an element above its normal rating in the base: neither more loaded nor longer than there

That integral makes the rule strict in one odd way: where the base itself is outside a limit, moving the limit
outwards shrinks the integral of the base too, and may fail a day that passed. Without such a base a wider
limit never fails what passed.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from hcr.studies.interconnection.day import DayResult, FloatArray, Level, Loadings
from hcr.studies.interconnection.island_screen import Islands
from hcr.studies.interconnection.limits import Limits, Tolerances


class Metric(StrEnum):
    """What is judged, by its name in tables."""

    V_MIN = "voltage_vmin"
    V_MAX = "voltage_vmax"
    V_DIFF = "voltage_vdiff"
    EMERGENCY = "thermal_emerg"
    NORMAL_HOURS = "thermal_norm_hrs"
    ISLAND = "island_pq"
    CONVERGENCE = "convergence"


@dataclass(frozen=True, slots=True)
class Margin:
    """How far a metric is from failing.

    Attributes
    ----------
    margin : distance to the bound that counts; negative beyond it [unit].
    tolerance : by how much it may be negative [unit].
    value, bound : what was found, and what it is held against: a limit, or the base [unit].
    element : the node, bus, element or island that decides.
    """

    metric: Metric
    margin: float
    tolerance: float
    value: float
    bound: float
    unit: str
    element: str

    @property
    def passed(self) -> bool:
        """Return whether the metric passes; a margin that is no number does not."""
        return self.margin >= -self.tolerance


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A day judged: one margin of each metric that has something to judge, the deciding one."""

    margins: tuple[Margin, ...]

    @property
    def passed(self) -> bool:
        """Return whether all metrics pass."""
        return all(margin.passed for margin in self.margins)

    @property
    def violations(self) -> tuple[Margin, ...]:
        """Return the margins that fail: which limits, and which elements."""
        return tuple(margin for margin in self.margins if not margin.passed)

    def margin(self, metric: Metric) -> Margin | None:
        """Return the margin of a metric; None where there was nothing to judge."""
        return next((margin for margin in self.margins if margin.metric is metric), None)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What days are held against.

    Attributes
    ----------
    base : the day before anything was connected; None: limits hold whatever was before.
    islands : None where no screen is wanted.
    """

    limits: Limits = field(default_factory=Limits)
    tolerances: Tolerances = field(default_factory=Tolerances)
    base: DayResult | None = None
    islands: Islands | None = None


def evaluate(day: DayResult, criteria: Criteria) -> Evaluation:
    """Return the margins of a day; one without a solution violates `convergence`, and only that."""
    if not day.converged:
        return Evaluation((Margin(Metric.CONVERGENCE, -1.0, 0.0, 0.0, 1.0, "", ""),))
    found = (
        _voltage(Metric.V_MIN, day, criteria),
        _voltage(Metric.V_MAX, day, criteria),
        _change(day, criteria),
        _emergency(day, criteria),
        _normal_hours(day, criteria),
        _island(day, criteria),
    )
    return Evaluation(tuple(margin for margin in found if margin is not None))


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One limit of the band, seen so that low is bad: the upper one is its mirror image."""

    metric: Metric
    sign: float
    limit: float

    def series(self, level: Level) -> FloatArray:
        return level.lowest_pu if self.sign > 0.0 else -level.highest_pu

    def node(self, level: Level) -> str:
        return level.lowest_at if self.sign > 0.0 else level.highest_at

    def extreme(self, level: Level) -> float:
        return float(self.series(level).min(initial=np.inf))

    def outside_pu_h(self, level: Level, step_hours: float) -> float:
        """Return the integral of the voltage beyond the limit over the day [pu h]."""
        return float(np.maximum(0.0, self.limit - self.series(level)).sum() * step_hours)

    def magnitude(self, level: Level, bound: float, tolerance: float) -> Margin:
        value = self.extreme(level)
        signed = (self.sign * value, self.sign * bound)
        return Margin(self.metric, value - bound, tolerance, *signed, "pu", self.node(level))


def _voltage(metric: Metric, day: DayResult, criteria: Criteria) -> Margin | None:
    limits, tolerance = criteria.limits, criteria.tolerances.voltage_pu
    low = metric is Metric.V_MIN
    side = _Side(metric, 1.0, limits.v_min_pu) if low else _Side(metric, -1.0, -limits.v_max_pu)
    levels = [level for level in (day.mv, day.lv) if side.series(level).size]
    if not levels:
        return None
    absolute = _deciding([side.magnitude(level, side.limit, tolerance) for level in levels])
    if absolute.passed or criteria.base is None:
        return absolute
    return _deciding(_against_base(side, day, criteria.base, criteria.tolerances))


def _against_base(side: _Side, day: DayResult, base: DayResult, tolerances: Tolerances) -> list[Margin]:
    found = []
    for level, before in ((day.mv, base.mv), (day.lv, base.lv)):
        if side.series(level).size:
            bound = min(side.limit, side.extreme(before))
            found.append(side.magnitude(level, bound, tolerances.voltage_pu))
            value = side.outside_pu_h(level, day.step_hours)
            most = side.outside_pu_h(before, base.step_hours)
            tolerance = tolerances.voltage_pu_h
            found.append(Margin(side.metric, most - value, tolerance, value, most, "pu h", side.node(level)))
    return found


def _change(day: DayResult, criteria: Criteria) -> Margin | None:
    changes = day.monitored.change_percent
    if not changes.size:
        return None
    bound = criteria.limits.change_percent
    if criteria.base is not None:
        bound = float(criteria.base.monitored.change_percent.max(initial=bound))
    at = int(changes.argmax())
    value = float(changes[at])
    tolerance = criteria.tolerances.change_percent
    return Margin(Metric.V_DIFF, bound - value, tolerance, value, bound, "%", day.monitored.buses[at])


def _emergency(day: DayResult, criteria: Criteria) -> Margin | None:
    """Hold an element that the base overloads against the base, any other against the limit.

    Where ratings are odd, and an element is beyond its emergency rating in the base without being beyond the
    normal one, it may stay as it is.
    """
    values = day.loadings.emergency_percent
    limit = criteria.limits.emergency_percent
    if criteria.base is None:
        return _thermal(Metric.EMERGENCY, day, values, np.full(values.shape, limit), criteria)
    before = _same_elements(criteria.base.loadings, day.loadings.elements)
    absolute = np.maximum(limit, before.emergency_percent)
    bounds = np.where(before.normal_percent > 100.0, before.emergency_percent, absolute)
    return _thermal(Metric.EMERGENCY, day, values, bounds, criteria)


def _normal_hours(day: DayResult, criteria: Criteria) -> Margin | None:
    values = day.loadings.hours_above_normal
    bounds = np.full(values.shape, criteria.limits.hours_above_normal)
    if criteria.base is not None:
        before = _same_elements(criteria.base.loadings, day.loadings.elements)
        bounds = np.where(before.normal_percent > 100.0, before.hours_above_normal, bounds)
    return _thermal(Metric.NORMAL_HOURS, day, values, bounds, criteria)


def _thermal(
    metric: Metric, day: DayResult, values: FloatArray, bounds: FloatArray, criteria: Criteria
) -> Margin | None:
    if not values.size:
        return None
    margins = bounds - values
    at = int(margins.argmin())
    unit = "h" if metric is Metric.NORMAL_HOURS else "%"
    found = (float(margins[at]), criteria.tolerances.thermal, float(values[at]), float(bounds[at]))
    return Margin(metric, *found, unit, day.loadings.elements[at])


def _same_elements(base: Loadings, elements: tuple[str, ...]) -> Loadings:
    """Return the loadings of the base in the order of a day; what was not there carried nothing."""
    if base.elements == elements:
        return base
    at = {name: position for position, name in enumerate(base.elements)}
    order = np.array([at.get(name, len(at)) for name in elements], dtype=np.intp)
    columns = (base.normal_percent, base.emergency_percent, base.hours_above_normal)
    return Loadings(elements, *(np.append(column, 0.0)[order] for column in columns))


def _island(day: DayResult, criteria: Criteria) -> Margin | None:
    if criteria.islands is None or not criteria.islands.names:
        return None
    margins = criteria.islands.margins(day.recloser_p_kw, day.recloser_q_kvar, criteria.limits)
    at = int(margins.argmin())
    value, name = float(margins[at]), criteria.islands.names[at]
    return Margin(Metric.ISLAND, value, criteria.tolerances.island, value, 0.0, "", name)


def _deciding(margins: list[Margin]) -> Margin:
    """Return the margin that fails, or comes nearest to it; magnitudes before integrals."""
    return min(margins, key=lambda one: (one.passed, one.unit, one.margin))
