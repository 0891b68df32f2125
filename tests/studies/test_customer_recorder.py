"""Customers on a hand-made circuit: one LV zone `z1` of 400 V, one of 240 V split phase `z2`."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.network.feeder import Customer, Feeder
from hcr.network.load_data import Period
from hcr.network.zones import Zone
from hcr.powerflow.circuit import GROUND, Branches, Circuit, Elements, Injectors, Model, Nodes
from hcr.powerflow.lanes import Injections, Solution
from hcr.studies.calendar import Calendar
from hcr.studies.case import Case
from hcr.studies.customer_recorder import CustomerRecorder
from hcr.studies.limits import VoltageLimits
from hcr.studies.task import LoadTime, Task

NODES = ("lv.1", "lv.2", "lv.3", "lv.4", "legs.1", "legs.2")
BASE = 400.0 / np.sqrt(3.0)
BASES = np.array([BASE, BASE, BASE, BASE, 120.0, 120.0])
LOADS = {
    "Load.single": ("lv", [0, 3], 1, False),  # phase A to the neutral wire
    "Load.wye": ("lv", [0, 1, 2, GROUND], 3, False),
    "Load.delta": ("lv", [0, 1, 2], 3, True),
    "Load.across": ("lv", [1, 2], 1, True),  # between phases B and C
    "Load.legs": ("legs", [4, 5, GROUND], 2, False),
    "Load.far": ("elsewhere", [GROUND, GROUND], 1, False),  # on a bus that no zone reaches
    "Generator.hcr_export_0": ("lv", [0, 3], 1, False),
}
STAMPS = np.datetime64("2025-01-15T10:00", "us") + np.timedelta64(30, "m") * np.arange(1, 9)
CALENDAR = Calendar.of(STAMPS, hours=0.5, utc_offset=timedelta(hours=10), year=2025)
NOTHING, NEVER = np.empty(0), np.empty(0, bool)
NO_BRANCHES = Elements((), (), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


def circuit() -> Circuit:
    wires = [row[1] for row in LOADS.values()]
    table = Elements(
        names=tuple(LOADS),
        buses=tuple((row[0],) for row in LOADS.values()),
        first=np.concatenate([[0], np.cumsum([len(one) for one in wires])]),
        terminal=np.ones(sum(len(one) for one in wires), int),
        node=np.array([node for one in wires for node in one]),
    )
    phases, delta = (np.array([row[at] for row in LOADS.values()]) for at in (2, 3))
    count = np.zeros(len(LOADS))
    return Circuit(
        model=Model(Path(), (), ""),
        name="hand-made",
        frequency_hz=50.0,
        nodes=Nodes(NODES, tuple(n.split(".")[0] for n in NODES), np.array([1, 2, 3, 4, 1, 2]), BASES),
        branches=Branches(NO_BRANCHES, NOTHING, NOTHING, NOTHING, NEVER, NEVER),
        injectors=Injectors(table, count, count, count, phases, delta),
        source_bus="lv",
    )


def zone(name: str, v_base: int, injectors: list[int]) -> Zone:
    none = np.empty(0, np.int64)
    return Zone(
        name=name,
        label=f"tx {name}",
        kind="TRANSFORMER",
        head_mrid=name,
        head_terminal=1,
        v_base=v_base,
        rated_kva=100.0,
        meters=(),
        nodes=none,
        phases=none,
        branches=none,
        injectors=np.array(injectors, np.int64),
        upstream=(),
    )


def case(*loads: str, lanes: int = 8) -> Case:
    """Return a case whose customers are the given loads, called as the load without its class."""
    customers = tuple(Customer(load.partition(".")[2], load) for load in loads)
    start = datetime(2025, 1, 15, 10)
    return Case(
        task=Task("hand", "base", 2025, LoadTime(start, None)),
        feeder=Feeder("hand", Path(), Path(), timedelta(hours=10), customers),
        circuit=circuit(),
        injections=Injections(np.ones(lanes), (), np.empty((0, lanes)), np.empty((0, lanes)), 0.5),
        zones=(zone("z1", 400, [0, 1, 2, 3, 6]), zone("z2", 208, [4])),
        period=Period(start, 1, 30),
        stamps=STAMPS[:lanes],
        entries=np.arange(lanes),
        load_data_digest="",
        warnings=(),
    )


def lanes(**volts: list[complex]) -> Solution:
    """Return a block in which nodes named `lv1` have these voltages, all others their nominal ones."""
    count = len(next(iter(volts.values())))
    voltage = np.repeat(BASES[:, None], count, axis=1).astype(complex)
    voltage[3] = 0.0
    for name, values in volts.items():
        voltage[NODES.index(f"{name[:-1]}.{name[-1]}")] = values
    power = np.zeros((len(LOADS), count), complex)
    return Solution(0, voltage, np.zeros((0, count), complex), power, np.ones(count, int))


def part(block: Solution, first: int, last: int) -> Solution:
    span = slice(first, last)
    return Solution(
        block.first_lane + first,
        block.voltage_v[:, span],
        block.current_a[:, span],
        block.injector_va[:, span],
        block.iterations[span],
    )


def recorded(one: Case, *blocks: Solution, limits: VoltageLimits | None = None) -> CustomerRecorder:
    recorder = CustomerRecorder(one, limits or VoltageLimits(), keep_all=True)
    for block in blocks:
        recorder.add(block)
    return recorder


def summary(one: Case, *blocks: Solution) -> dict[str, list[object]]:
    return {name: column.tolist() for name, column in recorded(one, *blocks).summary(CALENDAR).items()}


def test_a_voltage_is_against_the_neutral_wire_where_there_is_one():
    block = lanes(lv1=[240.0, 240.0], lv4=[10.0, -10.0])

    rows = summary(case("Load.single"), block)

    assert rows["phases"] == ["A"]
    assert (rows["min_voltage_v"], rows["max_voltage_v"]) == ([230.0], [250.0])
    assert rows["max_voltage_pu"] == pytest.approx([250.0 / BASE])


def test_three_phases_count_by_their_worst():
    block = lanes(lv1=[230.0, 231.0], lv2=[220.0, 221.0], lv3=[240.0, 250.0], lv4=[50.0, 50.0])

    rows = summary(case("Load.wye"), block)  # neutral to ground: the neutral wire is not its own

    assert rows["phases"] == ["ABC"]
    assert (rows["min_voltage_v"], rows["max_voltage_v"]) == ([220.0], [250.0])


@pytest.mark.parametrize(
    ("load", "phases", "lowest"), [("Load.delta", "ABC", 210.0), ("Load.across", "BC", 220.0)]
)
def test_between_phases_each_phase_counts_against_ground(load: str, phases: str, lowest: float):
    rows = summary(case(load), lanes(lv1=[210.0], lv2=[220.0], lv3=[230.0]))

    assert rows["phases"] == [phases]
    assert rows["min_voltage_v"] == [lowest]
    assert rows["max_voltage_v"] == [230.0]


def test_split_phase_counts_by_its_legs():
    rows = summary(case("Load.legs"), lanes(legs1=[118.0], legs2=[-124.0]))

    assert rows["phases"] == ["AB"]
    assert rows["min_voltage_pu"] == pytest.approx([118 / 120])
    assert rows["max_voltage_pu"] == pytest.approx([124 / 120])
    assert rows["zone"] == ["tx z2"]


def test_extremes_have_the_time_of_the_first_of_equals():
    rows = summary(case("Load.single"), lanes(lv1=[230.0, 210.0, 260.0, 210.0, 260.0]))

    assert rows["min_voltage_timestamp"] == [datetime(2025, 1, 15, 1, 0)]  # UTC: ten hours before local time
    assert rows["max_voltage_timestamp"] == [datetime(2025, 1, 15, 1, 30)]


def test_hours_count_each_lane_once_whatever_the_phases():
    block = lanes(lv1=[254.0, 253.0, 230.0, 215.9], lv2=[255.0, 230.0, 230.0, 200.0], lv3=[230.0] * 4)

    rows = summary(case("Load.wye"), block)

    assert rows["hours_over_normal"] == [0.5]
    assert rows["hours_under_normal"] == [0.5]


def test_limits_off_the_400_v_world_keep_their_percentages():
    # 253 V of 230 V is 1.1 pu: 132 V of 120 V.
    rows = summary(case("Load.legs"), lanes(legs1=[131.9, 132.1], legs2=[120.0, 120.0]))

    assert rows["hours_over_normal"] == [0.5]


def test_rows_follow_the_customers_and_absent_ones_are_left_out():
    one = case("Load.wye", "Load.far", "Load.gone", "Load.legs", "Load.single")

    rows = summary(one, lanes(lv1=[230.0]))

    assert rows["load_id"] == ["wye", "legs", "single"]
    assert rows["element"] == ["Load.wye", "Load.legs", "Load.single"]


def test_a_phase_without_supply_counts_for_nothing():
    rows = summary(case("Load.single"), lanes(lv1=[1.0, 240.0, 230.0]))

    assert rows["min_voltage_v"] == [230.0]
    assert rows["hours_under_normal"] == [0.0]


def test_without_any_supply_voltages_and_times_are_null():
    rows = summary(case("Load.single", "Load.legs"), lanes(lv1=[0.0, 0.0]))

    assert np.isnan([rows["min_voltage_v"][0], rows["max_voltage_pu"][0]]).all()
    assert rows["min_voltage_timestamp"][0] is None
    assert rows["min_voltage_v"][1] == 120.0


def test_every_value_is_kept_lane_after_lane():
    block = lanes(lv1=[230.0, 231.0], lv2=[240.0, 0.0], lv3=[250.0, 251.0])
    block.injector_va[0], block.injector_va[1] = [1000 + 100j, 2000.0], [3000.0, 4000 - 400j]

    rows = recorded(case("Load.wye", "Load.single"), block).voltages(CALENDAR)

    assert rows["load_id"].tolist() == ["wye", "single", "wye", "single"]
    assert rows["entry"].tolist() == [0, 0, 1, 1]
    assert (
        rows["timestamp"].tolist() == [datetime(2025, 1, 15, 0, 30)] * 2 + [datetime(2025, 1, 15, 1, 0)] * 2
    )
    assert rows["voltage_a_v"].tolist() == [230.0, 230.0, 231.0, 231.0]
    assert rows["voltage_b_v"][0] == 240.0
    assert np.isnan(rows["voltage_b_v"][1:]).all()  # absent, dead, absent
    assert rows["power_kw"].tolist() == [3.0, 1.0, 4.0, 2.0]
    assert rows["power_kvar"].tolist() == [0.0, 0.1, -0.4, 0.0]


def test_exports_are_taken_off_the_power_drawn():
    block = lanes(lv1=[230.0])
    block.injector_va[0], block.injector_va[6] = 1000.0, -3000 + 200j

    rows = recorded(case("Load.wye", "Load.single"), block).voltages(CALENDAR)

    assert rows["power_kw"].tolist() == [0.0, -2.0]
    assert rows["power_kvar"].tolist() == [0.0, 0.2]
    assert block.injector_va[0, 0] == 1000.0  # the solution itself stays as it is


def test_nobody_at_all_gives_empty_tables():
    recorder = recorded(case(), lanes(lv1=[230.0]))

    assert {len(column) for column in recorder.summary(CALENDAR).values()} == {0}
    assert {len(column) for column in recorder.voltages(CALENDAR).values()} == {0}
    assert recorder.beyond_limits() == {}


def test_customers_beyond_limits_are_counted_by_zone():
    block = lanes(lv1=[254.0, 230.0], lv2=[230.0, 210.0], lv3=[230.0, 230.0], legs2=[-140.0, 120.0])

    recorder = recorded(case("Load.wye", "Load.single", "Load.across", "Load.legs"), block)

    assert recorder.beyond_limits() == {"z1": (2, 2), "z2": (1, 0)}


@given(cuts=st.sets(st.integers(1, 7)), seed=st.integers(0, 2**32 - 1))
def test_how_lanes_are_cut_into_blocks_changes_nothing(cuts: set[int], seed: int):
    rng = np.random.default_rng(seed)
    whole = lanes(lv1=[230.0] * 8)
    whole.voltage_v[:] = BASES[:, None] * rng.choice([0.0, 0.8, 0.95, 1.0, 1.2], (6, 8))
    one = case(*list(LOADS)[:5])
    ends = [0, *sorted(cuts), 8]
    blocks = [part(whole, a, b) for a, b in pairwise(ends)]

    together, apart = recorded(one, whole), recorded(one, *blocks)

    for table in ("summary", "voltages"):
        left, right = getattr(together, table)(CALENDAR), getattr(apart, table)(CALENDAR)
        for name, column in left.items():
            np.testing.assert_array_equal(column, right[name], name)
