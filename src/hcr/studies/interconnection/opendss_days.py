"""Days of trials in OpenDSS itself, one after another: what the batch engine's days are held against.

A unit is a generator of constant power, or in its place a PV system under an InvControl where it follows
curves. The model is compiled once for each state, with a generator that moves from trial to trial.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hcr.errors import ModelError, NotConvergedError
from hcr.powerflow.circuit import GROUND, Circuit
from hcr.powerflow.lanes import Injections, SolveOptions
from hcr.powerflow.opendss import OpenDss
from hcr.powerflow.opendss_names import quoted
from hcr.studies.interconnection.day import DayResult
from hcr.studies.interconnection.day_tally import DayTally, unsolved
from hcr.studies.interconnection.feeder import bus_nodes, rated_by_opendss
from hcr.studies.interconnection.resource import UNIT_BAND_PU
from hcr.studies.interconnection.settings import InverterMode
from hcr.studies.interconnection.setup import OPTIONS, DayInputs, Setup
from hcr.studies.interconnection.trial import Placed, State
from hcr.studies.interconnection.unit_inverter import inverter_of
from hcr.studies.interconnection.upgrades import Upgrade

TRIAL = "Generator.hcr_trial"
"""The generator that stands for the unit on trial."""

REMEMBERING = ("invcontrol.", "expcontrol.", "storagecontroller.", "storage.")
"""What goes on from where it was, so that a day after another is not what it is by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """An engine with the units of a state, and its circuit with the ratings that loadings are judged by."""

    state: State
    engine: OpenDss
    circuit: Circuit


class OpenDssDays:
    """See `trial.Days`. The engine of the last state is kept.

    Attributes
    ----------
    solved : days so far.

    Raises
    ------
    ModelError
        No bus has three phases.
    """

    engine = "opendss"

    def __init__(self, setup: Setup) -> None:
        circuit = setup.feeder.circuit
        self._setup = setup
        self._phases = {bus: nodes for bus, nodes in bus_nodes(circuit).items() if len(nodes) == len("abc")}
        if not self._phases:
            raise ModelError(f"{circuit.name} has no bus of three phases", why="units have three phases")
        self._kv = _nominal_kv(circuit)
        constant = setup.settings.resource.inverter is InverterMode.CONSTANT_PF
        self._afresh = not constant or _remembers(circuit)
        self._made: _Made | None = None
        self.solved = 0

    def solve(
        self, state: State, trials: Sequence[Placed | None], *, sites: Sequence[str] = ()
    ) -> list[tuple[DayResult, ...]]:
        """Return the results of all days for each trial, in their order; sites make no difference here.

        Raises
        ------
        ModelError
            OpenDSS refuses the model, an upgrade, or what is to be watched.
        ConfigError
            A unit cannot follow the curves that are asked for.
        """
        return [tuple(self._day(state, trial, day) for day in self._setup.days) for trial in trials]

    def stand(
        self, upgrades: tuple[Upgrade, ...], units: Sequence[tuple[Placed, ...]]
    ) -> list[tuple[DayResult, ...]]:
        """Return the results of all days for each group of units, in their order."""
        return [days for group in units for days in self.solve(State(group, upgrades), [None])]

    def _day(self, state: State, trial: Placed | None, day: DayInputs) -> DayResult:
        made = self._ready(state, trial)
        injections = self._injections(state, trial, day)
        self.solved += 1
        try:
            return self._walk(made, injections, _own_buses(state, trial))
        except NotConvergedError:
            self._made = None  # nobody knows what an engine without a solution would go on from
            return unsolved(injections.step_hours)

    def _walk(self, made: _Made, injections: Injections, own: Sequence[str]) -> DayResult:
        buses = tuple(dict.fromkeys((*self._setup.monitors, *own)))
        reclosers, options = self._setup.feeder.reclosers, replace(OPTIONS, engine="opendss")
        tally = DayTally(made.circuit, injections.step_hours, buses=buses, reclosers=reclosers)
        made.engine.prepare(injections, options)
        for first, last in _blocks(injections, options):
            tally.add(made.engine.solve_block(first, last))
        return tally.result()

    def _ready(self, state: State, trial: Placed | None) -> _Made:
        """Return an engine of the state at its beginning, with the generator of the trial where that is."""
        bus = trial.bus if trial is not None else next(iter(self._phases))
        if self._made is not None and self._made.state == state and not self._afresh:
            self._made.engine.restart((f"edit {TRIAL} {self._at(bus)}",))
            return self._made
        upgrades = [edit for upgrade in state.upgrades for edit in upgrade.edits]
        buses = (*(unit.bus for unit in state.units), bus)
        names = _names(len(state.units))
        units = [f"new {name} {self._at(at)}" for name, at in zip(names, buses, strict=True)]
        engine = OpenDss(self._setup.feeder.circuit.model, edits=(*upgrades, *units))
        self._made = _Made(state, engine, rated_by_opendss(engine.circuit))
        return self._made

    def _at(self, bus: str) -> str:
        """Return what a generator at a bus is, in the words of OpenDSS."""
        ends = quoted(".".join([bus, *(node.rpartition(".")[2] for node in self._phases[bus])]))
        low, high = UNIT_BAND_PU
        return (
            f"bus1={ends} phases=3 conn=wye model=1 kv={self._kv[bus]:.12g} kw=0 kvar=0 "
            f"vminpu={low:g} vmaxpu={high:g}"
        )

    def _injections(self, state: State, trial: Placed | None, day: DayInputs) -> Injections:
        """Return a day's injections with the units; without a trial its generator gives nothing."""
        given, placed = day.injections, (*state.units, trial)
        none = np.zeros(given.lanes)
        rows = [none if unit is None else 1e3 * unit.size.kw * day.output[unit.kind] for unit in placed]
        watts, names = np.stack(rows), _names(len(state.units))
        resource = self._setup.settings.resource
        found = [
            inverter_of(unit, name, resource)
            for unit, name in zip(placed, names, strict=True)
            if unit is not None
        ]
        return replace(
            given,
            elements=(*given.elements, *names),
            power_w=np.vstack([given.power_w, watts]),
            power_var=np.vstack([given.power_var, watts * self._setup.var_per_watt]),
            inverters=(*given.inverters, *(inverter for inverter in found if inverter is not None)),
        )


def _names(installed: int) -> tuple[str, ...]:
    """Return the generators of the installed units, and that of the trial."""
    return (*(f"Generator.hcr_unit_{number}" for number in range(1, installed + 1)), TRIAL)


def _own_buses(state: State, trial: Placed | None) -> list[str]:
    return sorted({unit.bus for unit in (*state.units, trial) if unit is not None})


def _blocks(injections: Injections, options: SolveOptions) -> list[tuple[int, int]]:
    most, lanes = options.block_lanes, injections.lanes
    return [(first, min(first + most, lanes)) for first in range(0, lanes, most)]


def _nominal_kv(circuit: Circuit) -> dict[str, float]:
    """Return the nominal voltage of each bus, phase to phase [kV]."""
    kv = np.sqrt(3.0) * circuit.nodes.base_v / 1e3
    return dict(zip(circuit.nodes.buses, kv.tolist(), strict=True))


def _remembers(circuit: Circuit) -> bool:
    """Return whether something in service goes on from where the last day left it."""
    table = circuit.injectors.elements
    owner = np.repeat(np.arange(len(table)), np.diff(table.first))
    live = [table.names[element] for element in np.unique(owner[table.node != GROUND]).tolist()]
    batch = circuit.batch
    controls = (*batch.controls, *(one.control for one in batch.inverters)) if batch is not None else ()
    return any(name.lower().startswith(REMEMBERING) for name in (*live, *controls))
