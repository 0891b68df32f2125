"""A compiled circuit as a study sees it: who is a candidate, what an edge is, where reclosers are metered."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import ModelError
from hcr.network.importing import import_feeder
from hcr.network.library import Library
from hcr.powerflow.compilation import compile_model
from hcr.studies.interconnection.feeder import Feeder, bus_nodes
from hcr.studies.interconnection.feeder_graph import EdgeKind, candidates


@pytest.fixture(scope="module")
def feeder(village: Path) -> Feeder:
    return Feeder.of(compile_model(village))


def test_edges_are_what_they_carry(feeder: Feeder) -> None:
    found = {(edge.element, edge.first, edge.second): edge for edge in feeder.graph.edges}
    kinds = {name: edge.kind for name, edge in found.items()}
    assert kinds == {
        ("Transformer.reg", "src", "head"): EdgeKind.REGULATOR,
        ("Line.trunk", "head", "mid"): EdgeKind.RECLOSER,
        ("Line.switch", "mid", "gate"): EdgeKind.SWITCH,
        ("Line.spur", "gate", "far"): EdgeKind.LINE,
        ("Line.fused", "mid", "end"): EdgeKind.FUSE,
        ("Line.tie", "end", "far"): EdgeKind.LINE,
        ("Line.lateral", "mid", "side"): EdgeKind.LINE,
        ("Transformer.works", "far", "lv"): EdgeKind.TRANSFORMER,
        ("Transformer.works", "far", "lower"): EdgeKind.TRANSFORMER,
    }
    assert [edge.element for edge in feeder.graph.edges if edge.open] == ["Line.tie"]


def test_candidates_have_three_phases_and_nothing_that_is_in_service(feeder: Feeder) -> None:
    assert candidates(feeder.graph) == ("head", "gate", "far", "end")
    attached = {bus.name: bus.attached for bus in feeder.graph.buses}
    assert attached["end"] == ()
    assert attached["mid"] == ("load.mid",)
    (source,) = [bus for bus in feeder.graph.buses if bus.source]
    assert source.name == "src"
    kv = {bus.name: bus.kv for bus in feeder.graph.buses}
    assert (kv["lower"], kv["side"]) == (pytest.approx(0.24), pytest.approx(12.47))


def test_a_recloser_is_metered_at_its_terminal(feeder: Feeder) -> None:
    assert feeder.reclosers == (("Line.trunk", 2),)
    assert feeder.recloser_buses == ("mid",)
    islands = dict(zip(feeder.islands.names, feeder.islands.signs[:, 0].tolist(), strict=True))
    assert islands == {"mid": 1.0, "head": -1.0}


def test_ratings_are_those_of_opendss(feeder: Feeder) -> None:
    table = feeder.circuit.branches
    at = {name: row for row, name in enumerate(table.elements.names)}
    assert (table.normal_a[at["Line.spur"]], table.emergency_a[at["Line.spur"]]) == (200.0, 250.0)
    works = at["Transformer.works"]
    assert table.emergency_a[works] / table.normal_a[works] == pytest.approx(1.5 / 1.1)
    assert not np.nanmin(table.normal_a) <= 0.0


def test_nodes_are_phases_in_the_order_of_the_circuit(feeder: Feeder) -> None:
    nodes = bus_nodes(feeder.circuit)
    assert nodes["side"] == ("side.2",)
    assert nodes["far"] == ("far.1", "far.2", "far.3")


def test_a_circuit_without_a_model_is_refused(feeder: Feeder) -> None:
    with pytest.raises(ModelError, match="not compiled from a model"):
        Feeder.of(replace(feeder.circuit, equipment=None))


@pytest.mark.parametrize("name", ["radial", pytest.param("ieee9500", marks=pytest.mark.slow)])
def test_candidates_are_those_of_the_published_graph_in_its_order(
    i2x_models: Path, tmp_path: Path, name: str
) -> None:
    graph = json.loads((i2x_models / name / "Network.json").read_text(encoding="utf-8"))
    theirs = [
        node["id"]
        for node in graph["nodes"]
        if node["ndata"]["phases"] > 2 and not node["ndata"]["shunts"] and not node["ndata"]["source"]
    ]
    library = Library(tmp_path, tmp_path / "cache")
    import_feeder(library, i2x_models / name / "HCABase.dss", name)
    found = Feeder.of(compile_model(library.open(name).master))
    assert list(candidates(found.graph)) == theirs
