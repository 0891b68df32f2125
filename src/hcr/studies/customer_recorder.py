"""Voltages at customers, block by block: extremes, hours beyond limits, and every value where asked for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hcr.network.zones import Zone
from hcr.powerflow.circuit import GROUND, Circuit, FloatArray, IntArray
from hcr.powerflow.lanes import Solution
from hcr.studies.calendar import Calendar
from hcr.studies.case import Case
from hcr.studies.limits import VoltageLimits

Rows = dict[str, NDArray[Any]]
PHASE_LETTERS = "ABC"


@dataclass(frozen=True, slots=True)
class _Taps:
    """Where customers' voltages are measured: phase conductor against neutral, customer after customer.

    Attributes
    ----------
    node, neutral : (taps,) int node indices, `GROUND` where the neutral is the ground.
    phase : (taps,) int 0 to 2; customer : (taps,) int.
    first : (customers,) int, first tap of each customer.
    """

    node: IntArray
    neutral: IntArray
    phase: IntArray
    customer: IntArray
    first: IntArray

    @classmethod
    def of(cls, circuit: Circuit, injectors: IntArray) -> "_Taps":
        rows: list[tuple[int, int, int, int]] = []
        for customer, injector in enumerate(injectors):
            rows += [(*tap, customer) for tap in _taps_of(circuit, int(injector))]
        table = np.array(rows, np.int64).reshape(-1, 4).T
        first = np.searchsorted(table[3], np.arange(len(injectors)))
        return cls(table[0], table[1], table[2], table[3], first.astype(np.int64))


class CustomerRecorder:
    """Records voltages at the customers that a zone supplies."""

    def __init__(self, case: Case, limits: VoltageLimits, *, keep_all: bool) -> None:
        self._case = case
        zone_of = {int(i): zone for zone in case.zones for i in zone.injectors}
        places = {name.lower(): at for at, name in enumerate(case.circuit.injectors.elements.names)}
        listed = [(c, places.get(c.element.lower(), -1)) for c in case.feeder.customers]
        kept = [(c, at) for c, at in listed if at in zone_of and _taps_of(case.circuit, at)]
        self.customers = [customer for customer, _ in kept]
        self._injectors = np.array([at for _, at in kept], np.int64)
        self._zones: list[Zone] = [zone_of[at] for _, at in kept]
        self._taps = _Taps.of(case.circuit, self._injectors)
        self._base = case.circuit.nodes.base_v[self._taps.node]
        pu = [limits.in_pu(zone) for zone in self._zones]
        own = self._taps.customer
        self._upper = np.array([limit.normal_max for limit in pu])[own] * self._base if pu else np.empty(0)
        self._lower = np.array([limit.normal_min for limit in pu])[own] * self._base if pu else np.empty(0)
        taps = len(own)
        self._low, self._high = np.full(taps, np.inf), np.full(taps, -np.inf)
        self._low_lane, self._high_lane = np.zeros(taps, np.int64), np.zeros(taps, np.int64)
        self._over, self._under = (np.zeros(len(self.customers), np.int64) for _ in range(2))
        self._all: list[tuple[int, FloatArray, NDArray[np.complex128]]] | None = [] if keep_all else None

    def add(self, solution: Solution) -> None:
        """Take one block of lanes."""
        if not self.customers:
            return
        taps, lanes = self._taps, np.arange(solution.lanes)
        grounded = np.vstack([solution.voltage_v, np.zeros((1, solution.lanes))])  # row GROUND (-1) is 0 V
        volts = np.abs(grounded[taps.node] - grounded[taps.neutral])
        for best, best_lane, at, better in (
            (self._low, self._low_lane, volts.argmin(axis=1), np.less),
            (self._high, self._high_lane, volts.argmax(axis=1), np.greater),
        ):
            found = volts[np.arange(len(volts)), at]
            wins = better(found, best)
            best[wins], best_lane[wins] = found[wins], lanes[at[wins]] + solution.first_lane
        self._over += self._any_phase(volts > self._upper[:, None])
        self._under += self._any_phase(volts < self._lower[:, None])
        if self._all is not None:
            self._all.append((solution.first_lane, volts, solution.injector_va[self._injectors]))

    def _any_phase(self, beyond: NDArray[np.bool_]) -> IntArray:
        """Return in how many lanes any phase of each customer is beyond."""
        return np.asarray(np.logical_or.reduceat(beyond, self._taps.first, axis=0).sum(axis=1))

    def summary(self, calendar: Calendar) -> Rows:
        """Return the rows of `customer_summary`."""
        low = self._worst(self._low, lowest=True)
        high = self._worst(self._high, lowest=False)
        phases = self._taps.phase
        ends = [*self._taps.first[1:], len(phases)]
        letters = [
            "".join(sorted({PHASE_LETTERS[phase] for phase in phases[a:b]}))
            for a, b in zip(self._taps.first, ends, strict=True)
        ]
        return {
            **self._names(),
            "phases": np.array(letters, object),
            "min_voltage_v": self._low[low],
            "min_voltage_pu": self._low[low] / self._base[low],
            "min_voltage_timestamp": calendar.utc[self._low_lane[low]],
            "max_voltage_v": self._high[high],
            "max_voltage_pu": self._high[high] / self._base[high],
            "max_voltage_timestamp": calendar.utc[self._high_lane[high]],
            "hours_over_normal": self._over * calendar.hours,
            "hours_under_normal": self._under * calendar.hours,
        }

    def voltages(self, calendar: Calendar) -> Rows:
        """Return the rows of `customer_voltages`, lane after lane; empty unless `keep_all`."""
        kept = self._all or []
        volts = np.concatenate([block for _, block, _ in kept], axis=1) if kept else np.empty((0, 0))
        power = np.concatenate([block for _, _, block in kept], axis=1) if kept else np.empty((0, 0), complex)
        lanes, count = volts.shape[1], len(self.customers)
        by_phase = np.full((3, count, lanes), np.nan)
        if count:
            by_phase[self._taps.phase, self._taps.customer] = volts
        lane = np.repeat(np.arange(lanes), count)
        return {
            "timestamp": calendar.utc[lane],
            "entry": self._case.entries[lane].astype(np.int64),
            **{name: np.tile(values, lanes) for name, values in self._names().items()},
            **{f"voltage_{letter}_v": by_phase[at].T.ravel() for at, letter in enumerate("abc")},
            "power_kw": power.real.T.ravel() * 1e-3,
            "power_kvar": power.imag.T.ravel() * 1e-3,
        }

    def _names(self) -> Rows:
        return {
            "load_id": np.array([customer.load_id for customer in self.customers], object),
            "element": np.array([customer.element for customer in self.customers], object),
            "zone": np.array([zone.label for zone in self._zones], object),
        }

    def _worst(self, values: FloatArray, *, lowest: bool) -> IntArray:
        """Return the tap with the extreme value of each customer."""
        order = np.lexsort((values if lowest else -values, self._taps.customer))
        return order[self._taps.first]


def _taps_of(circuit: Circuit, injector: int) -> list[tuple[int, int, int]]:
    """Return (node, neutral, phase) of an element's phases; phase to ground where it has no neutral wire."""
    elements = circuit.injectors.elements
    nodes = [int(node) for node in elements.node[elements.conductors(injector, 1)]]
    phases = nodes[: int(circuit.injectors.phases[injector])]
    wired = not circuit.injectors.delta[injector] and len(nodes) > len(phases)
    neutral = nodes[len(phases)] if wired else GROUND
    numbers = circuit.nodes.number
    return [(node, neutral, int(numbers[node]) - 1) for node in phases if node >= 0 and numbers[node] <= 3]
