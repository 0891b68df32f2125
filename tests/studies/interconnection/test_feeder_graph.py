import json
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.errors import ModelError
from hcr.studies.interconnection.feeder_graph import (
    Bus,
    Edge,
    EdgeKind,
    FeederGraph,
    candidates,
    components,
    depths,
    longest_path,
)
from hcr.studies.interconnection.island_screen import Islands, Recloser


def _bus(name: str, phases: int = 3, *attached: str) -> Bus:
    return Bus(name, phases, 12.47, attached, source=name == "s")


def _edge(first: str, second: str, kind: EdgeKind = EdgeKind.LINE, *, is_open: bool = False) -> Edge:
    return Edge(kind, f"{kind}.{first}{second}", first, second, open=is_open)


def _graph(names: str, *edges: Edge) -> FeederGraph:
    return FeederGraph(tuple(_bus(name) for name in names), edges)


@pytest.fixture
def ring() -> FeederGraph:
    """Return two ways of the same length from a to d, e behind a recloser, and f with an open tie to a."""
    return _graph(
        "sabcdef",
        _edge("s", "a", EdgeKind.TRANSFORMER),
        _edge("a", "c"),
        _edge("a", "b"),
        _edge("c", "d"),
        _edge("b", "d"),
        _edge("d", "e", EdgeKind.RECLOSER),
        _edge("a", "f", EdgeKind.CONTROLLED_SWITCH, is_open=True),
        _edge("e", "f", EdgeKind.FUSE),
    )


def test_candidates_have_three_phases_and_nothing_attached_in_the_graphs_order():
    buses = (_bus("s"), _bus("z"), _bus("m", 2), _bus("l", 3, "load.1"), _bus("a"))
    assert candidates(FeederGraph(buses, ())) == ("z", "a")


def test_components_end_at_reclosers_and_open_edges(ring: FeederGraph):
    assert components(ring) == (frozenset("sabcd"), frozenset("ef"))


def test_a_line_beside_a_recloser_keeps_its_buses_together():
    graph = _graph("sab", _edge("s", "a", EdgeKind.RECLOSER), _edge("s", "a"))
    assert components(graph) == (frozenset("sa"), frozenset("b"))


def test_depths_count_hops_from_the_source_through_what_is_closed(ring: FeederGraph):
    assert depths(ring) == (("a",), ("b", "c"), ("d",), ("e",), ("f",))


def test_the_longest_path_leads_from_the_farthest_bus_to_the_source(ring: FeederGraph):
    path = longest_path(ring, ["c", "f", "d"])
    assert path is not None
    assert path.buses == ("f", "e", "d", "b", "a", "s")
    assert [edge.element for edge in path.edges] == [
        "fuse.ef",
        "recloser.de",
        "line.bd",
        "line.ab",
        "transformer.sa",
    ]


def test_ties_go_to_the_smaller_name(ring: FeederGraph):
    path = longest_path(ring, ["c", "b"])
    assert path is not None
    assert path.buses[0] == "b"


def test_parallel_edges_all_lie_on_the_path():
    twin = Edge(EdgeKind.LINE, "line.twin", "a", "s")
    path = longest_path(_graph("sa", twin, _edge("s", "a")), ["a"])
    assert path is not None
    assert [edge.element for edge in path.edges] == ["line.sa", "line.twin"]


def test_the_nearest_of_several_sources_is_meant():
    buses = (_bus("s"), _bus("a"), _bus("b"), _bus("c"), Bus("t", 3, 12.47, source=True))
    graph = FeederGraph(buses, tuple(_edge(one, two) for one, two in pairwise("sabct")))
    assert depths(graph) == (("a", "c"), ("b",))
    path = longest_path(graph, ["c"])
    assert path is not None
    assert path.buses == ("c", "t")


def test_without_supply_there_is_no_path():
    assert longest_path(_graph("sa"), ["a"]) is None
    assert longest_path(_graph("sa"), []) is None


def test_the_source_itself_has_a_path_of_no_edges():
    path = longest_path(_graph("s"), ["s"])
    assert path is not None
    assert (path.buses, path.edges) == (("s",), ())


def test_an_edge_to_nowhere_is_refused():
    with pytest.raises(
        ModelError, match=r"line.sx leads to a bus that is not there: the feeder has no bus x"
    ):
        _graph("s", _edge("s", "x"))


def test_a_feeder_without_a_source_is_refused():
    with pytest.raises(ModelError, match="has no source"):
        _graph("ab", _edge("a", "b"))


PAIRS = st.sets(st.tuples(st.sampled_from("sabcdefg"), st.sampled_from("sabcdefg")), max_size=20)


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_buses_and_edges_changes_no_path(pairs: set[tuple[str, str]], random: Random):
    names, edges = list("sabcdefg"), [_edge(one, two) for one, two in sorted(pairs) if one != two]
    plain = _graph("".join(names), *edges)
    random.shuffle(names)
    random.shuffle(edges)
    mixed = _graph("".join(names), *edges)
    assert longest_path(mixed, names) == longest_path(plain, "sabcdefg")
    assert depths(mixed) == depths(plain)
    assert components(mixed) == components(plain)


@given(PAIRS)
def test_components_cut_the_feeder_into_parts_that_share_no_bus(pairs: set[tuple[str, str]]):
    parts = components(_graph("sabcdefg", *(_edge(one, two) for one, two in pairs if one != two)))
    assert sorted(bus for part in parts for bus in part) == sorted("sabcdefg")


@pytest.fixture
def radial(i2x_models: Path) -> FeederGraph:
    document = json.loads((i2x_models / "radial" / "Network.json").read_text(encoding="utf-8"))
    buses = tuple(
        Bus(
            node["id"],
            node["ndata"]["phases"],
            node["ndata"]["nomkv"],
            tuple(node["ndata"]["shunts"]),
            source=node["ndata"]["source"],
        )
        for node in document["nodes"]
    )
    edges = tuple(
        Edge(EdgeKind(link["eclass"]), link["ename"], link["source"], link["target"])
        for link in document["links"]
    )
    return FeederGraph(buses, edges)


def test_the_feeder_of_the_published_study_has_its_candidates_depths_and_islands(radial: FeederGraph):
    """53 candidates, 37 monitors (one per depth), 3 islands: interconnection method, sections 1, 3 and 4."""
    reclosers = [
        Recloser(edge.element, edge.first, edge.second)
        for edge in radial.edges
        if edge.kind is EdgeKind.RECLOSER
    ]
    assert len(candidates(radial)) == 53
    assert len(depths(radial)) == 37
    assert Islands.of(components(radial), reclosers).names == ("bus_12", "bus_11+bus_f", "bus_xf")
