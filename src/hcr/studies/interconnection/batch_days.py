"""Days of trials in the batch engine: all trials of a state walk through each day side by side."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hcr.powerflow.circuit import BoolArray, Circuit
from hcr.powerflow.scenario_layout import Layout
from hcr.powerflow.scenario_walk import ScenarioWalk
from hcr.powerflow.scenarios import ABOVE_1_KV, UP_TO_1_KV, Scenario, ScenarioResult, Unit, Watch
from hcr.studies.interconnection.day import DayResult, Level, Loadings, Monitored
from hcr.studies.interconnection.feeder import bus_nodes
from hcr.studies.interconnection.resource import UNIT_BAND_PU
from hcr.studies.interconnection.setup import OPTIONS, DayInputs, Setup
from hcr.studies.interconnection.trial import Placed, State
from hcr.studies.interconnection.unit_inverter import inverter_of
from hcr.studies.interconnection.upgraded_circuit import upgraded
from hcr.studies.interconnection.upgrades import Upgrade

MOST_AT_ONCE = 96
"""Trials of one call of the engine: whole blocks of lanes, and bounded memory."""

KEPT_CIRCUITS, KEPT_WALKS = 64, 8

TOLERANCE = 1e-7
"""Of voltages [pu]: however a day is come by, currents of short lines, which little voltage drives, agree to
1e-4 % of a rating."""


@dataclass(frozen=True, slots=True)
class _Key:
    """What a walk is made for: a circuit, and the buses at which units can be."""

    upgrades: tuple[Upgrade, ...]
    buses: tuple[str, ...]


class BatchDays:
    """See `trial.Days`. Circuits and factors of the last few states are kept.

    Attributes
    ----------
    solved : scenario days so far.
    """

    engine = "batch"

    def __init__(self, setup: Setup, *, threads: int = 1) -> None:
        self._setup, self._threads = setup, threads
        self._monitors = frozenset(setup.monitors)
        self._sites = {*setup.candidates, *(unit.bus.lower() for unit in setup.settings.queue)}
        self._nodes = bus_nodes(setup.feeder.circuit)
        self._circuits: OrderedDict[tuple[Upgrade, ...], Circuit] = OrderedDict()
        self._walks: OrderedDict[_Key, ScenarioWalk] = OrderedDict()
        self.solved = 0

    def solve(
        self, state: State, trials: Sequence[Placed | None], *, sites: Sequence[str] = ()
    ) -> list[tuple[DayResult, ...]]:
        """Return the results of all days for each trial, in their order.

        Raises
        ------
        ModelError
            The batch engine does not cover the circuit.
        """
        return self._solved(state, [(trial,) if trial is not None else () for trial in trials], sites)

    def stand(
        self, upgrades: tuple[Upgrade, ...], units: Sequence[tuple[Placed, ...]]
    ) -> list[tuple[DayResult, ...]]:
        """Return the results of all days for each group of units, in their order."""
        return self._solved(State((), upgrades), units, ())

    def _solved(
        self, state: State, own: Sequence[tuple[Placed, ...]], sites: Sequence[str]
    ) -> list[tuple[DayResult, ...]]:
        """Return the results of all days for each group of units beyond those of a state."""
        placed = (*state.units, *(unit for units in own for unit in units))
        walk = self._walk(self._key(state.upgrades, {*sites, *(unit.bus for unit in placed)}))
        found: list[tuple[DayResult, ...]] = []
        for first in range(0, len(own), MOST_AT_ONCE):
            part = own[first : first + MOST_AT_ONCE]
            days = [self._day(walk, day, state.units, part) for day in self._setup.days]
            found += zip(*days, strict=True)
        return found

    def _day(
        self,
        walk: ScenarioWalk,
        day: DayInputs,
        installed: Sequence[Placed],
        own: Sequence[tuple[Placed, ...]],
    ) -> list[DayResult]:
        common = [self._unit(unit, day) for unit in installed]
        scenarios = [Scenario(tuple(self._unit(unit, day) for unit in units)) for units in own]
        results = walk.walk(
            *(day.injections, scenarios), common=common, threads=self._threads, stop_at_failure=True
        )
        self.solved += len(results)
        reading = _Reading.of(results[0].layout, {*self._monitors, *(unit.bus for unit in installed)})
        return [
            reading.day(one, day.injections.step_hours, {unit.bus for unit in units})
            for one, units in zip(results, own, strict=True)
        ]

    def _unit(self, unit: Placed, day: DayInputs) -> Unit:
        watts = 1e3 * unit.size.kw * day.output[unit.kind]
        inverter = inverter_of(unit, f"Generator.{unit.bus}", self._setup.settings.resource)
        var = watts * self._setup.var_per_watt
        return Unit(self._nodes[unit.bus], watts, var, UNIT_BAND_PU, inverter)

    def _key(self, upgrades: tuple[Upgrade, ...], buses: set[str]) -> _Key:
        """Return what a walk is made for: the present question alone, so that a study that goes on from its
        journal, and starts without any walk, comes to the same last digits.

        The feeder as it is has one walk for all questions, unless it has too many sites.
        """
        if not upgrades and len(self._sites) <= MOST_AT_ONCE:
            buses = self._sites | buses
        return _Key(upgrades, tuple(sorted(buses)))

    def _walk(self, key: _Key) -> ScenarioWalk:
        if key in self._walks:
            self._walks.move_to_end(key)
            return self._walks[key]
        watched = tuple(dict.fromkeys((*self._setup.monitors, *key.buses)))
        nodes = [node for bus in key.buses for node in self._nodes[bus]]
        watch = Watch(watched, self._setup.feeder.reclosers)
        circuit, options = self._circuit(key.upgrades), replace(OPTIONS, engine="batch", tolerance=TOLERANCE)
        self._walks[key] = ScenarioWalk(circuit, options, nodes=nodes, watch=watch)
        if len(self._walks) > KEPT_WALKS:
            self._walks.popitem(last=False)
        return self._walks[key]

    def _circuit(self, upgrades: tuple[Upgrade, ...]) -> Circuit:
        """Return the circuit after some upgrades, made of that before the last of them."""
        if not upgrades:
            return self._setup.feeder.circuit
        if upgrades not in self._circuits:
            before = self._circuit(upgrades[:-1])
            self._circuits[upgrades] = upgraded(before, upgrades[-1], self._setup.circuits)
            if len(self._circuits) > KEPT_CIRCUITS:
                self._circuits.popitem(last=False)
        self._circuits.move_to_end(upgrades)
        return self._circuits[upgrades]


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """What counts of the results of one layout.

    Attributes
    ----------
    monitors : whose voltage changes count in every result, by number of the bus; places : of each bus.
    rated : (elements,) which have both ratings; elements : their names.
    """

    layout: Layout
    monitors: frozenset[int]
    places: Mapping[str, int]
    rated: BoolArray
    elements: tuple[str, ...]

    @classmethod
    def of(cls, layout: Layout, monitors: Collection[str]) -> "_Reading":
        places = {bus: at for at, bus in enumerate(layout.buses)}
        rated = np.isfinite(layout.normal_a) & np.isfinite(layout.emergency_a)
        elements = tuple(layout.elements[at] for at in np.flatnonzero(rated))
        return cls(layout, frozenset(places[bus] for bus in monitors), places, rated, elements)

    def day(self, found: ScenarioResult, step_hours: float, own: Collection[str]) -> DayResult:
        """Return what a scenario's day comes to; voltage changes count at the buses of its own units too."""
        watched = sorted(self.monitors.union(self.places[bus] for bus in own))
        power = found.terminal_va / 1e3
        return DayResult(
            step_hours=step_hours,
            mv=_level(found, ABOVE_1_KV),
            lv=_level(found, UP_TO_1_KV),
            monitored=Monitored(
                tuple(self.layout.buses[at] for at in watched),
                found.change_percent[np.array(watched, np.intp)],
            ),
            loadings=Loadings(
                self.elements,
                found.normal_percent[self.rated],
                found.emergency_percent[self.rated],
                found.hours_above_normal[self.rated],
            ),
            recloser_p_kw=power.real,
            recloser_q_kvar=power.imag,
            converged=not found.failures,
        )


def _level(found: ScenarioResult, row: int) -> Level:
    """Return the extremes of a class of nodes; no steps where there is no such node."""
    if not np.isfinite(found.low_pu[row]).any():
        return Level(np.empty(0), np.empty(0))
    return Level(found.low_pu[row], found.high_pu[row], found.low_node[row], found.high_node[row])
