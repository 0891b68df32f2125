"""The network of a street, solved at all its times with any taps."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from hcr.errors import NotConvergedError
from hcr.network.exports import export_edit, export_name
from hcr.network.load_data import Period
from hcr.network.metered_phases import MeteredPhases
from hcr.network.tap_changer import TapChanger
from hcr.network.zones import DEAD_PU
from hcr.powerflow.circuit import BoolArray, FloatArray, IntArray
from hcr.powerflow.lanes import Injections
from hcr.powerflow.opendss import compile_circuit
from hcr.studies.calibration.documented import DOCUMENTED
from hcr.studies.calibration.findings import Positions
from hcr.studies.calibration.metering import documented_valid
from hcr.studies.calibration.powers import known_powers
from hcr.studies.calibration.solved_times import SolvedTimes, solve_times
from hcr.studies.calibration.street import Street
from hcr.studies.case import Case, tap_edit
from hcr.studies.checked_lanes import sampled_lanes
from hcr.studies.customer_powers import YEAR_START, Channels
from hcr.studies.engine_choice import BATCH, EngineChoice, choose_engine
from hcr.studies.recording import options_of
from hcr.studies.referee import Ruling, by_both_engines, compared
from hcr.studies.task import TapPosition

CHECKED = 6
"""Times of a calibration that OpenDSS solves again, the first and the last among them."""


@dataclass(slots=True)
class Simulation:
    """Simulates what the meters of a street would read.

    Attributes
    ----------
    choice : the engine to take; without one, that which is right, and from then on that which was found so.
    last : what was simulated last, once something was.
    warnings : what was filled in.
    """

    street: Street
    choice: EngineChoice | None = None
    last: SolvedTimes | None = None
    warnings: tuple[str, ...] = ()
    _channels: Channels = field(init=False)
    _exporters: IntArray = field(init=False)
    _exports: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        street = self.street
        self._channels, self.warnings = known_powers(street)
        exports = (self._channels[2] != 0).any(axis=1) | (self._channels[3] != 0).any(axis=1)
        self._exporters = np.flatnonzero(exports)
        settings = street.task.model
        band_pu = settings.gen_v_min_pu, settings.gen_v_max_pu
        places = street.customers.places[self._exporters]
        self._exports = tuple(export_edit(street.circuit, int(place), band_pu) for place in places)

    def __call__(self, positions: Positions) -> FloatArray:
        """Return the voltage of each customer at each time, mean over the phases, (customers, times) [V].

        By the documented rule only phases within its band are in the mean. NaN where a customer has no such
        phase, or no supply, or a time no solution.

        Raises
        ------
        NotConvergedError
            No time has a solution.
        ModelError
            The batch engine was asked for and does not cover the circuit.
        """
        case = self._case(positions)
        self.last = solve_times(case, self.choice or choose_engine(case), self.street.customers.places)
        if self.last.choice.missing:
            self.choice = self.last.choice
        phases, volts = self.last.phases, self.last.volts
        counts = volts >= DEAD_PU * case.circuit.nodes.base_v[phases.node][:, None]
        if self.street.settings.method == DOCUMENTED:
            counts &= documented_valid(volts)
        return _means(volts, counts, phases)

    def ruling(self) -> Ruling | None:
        """Return how far OpenDSS is from the batch engine in some of the times last simulated.

        None where OpenDSS itself simulated.
        """
        if self.last is None or self.last.choice.engine != BATCH:
            return None
        case, options = self.last.case, options_of(self.last.case, self.last.choice)
        solved = np.setdiff1d(np.arange(case.injections.lanes), self.last.failed)
        lanes = np.asarray(solved[sampled_lanes(len(solved), CHECKED, seed=0)])
        try:
            ours, theirs = by_both_engines(case, lanes, options=options)
        except NotConvergedError as error:
            return Ruling(lanes, 0, None, f"OpenDSS finds no solution: {error.why}")
        return Ruling(lanes, 0, compared(case, lanes, ours, theirs))

    def _case(self, positions: Positions) -> Case:
        street = self.street
        taps = [tap_edit(one) for one in tap_positions(street, positions)]
        model = street.circuit.model
        circuit = compile_circuit(replace(model, edits=(*model.edits, *self._exports, *taps)))
        stamps = street.stamps
        first: datetime = stamps[0].item()
        minutes = street.task.model.interval_minutes
        return Case(
            task=street.task,
            feeder=street.feeder,
            circuit=circuit,
            injections=self._injections(),
            zones=street.zones,
            period=Period(first - timedelta(minutes=minutes), 1, minutes),
            stamps=stamps,
            entries=np.arange(len(stamps)),
            load_data_digest="",
            warnings=(),
        )

    def _injections(self) -> Injections:
        street, (import_w, import_var, export_w, export_var) = self.street, self._channels
        out = self._exporters
        elements = [*street.customers.elements]
        elements += [f"Generator.{export_name(int(street.customers.places[row]))}" for row in out]
        begin = np.datetime64(datetime(street.stamps[0].item().year, *YEAR_START))
        return Injections(
            hours=(street.stamps - begin) / np.timedelta64(1, "h"),
            elements=tuple(elements),
            power_w=np.concatenate([import_w, export_w[out]]),
            power_var=np.concatenate([import_var, -export_var[out]]),  # OpenDSS counts them as produced
            step_hours=street.task.model.interval_minutes / 60.0,
            walk=False,
        )


def tap_positions(street: Street, positions: Positions) -> tuple[TapPosition, ...]:
    """Return taps as the network takes them; one that stays where it is, off its grid or not, is left out."""
    found = []
    for group, position in positions.items():
        changer = street.metering.taps[group]
        if isinstance(changer, TapChanger) and position != changer.position:
            turns = changer.taps[position - 1]
            found.append(TapPosition(changer.transformer, changer.winding, turns, position))
    return tuple(found)


def _means(volts: FloatArray, counts: BoolArray, phases: MeteredPhases) -> FloatArray:
    """Return means over the phases that count of each customer; NaN of a customer without one."""
    sums, told = np.zeros((2, len(phases.first), volts.shape[1]))
    np.add.at(sums, phases.customer, np.where(counts, volts, 0.0))
    np.add.at(told, phases.customer, counts)
    return np.where(told > 0, sums / np.maximum(told, 1), np.nan)
