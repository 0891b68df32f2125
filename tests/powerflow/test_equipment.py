"""Equipment as OpenDSS itself has it."""

from collections.abc import Callable

import pytest

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.circuit_file import tree_bytes, tree_of
from hcr.powerflow.equipment import Equipment, LineData, ProtectionData, RegulatorData, TransformerData

MODEL = """
clear
new circuit.e basekv=22 bus1=src
new transformer.reg phases=3 buses=(src, mid) conns=(wye, wye) kvs=(22, 22) kvas=(2000, 2000)
new regcontrol.r transformer=reg winding=2 vreg=100 ptratio=127 band=2
new line.over bus1=mid bus2=end length=3 units=km normamps=200 emergamps=300
new line.under bus1=end bus2=far length=5 linetype=ug_ts
new line.tie bus1=end bus2=mid switch=yes
new line.off bus1=end bus2=mid enabled=no
new recloser.rec monitoredobj=line.over monitoredterm=2
new fuse.f monitoredobj=line.under
new transformer.t1 phases=3 buses=(end, lv1) conns=(delta, wye) kvs=(22, 0.433) kvas=(200, 200)
~ normhkva=220 emerghkva=260
new load.a bus1=lv1 kv=0.433 kw=10
set voltagebases=[22, 0.433]
calcvoltagebases
"""


@pytest.fixture
def circuit(compiled: Callable[[str], Circuit]) -> Circuit:
    return compiled(MODEL)


@pytest.fixture
def equipment(circuit: Circuit) -> Equipment:
    assert circuit.equipment is not None
    return circuit.equipment


def test_lines_have_lengths_with_units(equipment: Equipment):
    lines = {line.name: line for line in equipment.lines}
    assert lines["Line.over"] == LineData("Line.over", 3.0, "km", False, False, 200.0, 300.0)
    assert (lines["Line.under"].unit, lines["Line.under"].underground) == ("none", True)
    assert lines["Line.tie"].switch
    assert "Line.off" not in lines


def test_transformers_have_the_ratings_of_their_first_winding(equipment: Equipment):
    assert equipment.transformers == (
        TransformerData("Transformer.reg", 3, (2000.0, 2000.0), 2200.0, 3000.0),
        TransformerData("Transformer.t1", 3, (200.0, 200.0), 220.0, 260.0),
    )


def test_a_regulator_knows_the_voltage_of_a_phase(equipment: Equipment):
    (found,) = equipment.regulators
    nominal_v = pytest.approx(22000 / 3**0.5)
    assert found == RegulatorData("RegControl.r", "Transformer.reg", 2, 100.0, nominal_v, 127.0)


def test_protection_names_its_element_and_terminal(equipment: Equipment):
    assert equipment.protection == (
        ProtectionData("recloser", "Recloser.rec", "Line.over", 2),
        ProtectionData("fuse", "Fuse.f", "Line.under", 1),
    )


def test_branches_are_rated_as_opendss_rates_them(circuit: Circuit, equipment: Equipment):
    at = {name: place for place, name in enumerate(circuit.branches.elements.names)}
    over, small = at["Line.over"], at["Transformer.t1"]
    assert (equipment.normal_a[over], equipment.emergency_a[over]) == (200.0, 300.0)
    assert equipment.normal_a[small] == pytest.approx(220 / 22 / 3**0.5)
    assert equipment.emergency_a[small] == pytest.approx(260 / 22 / 3**0.5)


def test_equipment_is_kept_in_circuit_files(circuit: Circuit):
    assert tree_of(tree_bytes(circuit), Circuit, circuit.model) == circuit
