"""Voltages at customers, block by block: extremes, hours beyond limits, and every value where asked for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hcr.network.exports import export_name
from hcr.network.metered_phases import MeteredPhases, phases_at
from hcr.network.zones import DEAD_PU, Zone
from hcr.powerflow.circuit import ComplexArray, FloatArray, IntArray
from hcr.powerflow.lanes import Solution
from hcr.studies.calendar import Calendar
from hcr.studies.case import Case
from hcr.studies.limits import VoltageLimits
from hcr.studies.row_extremes import RowExtremes

Rows = dict[str, NDArray[Any]]
PHASE_LETTERS = "ABC"


class CustomerRecorder:
    """Records voltages at the customers that a metered zone supplies.

    A customer whose load is out of service, or has no closed path to the source, is in no table; the case
    warns of it. A phase that is dead for a while, below `DEAD_PU`, is NULL then and counts for no hour.
    """

    def __init__(self, case: Case, limits: VoltageLimits, *, keep_all: bool) -> None:
        self._case = case
        zone_of = {int(i): zone for zone in case.zones for i in zone.injectors}
        places = {name.lower(): at for at, name in enumerate(case.circuit.injectors.elements.names)}
        listed = [(c, places.get(c.element.lower(), -1)) for c in case.feeder.customers]
        kept = [(c, at) for c, at in listed if at in zone_of and phases_at(case.circuit, at)]
        self.customers = [customer for customer, _ in kept]
        self._injectors = np.array([at for _, at in kept], np.int64)
        exports = [places.get(f"generator.{export_name(at)}", -1) for _, at in kept]
        self._exporting = np.flatnonzero(np.array(exports, np.int64) >= 0)
        self._exports = np.array(exports, np.int64)[self._exporting]
        self._zones: list[Zone] = [zone_of[at] for _, at in kept]
        self._phases = MeteredPhases.of(case.circuit, self._injectors)
        base = case.circuit.nodes.base_v[self._phases.node]
        self._base = np.where(base > 0, base, np.nan)
        self._dead = DEAD_PU * self._base
        pu = [limits.in_pu(zone) for zone in self._zones]
        own = self._phases.customer
        self._upper = np.array([limit.normal_max for limit in pu], float)[own] * self._base
        self._lower = np.array([limit.normal_min for limit in pu], float)[own] * self._base
        self._low, self._high = RowExtremes.lowest(len(own)), RowExtremes.highest(len(own))
        self._over, self._under = (np.zeros(len(self.customers), np.int64) for _ in range(2))
        self._all: list[tuple[FloatArray, ComplexArray]] | None = [] if keep_all else None

    def add(self, solution: Solution) -> None:
        """Take one block of lanes."""
        if not self.customers:
            return
        volts = self._volts(solution)
        lowest = self._low.take(volts, solution.first_lane)
        highest = self._high.take(volts, solution.first_lane)
        if (highest > self._upper).any():
            self._over += self._any_phase(volts > self._upper[:, None])
        if (lowest < self._lower).any():
            self._under += self._any_phase(volts < self._lower[:, None])
        if self._all is not None:
            self._all.append((volts, self._power(solution)))

    def _volts(self, solution: Solution) -> FloatArray:
        """Return the voltage of each phase, (rows, lanes) [V]; NaN where there is no supply."""
        size = self._phases.volts(solution.voltage_v)
        size[size < self._dead[:, None]] = np.nan
        return size

    def _power(self, solution: Solution) -> ComplexArray:
        """Return the power that each customer draws, exports taken off, (customers, lanes) [VA]."""
        power = solution.injector_va[self._injectors]
        power[self._exporting] += solution.injector_va[self._exports]
        return power

    def beyond_limits(self) -> dict[str, tuple[int, int]]:
        """Return by zone name how many customers were over and under the normal limits for any time."""
        zones = np.array([zone.name for zone in self._zones], object)
        return {
            name: (
                int(np.count_nonzero(self._over[zones == name])),
                int(np.count_nonzero(self._under[zones == name])),
            )
            for name in dict.fromkeys(zones)
        }

    def _any_phase(self, beyond: NDArray[np.bool_]) -> IntArray:
        """Return in how many lanes any phase of each customer is beyond."""
        return np.asarray(np.logical_or.reduceat(beyond, self._phases.first, axis=0).sum(axis=1))

    def summary(self, calendar: Calendar) -> Rows:
        """Return the rows of `customer_summary`."""
        low, high = self._first_of(self._low.values), self._first_of(-self._high.values)
        return {
            **self._names(),
            "phases": np.array(self._letters(), object),
            **self._extreme("min", low, self._low, calendar=calendar),
            **self._extreme("max", high, self._high, calendar=calendar),
            "hours_over_normal": self._over * calendar.hours,
            "hours_under_normal": self._under * calendar.hours,
        }

    def voltages(self, calendar: Calendar) -> Rows:
        """Return the rows of `customer_voltages`, lane after lane; empty unless `keep_all`."""
        kept = self._all or []
        volts = np.concatenate([block for block, _ in kept], axis=1) if kept else np.empty((0, 0))
        power = np.concatenate([block for _, block in kept], axis=1) if kept else np.empty((0, 0), complex)
        lanes, count = volts.shape[1], len(self.customers)
        by_phase = np.full((3, count, lanes), np.nan)
        if count:
            by_phase[self._phases.phase, self._phases.customer] = volts
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

    def _letters(self) -> list[str]:
        """Return the phases of each customer, such as `ABC`."""
        phases = self._phases.phase
        parts = np.split(phases, self._phases.first[1:]) if self.customers else []
        return ["".join(PHASE_LETTERS[phase] for phase in sorted(set(part))) for part in parts]

    def _extreme(self, kind: str, rows: IntArray, extremes: RowExtremes, *, calendar: Calendar) -> Rows:
        """Return value and time of an extreme at one phase of each customer; NULL without any supply."""
        volts, times = extremes.values[rows], calendar.utc[extremes.lanes[rows]]
        lit = np.isfinite(volts)
        known = np.where(lit, volts, np.nan)
        return {
            f"{kind}_voltage_v": known,
            f"{kind}_voltage_pu": known / self._base[rows],
            f"{kind}_voltage_timestamp": np.where(lit, times, np.datetime64("NaT", "us")),
        }

    def _first_of(self, values: FloatArray) -> IntArray:
        """Return the row of each customer with the lowest value."""
        return np.lexsort((values, self._phases.customer))[self._phases.first]
