"""Buses in waves along a feeder, and what one should have between those that are known."""

from itertools import pairwise

import pytest

from hcr.studies.interconnection.feeder_graph import Bus, Edge, EdgeKind, FeederGraph
from hcr.studies.interconnection.waves import between, waves

NAMES = [f"b{at:02}" for at in range(40)]


def chain(names: list[str], *alone: str) -> FeederGraph:
    """Return buses in a row, the first of them a source, and some that nothing connects."""
    buses = [Bus(name, 3, 12.47, source=name == names[0]) for name in (*names, *alone)]
    edges = [Edge(EdgeKind.LINE, f"line.{one}{other}", one, other) for one, other in pairwise(names)]
    return FeederGraph(tuple(buses), tuple(edges))


def test_each_bus_is_in_one_wave_and_earlier_waves_lie_all_along_the_feeder() -> None:
    shuffled = sorted(NAMES, key=lambda name: name[::-1])
    found = waves(chain(NAMES), shuffled)
    assert sorted(at for wave in found for at in wave) == list(range(len(NAMES)))
    assert [sorted(shuffled[at] for at in wave) for wave in found[:2]] == [
        NAMES[::16],
        [name for at, name in enumerate(NAMES) if at % 4 == 0 and at % 16],
    ]


def test_few_buses_make_few_waves() -> None:
    assert waves(chain(NAMES), NAMES[:1]) == [[0]]
    assert waves(chain(NAMES), []) == []
    assert waves(chain(NAMES, "lost"), ["lost", "b00"]) == [[1], [0]]


def test_a_bus_should_have_what_lies_between_its_neighbours() -> None:
    assert between(chain(NAMES), {"b10": 100.0, "b14": 104.0}, "b11") == pytest.approx(101.0)
    assert between(chain(NAMES), {"b10": 100.0, "b14": 104.0, "b39": 900.0}, "b13") == pytest.approx(103.0)


def test_one_that_is_not_like_the_nearest_does_not_count() -> None:
    assert between(chain(NAMES), {"b10": 100.0, "b14": 900.0}, "b11") == 100.0
    assert between(chain(NAMES), {"b10": 100.0, "b14": 900.0}, "b13") == 900.0
    assert between(chain(NAMES), {"b10": 0.0, "b14": 900.0}, "b11") == 0.0


def test_a_bus_that_is_known_has_what_it_has() -> None:
    assert between(chain(NAMES), {"b10": 100.0, "b11": 104.0}, "b10") == 100.0


def test_where_no_way_leads_nothing_is_told() -> None:
    assert between(chain(NAMES, "lost"), {"b10": 100.0}, "lost") == 0.0
    assert between(chain(NAMES), {}, "b10") == 0.0
