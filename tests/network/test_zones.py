from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dss import DSS

from hcr.errors import FeederError
from hcr.network.feeder import Head
from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.generate import generate_feeder
from hcr.network.zone_tree import LV_LIMIT_V
from hcr.network.zones import Meter, Zone, measurement_zones, supplied_nodes
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.opendss import compile_circuit

TRANSFORMER = "New Transformer.{0} buses=[{1} {2}] kvs=[{3} {4}] kvas=[{5} {5}] conns=[delta wye] xhl=4\n"
SOURCE = "New Circuit.f basekv=11 bus1=src\nNew Line.head bus1=src bus2=m1 length=1\n"
T1 = TRANSFORMER.format("t1", "m1", "lv1", 11, 0.4, 200)
T2 = TRANSFORMER.format("t2", "m1", "lv2", 11, 0.4, 300)
STREETS = (
    "New Line.s1 bus1=lv1 bus2=end1 length=0.1\nNew Line.s2 bus1=lv2 bus2=end2 length=0.1\n"
    "New Load.a bus1=end1 kv=0.4 kw=5\nNew Load.b bus1=end2 kv=0.4 kw=5\nNew Load.mv bus1=m1 kv=11 kw=50\n"
)
BASES = "Set voltagebases=[33 11 0.4]\nCalcvoltagebases\n"
RADIAL = SOURCE + T1 + T2 + STREETS + BASES

Zones = Callable[..., dict[str, Zone]]


@pytest.fixture
def compiled(tmp_path: Path) -> Callable[[str], Circuit]:
    def compile_text(text: str) -> Circuit:
        (tmp_path / "Master.dss").write_text(text, encoding="utf-8")
        return compile_circuit(Model(tmp_path / "Master.dss", (), ""))

    return compile_text


@pytest.fixture
def named(compiled: Callable[[str], Circuit]) -> Callable[..., tuple[Circuit, dict[str, Zone]]]:
    """Return a function that gives the circuit of a text and its zones by label."""

    def make(text: str, head: Head | None = None) -> tuple[Circuit, dict[str, Zone]]:
        circuit = compiled(text)
        return circuit, {zone.label: zone for zone in measurement_zones(circuit, "f", head)}

    return make


def branches(circuit: Circuit, zone: Zone) -> set[str]:
    return {circuit.branches.elements.names[branch].lower() for branch in zone.branches}


def test_a_radial_feeder_has_a_zone_for_the_head_and_for_each_transformer(named: Zones) -> None:
    circuit, zones = named(RADIAL)
    assert list(zones) == ["feeder head", "t1", "t2"]
    head, first = zones["feeder head"], zones["t1"]
    assert (head.kind, first.kind) == ("FEEDER_HEAD", "TRANSFORMER")
    assert branches(circuit, head) == {"line.head"}
    assert branches(circuit, first) == {"transformer.t1", "line.s1"}
    assert (head.v_base, first.v_base, zones["t2"].rated_kva) == (11000, 400, 300)
    assert np.isnan(head.rated_kva)
    assert first.v_base < LV_LIMIT_V < head.v_base
    assert {circuit.nodes.names[node] for node in first.nodes} == {
        f"{b}.{n}" for b in ("lv1", "end1") for n in (1, 2, 3)
    }
    assert sorted(set(first.phases.tolist())) == [0, 1, 2]
    assert [circuit.injectors.elements.names[one] for one in head.injectors] == ["load.mv"]
    assert [circuit.injectors.elements.names[one] for one in first.injectors] == ["load.a"]
    assert (first.upstream, head.upstream) == ((head.name,), ())
    assert (first.head_mrid, first.head_terminal, head.head_mrid) == ("t1", 1, "head")


def test_names_are_the_same_every_time_and_differ_from_feeder_to_feeder(named: Zones) -> None:
    circuit, zones = named(RADIAL)
    again = {zone.label: zone.name for zone in measurement_zones(circuit, "f")}
    assert again == {label: zone.name for label, zone in zones.items()}
    other = {zone.name for zone in measurement_zones(circuit, "g")}
    assert not other & set(again.values())
    assert again["t1"] == "23b4540a-84c9-5258-9308-53455f2a403b"


def test_parallel_transformers_share_a_zone(named: Zones) -> None:
    circuit, zones = named(
        SOURCE + T1 + T2 + STREETS + "New Line.tie bus1=end1 bus2=end2 length=0.1\n" + BASES
    )
    assert list(zones) == ["feeder head", "t1"]
    shared = zones["t1"]
    assert shared.rated_kva == 500
    names = circuit.branches.elements.names
    assert [names[meter.branch].lower() for meter in shared.meters] == ["transformer.t1", "transformer.t2"]
    assert len(shared.injectors) == 2


def test_an_open_switch_parts_zones_and_an_open_head_leaves_its_zone_out(named: Zones) -> None:
    tie = "New Line.tie bus1=end1 bus2=end2 switch=yes\n"
    _, zones = named(SOURCE + T1 + T2 + STREETS + tie + BASES + "open line.tie 1\n")
    assert list(zones) == ["feeder head", "t1", "t2"]
    _, zones = named(SOURCE + T1 + T2 + STREETS + BASES + "open transformer.t2 1\n")
    assert list(zones) == ["feeder head", "t1"]


def test_a_step_up_transformer_begins_a_zone_of_its_own(named: Zones) -> None:
    up = TRANSFORMER.format("up", "m2", "end1", 11, 0.4, 100)  # its LV side faces the source
    down = TRANSFORMER.format("down", "m3", "lv3", 11, 0.4, 50)
    text = SOURCE + T1 + T2 + STREETS + up + "New Line.m bus1=m2 bus2=m3 length=1\n" + down + BASES
    circuit, zones = named(text)
    assert list(zones) == ["feeder head", "down", "t1", "t2", "up"]
    assert zones["up"].upstream == (zones["feeder head"].name, zones["t1"].name)
    assert zones["down"].upstream == (*zones["up"].upstream, zones["up"].name)
    assert zones["up"].v_base == 11000
    assert zones["up"].meters[0].terminal == 2
    assert branches(circuit, zones["up"]) == {"transformer.up", "line.m"}


def test_a_transformer_with_two_low_voltage_sides_has_two_zones(named: Zones) -> None:
    three = (
        "New Transformer.tri windings=3 buses=[m1 lva lvb] kvs=[11 0.4 0.4] kvas=[200 100 100] "
        "xhl=4 xht=4 xlt=4\n"
        "New Load.a bus1=lva kv=0.4 kw=5\nNew Load.b bus1=lvb kv=0.4 kw=5\n"
    )
    _, zones = named(SOURCE + three + BASES)
    assert list(zones) == ["feeder head", "tri.2", "tri.3"]
    assert [zones[label].meters[0] for label in ("tri.2", "tri.3")] == [Meter(1, 2, -1), Meter(1, 3, -1)]
    assert [len(zone.injectors) for zone in zones.values()] == [0, 1, 1]


def test_a_declared_head_leaves_out_what_is_above_it(named: Zones) -> None:
    sub = "New Circuit.f basekv=33 bus1=grid\n" + TRANSFORMER.format("sub", "grid", "src", 33, 11, 9000)
    other = "New Line.other bus1=src bus2=o1 length=1\n" + TRANSFORMER.format("t9", "o1", "lv9", 11, 0.4, 100)
    text = sub + SOURCE.split("\n", 1)[1] + T1 + STREETS.replace("New Line.s2", "! ") + other + BASES
    circuit, zones = named(text, Head("line.HEAD"))
    assert list(zones) == ["feeder head", "t1"]
    assert branches(circuit, zones["feeder head"]) == {"line.head"}
    assert zones["feeder head"].meters == (
        Meter(list(circuit.branches.elements.names).index("Line.head"), 1, 1),
    )
    _, whole = named(text)
    assert list(whole) == ["feeder head", "t1", "t9"]


def test_a_head_metered_at_its_far_end_counts_turned_round(named: Zones) -> None:
    _, zones = named(RADIAL, Head("Line.head", 2))
    assert [(meter.terminal, meter.sign) for meter in zones["feeder head"].meters] == [(2, -1)]


def test_a_head_in_a_loop_keeps_the_whole_network(named: Zones) -> None:
    loop = "New Line.round bus1=src bus2=m1 length=1\n"
    circuit, zones = named(
        SOURCE + loop + T1 + STREETS.replace("New Line.s2", "! ") + BASES, Head("Line.head")
    )
    assert branches(circuit, zones["feeder head"]) == {"line.head", "line.round"}


def test_a_head_that_is_missing_or_open_is_refused(named: Zones) -> None:
    with pytest.raises(FeederError, match=r"head Line\.none is not in the model"):
        named(RADIAL, Head("Line.none"))
    with pytest.raises(FeederError, match="open or out of service"):
        named(RADIAL + "open line.head 2\n", Head("Line.head"))


def test_a_zone_without_voltage_base_is_refused(named: Zones) -> None:
    with pytest.raises(FeederError, match="no voltage base"):
        named(RADIAL.replace(BASES, ""))


def test_a_source_that_feeds_nothing_is_refused(named: Zones) -> None:
    with pytest.raises(FeederError, match="nothing is connected to the source bus"):
        named(RADIAL + "open line.head 1\n")


def test_supplied_nodes_have_a_closed_path_to_the_source(compiled: Callable[[str], Circuit]) -> None:
    circuit = compiled(RADIAL + "open line.s1 1\n")
    dead = {circuit.nodes.buses[node] for node in np.flatnonzero(~supplied_nodes(circuit))}
    assert dead == {"end1"}


def test_a_meshed_low_voltage_network_is_one_zone_of_many_transformers(i2x_models: Path) -> None:
    circuit = compile_circuit(Model(i2x_models / "ieee_lvn" / "HCABase.dss", (), ""))
    zones = measurement_zones(circuit, "lvn")
    meshed = max(zones[1:], key=lambda zone: len(zone.meters))
    assert len(meshed.meters) > 10
    assert meshed.v_base == 208
    owned = np.concatenate([zone.branches for zone in zones])
    assert len(owned) == len(set(owned.tolist()))


def test_zones_are_the_traces_of_opendss_energy_meters(tmp_path: Path) -> None:
    generate_feeder(FeederRecipe("syn", customers=60, seed=2), tmp_path / "syn")
    master = tmp_path / "syn" / "model" / "Master.dss"
    circuit = compile_circuit(Model(master, (), ""))
    zones = measurement_zones(circuit, "syn")
    engine = DSS.NewContext()
    engine.AllowForms = False
    engine.AllowChangeDir = False
    engine.Text.Command = f'compile "{master}"'
    for number, zone in enumerate(zones):
        element = circuit.branches.elements.names[zone.meters[0].branch]
        engine.Text.Command = (
            f"new energymeter.m{number} element={element} terminal={zone.meters[0].terminal}"
        )
    engine.Text.Command = "solve"
    for number, zone in enumerate(zones):
        engine.ActiveCircuit.Meters.Name = f"m{number}"
        traced = {name.lower() for name in engine.ActiveCircuit.Meters.AllBranchesInZone}
        lines = {name for name in branches(circuit, zone) if not name.startswith(("reactor.", "capacitor."))}
        assert lines == {name for name in traced if not name.startswith(("reactor.", "capacitor."))}, (
            zone.label
        )
    assert len(zones) > 2
