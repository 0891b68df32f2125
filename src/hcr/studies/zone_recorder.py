"""Turns solutions into zone series, block by block, so that a year never holds every voltage at once."""

import numpy as np

from hcr.network.zones import Zone
from hcr.powerflow.circuit import Circuit, FloatArray, IntArray
from hcr.powerflow.lanes import Solution
from hcr.studies.branch_overloads import BranchOverloads
from hcr.studies.node_extremes import NodeExtremes
from hcr.studies.row_groups import PHASES, RowGroups
from hcr.studies.zone_series import ZoneSeries


class ZoneRecorder:
    """Records the series of all zones of a circuit over a known number of lanes."""

    def __init__(self, circuit: Circuit, zones: tuple[Zone, ...], lanes: int) -> None:
        self.circuit, self.zones = circuit, zones
        count = len(zones)
        self._phase_groups = RowGroups.of([zone.nodes for zone in zones], [zone.phases for zone in zones])
        self._mean, self._max, self._min = (np.full((count * PHASES, lanes), np.nan) for _ in range(3))
        self._head, self._load, self._generation = (np.zeros((count, lanes), complex) for _ in range(3))
        self._over_normal, self._over_emergency = (np.zeros((count, lanes)) for _ in range(2))
        self._extremes = NodeExtremes(circuit)
        self._meters = _meter_conductors(circuit, zones)
        self._branches = BranchOverloads.of(circuit)
        self._branch_zones = RowGroups.of([zone.branches for zone in zones])
        self._loads, self._generators = _injectors_by_role(circuit, zones)

    def add(self, solution: Solution) -> None:
        """Take one block of lanes."""
        span = slice(solution.first_lane, solution.first_lane + solution.lanes)
        per_unit = self._extremes.add(solution)
        self._voltages(per_unit, span)
        self._powers(solution, span)
        self._overloads(solution, span)

    def voltages(self, solution: Solution) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return mean, highest and lowest voltage in a block that was taken, (zones * 3, lanes) each [pu]."""
        span = slice(solution.first_lane, solution.first_lane + solution.lanes)
        return self._mean[:, span], self._max[:, span], self._min[:, span]

    def series(self) -> list[ZoneSeries]:
        """Return the series of every zone, in the order of the zones."""
        return [self._series(place, zone) for place, zone in enumerate(self.zones)]

    def _voltages(self, per_unit: FloatArray, span: slice) -> None:
        groups = self._phase_groups
        values = per_unit[groups.members]
        live = ~np.isnan(values)
        supplied = np.where(live, values, 0.0) if not live.all() else values
        counts = groups.reduce(np.add, live.astype(float))
        with np.errstate(invalid="ignore"):
            self._mean[groups.keys, span] = groups.reduce(np.add, supplied) / counts
            self._max[groups.keys, span] = groups.reduce(np.fmax, values)
            self._min[groups.keys, span] = groups.reduce(np.fmin, values)

    def _powers(self, solution: Solution, span: slice) -> None:
        conductors, nodes, signs, groups = self._meters
        flow = solution.voltage_v[nodes] * solution.current_a[conductors].conj() * signs[:, None]
        self._head[groups.keys, span] = groups.reduce(np.add, flow[groups.members]) * 1e-3
        for groups, target, sign in (
            (self._loads, self._load, 1.0),
            (self._generators, self._generation, -1.0),
        ):
            power = solution.injector_va[groups.members]
            target[groups.keys, span] = groups.reduce(np.add, power) * (sign * 1e-3)

    def _overloads(self, solution: Solution, span: slice) -> None:
        beyond = self._branches.beyond(solution)
        if beyond is None:  # both stay zero
            return
        groups = self._branch_zones
        for excess, target in zip(beyond, (self._over_normal, self._over_emergency), strict=True):
            target[groups.keys, span] = groups.reduce(np.maximum, excess[groups.members])

    def _series(self, place: int, zone: Zone) -> ZoneSeries:
        phases = slice(place * PHASES, (place + 1) * PHASES)
        return ZoneSeries(
            zone=zone,
            mean_pu=self._mean[phases],
            max_pu=self._max[phases],
            min_pu=self._min[phases],
            power_kw=self._head[place].real,
            power_kvar=self._head[place].imag,
            load_kw=self._load[place].real,
            load_kvar=self._load[place].imag,
            generation_kw=self._generation[place].real,
            generation_kvar=self._generation[place].imag,
            overload_normal_kw=self._over_normal[place],
            overload_emergency_kw=self._over_emergency[place],
            lowest=self._extremes.lowest(zone.nodes),
            highest=self._extremes.highest(zone.nodes),
        )


def _meter_conductors(
    circuit: Circuit, zones: tuple[Zone, ...]
) -> tuple[IntArray, IntArray, IntArray, RowGroups]:
    """Return the metered conductors, their nodes and signs, and their groups by zone."""
    elements = circuit.branches.elements
    rows = [
        (place, int(conductor), meter.sign)
        for place, zone in enumerate(zones)
        for meter in zone.meters
        for conductor in elements.conductors(meter.branch, meter.terminal)
        if elements.node[conductor] >= 0
    ]
    table = np.array(rows, np.int64).reshape(-1, 3)
    parts = [np.flatnonzero(table[:, 0] == place) for place in range(len(zones))]
    return table[:, 1], elements.node[table[:, 1]], table[:, 2], RowGroups.of(parts)


def _injectors_by_role(circuit: Circuit, zones: tuple[Zone, ...]) -> tuple[RowGroups, RowGroups]:
    """Return the loads, and the generators and PV systems, of each zone; storage is in neither."""
    kinds = np.array([name.partition(".")[0].lower() for name in circuit.injectors.elements.names], object)
    loads = [zone.injectors[kinds[zone.injectors] == "load"] for zone in zones]
    producers = [zone.injectors[np.isin(kinds[zone.injectors], ("generator", "pvsystem"))] for zone in zones]
    return RowGroups.of(loads), RowGroups.of(producers)
