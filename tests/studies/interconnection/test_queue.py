import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.errors import UsageError
from hcr.studies.interconnection.queue import Capacity, Queue, Unit
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind

PV, BATTERY = Kind.PV, Kind.BATTERY


def _size(kw: float) -> Size:
    return Size.of(PV, kw)


def _capacity(bus: str, kw: float, *, recalculated: bool = False) -> Capacity:
    return Capacity(0, PV, bus, _size(kw), recalculated=recalculated)


def _upgrade(element: str, usd: float) -> Upgrade:
    return Upgrade(UpgradeKind.LINE, element, 400.0, 800.0, "A", (f"Edit Line.{element} length=1",), usd)


@pytest.fixture
def queue() -> Queue:
    """Return two rounds at a and b: 100 and 200 kW of PV; b is full, and a line was upgraded for it."""
    independent = Queue()
    for bus, kw in (("a", 900.0), ("b", 700.0), ("c", 0.0)):
        independent = independent.with_capacity(_capacity(bus, kw, recalculated=True))
    first = independent.opened("a").with_unit(PV, "a", _size(100.0)).with_capacity(_capacity("a", 800.0))
    second = first.opened("b").with_unit(PV, "b", _size(200.0)).with_capacity(_capacity("b", 0.0))
    return second.exhausted(PV, "b").with_upgrades([_upgrade("l1", 5e3), _upgrade("l2", 7e3)])


def test_rounds_are_counted_from_the_first_unit(queue: Queue):
    assert Queue().round == 0
    assert queue.round == 2
    assert queue.installed() == (Unit(1, PV, "a", _size(100.0)), Unit(2, PV, "b", _size(200.0)))


def test_a_capacity_is_the_latest_at_or_before_a_round(queue: Queue):
    def found(bus: str, at_round: int | None) -> float:
        capacity = queue.capacity(PV, bus, at_round=at_round)
        assert capacity is not None
        return capacity.size.kw

    assert [found("a", at) for at in (0, 1, 2, None)] == [900.0, 800.0, 800.0, 800.0]
    assert [found("b", at) for at in (0, 1, 2)] == [700.0, 700.0, 0.0]
    assert found("c", 2) == 0.0
    assert queue.capacity(PV, "x") is None
    assert queue.capacity(BATTERY, "a") is None


def test_a_recalculation_stays_beside_what_the_round_found(queue: Queue):
    again = queue.with_capacity(_capacity("b", 450.0, recalculated=True))
    latest, added = again.capacity(PV, "b"), again.capacity(PV, "b", as_added=True)
    assert latest is not None
    assert added is not None
    assert (latest.size.kw, added.size.kw) == (450.0, 0.0)
    assert latest.round == added.round == 2


def test_units_and_evaluations_are_found_likewise(queue: Queue):
    assert queue.unit(PV, "b", at_round=1) is None
    assert queue.unit(PV, "b") == Unit(2, PV, "b", _size(200.0))
    evaluated = queue.with_evaluation(PV, "b", ())
    assert evaluated.evaluation(PV, "b", at_round=1) is None
    found = evaluated.evaluation(PV, "b")
    assert found is not None
    assert found.round == 2


def test_totals_count_each_unit_once(queue: Queue):
    battery = Size.of(BATTERY, 50.0, hours=2)
    more = queue.opened("a").with_unit(BATTERY, "a", battery).opened("a").with_unit(BATTERY, "a", battery)
    assert more.totals() == {PV: Size(300.0, 375.0), BATTERY: Size(100.0, 100.0, 200.0)}
    assert more.totals(at_round=1) == {PV: Size(100.0, 125.0)}
    assert Queue().totals() == {}


def test_the_next_bus_is_drawn_from_free_candidates_and_visits_without_the_full_ones(queue: Queue):
    again = queue.opened("a").with_unit(PV, "a", _size(50.0))
    assert again.drawable(["c", "a", "b", "d"], PV) == ("c", "d", "a", "a")
    assert again.drawable(["c", "a", "b", "d"], BATTERY) == ("c", "d", "a", "b", "a")
    assert Queue().drawable(["c", "a"], PV) == ("c", "a")


def test_undoing_a_round_forgets_its_visit_and_that_the_bus_was_full(queue: Queue):
    undone = queue.rewound(1)
    assert undone.round == 1
    assert undone.drawable(["a", "b"], PV) == ("b", "a")
    assert undone.totals() == {PV: _size(100.0)}
    assert undone.costs_usd() == {}
    repeated = undone.opened("b").with_unit(PV, "b", _size(200.0)).with_capacity(_capacity("b", 0.0))
    repeated = repeated.exhausted(PV, "b").with_upgrades([_upgrade("l1", 5e3), _upgrade("l2", 7e3)])
    assert repeated == queue


@pytest.mark.parametrize("to_round", [-1, 3])
def test_a_round_that_has_not_been_cannot_be_returned_to(queue: Queue, to_round: int):
    with pytest.raises(UsageError, match="rewound"):
        queue.rewound(to_round)


def test_costs_belong_to_the_round_that_triggered_them(queue: Queue):
    third = queue.opened("c").with_upgrades([_upgrade("l1", 1e4)])
    assert third.costs_usd() == {2: 12e3, 3: 1e4}
    assert third.costs_usd(at_round=2) == {2: 12e3}
    assert [upgrade.cost_usd for upgrade in third.upgraded("l1")] == [5e3, 1e4]
    assert len(third.upgraded("l1", at_round=2)) == 1
    assert third.upgraded("x") == ()


@given(st.lists(st.sampled_from("abc"), max_size=8), st.data())
def test_rewinding_gives_the_queue_as_it_was(buses: list[str], data: st.DataObject):
    queue, past = Queue(), [Queue()]
    for at, bus in enumerate(buses, 1):
        queue = (
            queue.opened(bus).with_unit(PV, bus, _size(float(at))).with_capacity(_capacity(bus, 10.0 * at))
        )
        if data.draw(st.booleans()):
            queue = queue.exhausted(PV, bus).with_upgrades([_upgrade(f"l{at}", 1.0)])
        past.append(queue)
    for at, before in enumerate(past):
        assert queue.rewound(at) == before
        assert queue.totals(at_round=at) == before.totals()
        assert queue.capacity(PV, "a", at_round=at) == before.capacity(PV, "a")
