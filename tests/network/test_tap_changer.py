"""Off-load taps of small models, and what OpenDSS makes of each position."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dss import DSS

from hcr.network.tap_changer import USUAL_NOMINAL, NoTaps, TapChanger, known_changer, off_load_taps
from hcr.network.zones import measurement_zones
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.opendss import compile_circuit

Compile = Callable[..., Circuit]

HEAD = """
clear
new circuit.taps basekv=22 bus1=src mvasc3=100000 mvasc1=100000
new line.head bus1=src bus2=mv length=0.001
"""
TRANSFORMER = """
new transformer.{name} phases=3 windings=2 buses=(mv, {bus}) conns=(delta, wye) kvs=(22, 0.433)
~ kvas=(200, 200) xhl=4 %imag=0 %noloadloss=0 {more}
new load.{name} bus1={bus} kv=0.433 kw=0.001
"""
FOOT = "set voltagebases=[22, 0.433]\ncalcvoltagebases\n"
PRIMARY = "wdg=1 numtaps=4 mintap=0.95 maxtap=1.05"
SECONDARY = "wdg=2 numtaps=5 mintap=0.95 maxtap=1.075"


def transformer(more: str = "", name: str = "t1", bus: str = "lv") -> str:
    return TRANSFORMER.format(name=name, bus=bus, more=more)


@pytest.fixture
def model(tmp_path: Path) -> Compile:
    """Return a maker of circuits of some transformers behind a stiff source."""

    def make(*parts: str, edits: tuple[str, ...] = ()) -> Circuit:
        (tmp_path / "Master.dss").write_text("".join((HEAD, *parts, FOOT)), encoding="utf-8")
        return compile_circuit(Model(tmp_path / "Master.dss", edits, ""))

    return make


def taps_of(circuit: Circuit) -> list[TapChanger | NoTaps]:
    return list(off_load_taps(circuit, measurement_zones(circuit, "taps")).values())


def changer_of(circuit: Circuit) -> TapChanger:
    (found,) = taps_of(circuit)
    assert isinstance(found, TapChanger)
    return found


def test_taps_of_the_primary_fall_as_the_position_rises(model: Compile) -> None:
    changer = changer_of(model(transformer(PRIMARY)))
    assert (changer.transformer, changer.mrid) == ("Transformer.t1", "t1")
    assert (changer.winding, changer.on_primary) == (1, True)
    assert changer.taps == pytest.approx((1.05, 1.025, 1.0, 0.975, 0.95))
    assert changer.position == 3
    assert changer.step_pu == pytest.approx(0.025)


def test_taps_of_the_secondary_rise_with_the_position(model: Compile) -> None:
    changer = changer_of(model(transformer(SECONDARY)))
    assert (changer.winding, changer.on_primary) == (2, False)
    assert changer.taps == pytest.approx((0.95, 0.975, 1.0, 1.025, 1.05, 1.075))
    assert changer.position == 3


def test_a_primary_without_taps_leaves_those_of_the_secondary(model: Compile) -> None:
    changer = changer_of(model(transformer(f"wdg=1 numtaps=0 {SECONDARY}")))
    assert changer.winding == 2


def test_a_model_that_states_nothing_has_the_usual_taps(model: Compile) -> None:
    changer = changer_of(model(transformer()))
    assert (changer.winding, changer.on_primary) == (1, True)
    assert changer.taps == pytest.approx((1.075, 1.05, 1.025, 1.0, 0.975, 0.95, 0.925, 0.9))
    assert changer.position == USUAL_NOMINAL


@pytest.mark.parametrize(
    "none",
    ["wdg=1 numtaps=0", "wdg=1 numtaps=0 wdg=2 numtaps=0", "wdg=1 mintap=1 maxtap=1"],
)
def test_no_taps_are_told_as_such(model: Compile, none: str) -> None:
    (found,) = taps_of(model(transformer(none)))
    assert found == NoTaps("Transformer.t1", "its model has no taps")
    assert found.mrid == "t1"


def test_a_regulated_transformer_is_left_to_its_control(model: Compile) -> None:
    control = "new regcontrol.r transformer=t1 winding=2 vreg=240 ptratio=1 band=3\n"
    (found,) = taps_of(model(transformer(PRIMARY), control))
    assert found == NoTaps("Transformer.t1", "a regulator control moves its taps", regulated=True)


def test_a_tap_off_its_grid_is_at_the_nearest_position(model: Compile) -> None:
    changer = changer_of(model(transformer(f"{PRIMARY} tap=1.016")))
    assert changer.tap_pu == pytest.approx(1.016)
    assert changer.position == 2
    assert changer.gain(2) == pytest.approx(1.016 / 1.025)


def test_positions_begin_where_an_edit_puts_the_tap(model: Compile) -> None:
    changer = changer_of(model(transformer(PRIMARY), edits=("edit Transformer.t1 wdg=1 tap=0.975",)))
    assert changer.position == 4


def test_transformers_of_one_network_have_taps_each(model: Compile) -> None:
    found = taps_of(model(transformer(PRIMARY), transformer(SECONDARY, "t2"), transformer("", "t3", "lv3")))
    assert [one.mrid for one in found] == ["t1", "t2", "t3"]
    assert [one.winding for one in found if isinstance(one, TapChanger)] == [1, 2, 1]


@pytest.mark.parametrize("taps", [PRIMARY, SECONDARY, "", f"{PRIMARY} tap=1.016"])
def test_gains_are_those_of_a_transformer_without_load(model: Compile, tmp_path: Path, taps: str) -> None:
    changer = changer_of(model(transformer(taps)))
    volts = [no_load_v(tmp_path / "Master.dss", changer.winding, turns) for turns in changer.taps]
    now = no_load_v(tmp_path / "Master.dss", changer.winding, changer.tap_pu)
    gains = [changer.gain(position) for position in range(1, 1 + len(changer.taps))]
    assert np.array(volts) / now == pytest.approx(gains, abs=1e-3)
    assert gains == sorted(gains)


def no_load_v(master: Path, winding: int, turns: float) -> float:
    """Return the voltage of the secondary in OpenDSS [V]."""
    engine = DSS.NewContext()
    engine.AllowChangeDir = False
    engine.Text.Command = f'compile "{master}"'
    engine.Text.Command = f"edit transformer.t1 wdg={winding} tap={turns}"
    engine.ActiveCircuit.Solution.Solve()
    engine.ActiveCircuit.SetActiveBus("lv")
    return float(engine.ActiveCircuit.ActiveBus.VMagAngle[0])


def test_a_tap_that_is_known_to_move_is_told_from_others() -> None:
    tap = TapChanger("Transformer.t1", 1, True, (1.0, 0.975), 1.0)
    assert known_changer(tap) is tap
    with pytest.raises(ValueError, match=r"Transformer\.t2 has no tap to move"):
        known_changer(NoTaps("Transformer.t2", "its model has no taps"))
    with pytest.raises(ValueError, match="the high-voltage network has no tap to move"):
        known_changer(None)
