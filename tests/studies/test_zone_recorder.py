"""The recorder on a hand-made circuit with hand-made voltages and currents.

src ──head── mv ──tx── lv ──service── home          zones: `mv` (phases 1 to 3) and `lv` (phase 1, 2, neutral)
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.network.zones import Meter, Zone
from hcr.powerflow.circuit import Branches, Circuit, Elements, Injectors, Model, Nodes
from hcr.powerflow.lanes import Solution
from hcr.studies.zone_recorder import ZoneRecorder
from hcr.studies.zone_series import ZoneSeries

NAMES = ("mv.1", "mv.2", "mv.3", "lv.1", "lv.2", "lv.4", "home.1", "home.4")
MV, LV = 6350.0, 230.0
BASES = np.array([MV, MV, MV, LV, LV, LV, LV, LV])


def elements(*rows: tuple[str, tuple[str, ...], list[list[int]]]) -> Elements:
    """Return a table of elements given by name, buses, and the nodes of each terminal."""
    nodes, terminals, first = [], [], [0]
    for _, _, ends in rows:
        for terminal, wires in enumerate(ends, 1):
            nodes += wires
            terminals += [terminal] * len(wires)
        first.append(len(nodes))
    names, buses = tuple(name for name, _, _ in rows), tuple(ends for _, ends, _ in rows)
    return Elements(names, buses, np.array(first), np.array(terminals), np.array(nodes))


def circuit() -> Circuit:
    branches = elements(
        ("Transformer.tx", ("mv", "lv"), [[0, 1, 2], [3, 4, 5]]),
        ("Line.service", ("lv", "home"), [[3, 5], [6, 7]]),
    )
    injectors = elements(
        ("Load.one", ("home",), [[6, 7]]),
        ("Load.two", ("lv",), [[4, -1]]),
        ("Generator.roof", ("home",), [[6, 7]]),
        ("Storage.box", ("lv",), [[3, 5]]),
    )
    return Circuit(
        model=Model(None, (), ""),  # type: ignore[arg-type] - nothing is compiled here
        name="hand-made",
        frequency_hz=50.0,
        nodes=Nodes(NAMES, tuple(n.split(".")[0] for n in NAMES), np.array([1, 2, 3, 1, 2, 4, 1, 4]), BASES),
        branches=Branches(
            branches,
            normal_a=np.array([10.0, 50.0]),
            emergency_a=np.array([15.0, np.nan]),
            rated_kva=np.array([100.0, np.nan]),
            shunt=np.zeros(2, bool),
            closed=np.ones(2, bool),
        ),
        injectors=Injectors(injectors, *(np.zeros(4) for _ in range(3)), np.ones(4, int), np.zeros(4, bool)),
        source_bus="mv",
    )


def zone(kind: str, *, meter: Meter, nodes: list[int], branches: list[int], injectors: list[int]) -> Zone:
    numbers = circuit().nodes.number
    return Zone(
        name=kind,
        label=kind,
        kind=kind,
        head_mrid="tx",
        head_terminal=1,
        v_base=400,
        rated_kva=100.0,
        meters=(meter,),
        nodes=np.array(nodes, np.int64),
        phases=numbers[nodes] - 1,
        branches=np.array(branches, np.int64),
        injectors=np.array(injectors, np.int64),
        upstream=(),
    )


HEAD = zone("FEEDER_HEAD", meter=Meter(0, 1), nodes=[0, 1, 2], branches=[0], injectors=[])
LOW = zone("TRANSFORMER", meter=Meter(0, 2, -1), nodes=[3, 4, 6], branches=[0, 1], injectors=[0, 1, 2, 3])
ZONES = (HEAD, LOW)


def solution(
    voltage_v: np.ndarray, current_a: np.ndarray, injector_va: np.ndarray, first: int = 0
) -> Solution:
    return Solution(first, voltage_v, current_a, injector_va, np.ones(voltage_v.shape[1], int))


def still(lanes: int = 1) -> Solution:
    """Return nominal voltages and no currents."""
    volts = np.repeat(BASES[:, None], lanes, axis=1).astype(complex)
    volts[[5, 7]] = 0.0  # neutrals
    return solution(volts, np.zeros((10, lanes), complex), np.zeros((4, lanes), complex))


def recorded(*blocks: Solution) -> list[ZoneSeries]:
    recorder = ZoneRecorder(circuit(), ZONES, sum(block.lanes for block in blocks))
    for block in blocks:
        recorder.add(block)
    return recorder.series()


def test_statistics_of_a_phase_are_over_its_nodes():
    block = still()
    block.voltage_v[3], block.voltage_v[6], block.voltage_v[4] = 1.02 * LV, 0.98j * LV, 1.1 * LV

    low = recorded(block)[1]

    assert low.mean_pu[:, 0] == pytest.approx([1.0, 1.1, np.nan], nan_ok=True)
    assert low.max_pu[:, 0] == pytest.approx([1.02, 1.1, np.nan], nan_ok=True)
    assert low.min_pu[:, 0] == pytest.approx([0.98, 1.1, np.nan], nan_ok=True)


def test_a_phase_without_nodes_is_nan_and_neutrals_count_for_nothing():
    block = still()
    block.voltage_v[5] = 400.0  # a neutral far off

    low = recorded(block)[1]

    assert np.isnan(low.mean_pu[2]).all()
    assert low.highest.value_pu == 1.0


def test_dead_nodes_enter_no_statistic():
    block = still(2)
    block.voltage_v[6, 0] = 0.09 * LV  # dead in the first lane only
    block.voltage_v[4, :] = 0.0  # dead throughout

    low = recorded(block)[1]

    assert low.mean_pu[0].tolist() == [1.0, 1.0]
    assert np.isnan(low.mean_pu[1]).all()
    assert low.lowest.value_pu == 1.0


def test_extremes_have_place_and_first_lane():
    block = still(4)
    block.voltage_v[6, [1, 3]] = 0.9 * LV
    block.voltage_v[4, 2] = 1.2 * LV

    low = recorded(block)[1]

    assert (low.lowest.place, low.lowest.lane) == ("home.1", 1)
    assert low.lowest.value_pu == pytest.approx(0.9)
    assert (low.highest.place, low.highest.lane) == ("lv.2", 2)


def test_extremes_of_equal_blocks_are_of_the_first():
    first, second = still(2), still(2)
    second = solution(second.voltage_v, second.current_a, second.injector_va, 2)

    assert recorded(first, second)[0].lowest.lane == 0


def test_a_zone_without_supply_has_no_extreme():
    block = still()
    block.voltage_v[:] = 0.0

    head = recorded(block)[0]

    assert np.isnan(head.lowest.value_pu)
    assert (head.lowest.place, head.highest.place) == ("", "")


def test_head_power_is_positive_into_the_zone_at_either_terminal():
    block = still(2)
    block.current_a[0:3] = [[1.0, -1.0]] * 3  # into terminal 1
    block.current_a[3] = [-20.0, 20.0]  # into terminal 2: out of the transformer in the first lane

    head, low = recorded(block)

    assert head.power_kw.tolist() == pytest.approx([3 * MV / 1e3, -3 * MV / 1e3])
    assert low.power_kw.tolist() == pytest.approx([20 * LV / 1e3, -20 * LV / 1e3])


def test_reactive_power_lags_positive():
    block = still()
    block.current_a[0] = -1.0j  # a current that lags the voltage by 90°

    assert recorded(block)[0].power_kvar.tolist() == pytest.approx([MV / 1e3])


def test_a_neutral_off_ground_takes_its_part_of_the_power():
    block = still()
    block.voltage_v[5] = 10.0
    block.current_a[3], block.current_a[5] = -20.0, 20.0  # out on the phase, back on the neutral

    assert recorded(block)[1].power_kw.tolist() == pytest.approx([20 * (LV - 10.0) / 1e3])


def test_loads_and_generation_are_counted_apart_and_storage_is_neither():
    block = still()
    block.injector_va[:, 0] = [2000 + 400j, 500.0, -3000 - 100j, 9000.0]

    low = recorded(block)[1]

    assert (low.load_kw[0], low.load_kvar[0]) == (2.5, 0.4)
    assert (low.generation_kw[0], low.generation_kvar[0]) == (3.0, 0.1)


def test_overload_is_the_power_beyond_the_rating_of_the_worst_branch():
    block = still(3)
    block.current_a[6] = [40.0, 50.0, 100.0]  # service line, rated 50 A, phase to home

    low = recorded(block)[1]

    assert low.overload_normal_kw.tolist() == pytest.approx([0.0, 0.0, 100 * LV / 1e3 * (1 - 50 / 100)])
    assert low.overload_emergency_kw.tolist() == [0.0, 0.0, 0.0]  # no emergency rating: never overloaded


def test_overload_against_the_flow_is_positive_too():
    block = still()
    block.current_a[0] = -20.0  # the transformer exports at twice its rating

    head, low = recorded(block)

    assert head.overload_normal_kw.tolist() == pytest.approx([20 * MV / 1e3 * 0.5])
    assert head.overload_emergency_kw.tolist() == pytest.approx([20 * MV / 1e3 * 0.25])
    assert low.overload_normal_kw.tolist() == head.overload_normal_kw.tolist()


def test_current_on_the_neutral_alone_is_no_overload():
    block = still()
    block.current_a[7] = 500.0  # neutral conductor of the service line

    assert recorded(block)[1].overload_normal_kw.tolist() == [0.0]


SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=6)


@given(sizes=SIZES, seed=st.integers(0, 2**32 - 1))
def test_how_lanes_are_cut_into_blocks_changes_nothing(sizes: list[int], seed: int):
    lanes = sum(sizes)
    rng = np.random.default_rng(seed)
    volts = BASES[:, None] * rng.uniform(0.0, 1.3, (8, lanes)) * np.exp(1j * rng.uniform(-3, 3, (8, lanes)))
    current = rng.normal(0, 60, (10, lanes)) + 1j * rng.normal(0, 60, (10, lanes))
    power = rng.normal(0, 1e4, (4, lanes)) + 1j * rng.normal(0, 1e4, (4, lanes))
    ends = np.cumsum(sizes)
    blocks = [
        solution(volts[:, a:b], current[:, a:b], power[:, a:b], int(a))
        for a, b in zip([0, *ends[:-1]], ends, strict=True)
    ]

    whole, parts = recorded(solution(volts, current, power)), recorded(*blocks)

    for one, other in zip(whole, parts, strict=True):
        assert (one.lowest, one.highest) == (other.lowest, other.highest)
        for name in ("mean_pu", "max_pu", "min_pu", "power_kw", "power_kvar", "load_kw", "load_kvar"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
        for name in ("generation_kw", "generation_kvar", "overload_normal_kw", "overload_emergency_kw"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
