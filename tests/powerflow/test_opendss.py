"""What the engine refuses, and that several circuits live side by side."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.lanes import Injections, Solution, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import OpenDss, compile_circuit, engine_version

Compiled = Callable[[str], Circuit]

PLAIN = """Clear
New Circuit.plain basekv=11 bus1=src
New Line.l bus1=src bus2=b length=1
New Load.a bus1=b kv=11 kw=10 pf=0.95
Set voltagebases=[11]
Calcvoltagebases
"""


def test_a_circuit_survives_pickling_and_solves_as_before(compiled: Compiled) -> None:
    circuit = compiled(PLAIN)
    copy = pickle.loads(pickle.dumps(circuit))  # noqa: S301 (our own bytes)
    lane = Injections(np.array([1.0]), ("Load.a",), np.array([[2e4]]), np.zeros((1, 1)), 1.0)
    assert copy.nodes.names == circuit.nodes.names
    assert copy.model == circuit.model
    np.testing.assert_array_equal(
        next(solve_in_blocks(copy, lane)).voltage_v, next(solve_in_blocks(circuit, lane)).voltage_v
    )


def test_two_circuits_do_not_disturb_each_other(tmp_path: Path) -> None:
    circuits = []
    for name, kv in (("one", 11), ("two", 22)):
        master = tmp_path / f"{name}.dss"
        master.write_text(PLAIN.replace("11", str(kv)).replace("plain", name), encoding="utf-8")
        circuits.append(compile_circuit(Model(master, (), "")))
    nothing = np.empty((0, 1))
    lane = Injections(np.array([1.0]), (), nothing, nothing, 1.0)
    running = [solve_in_blocks(circuit, lane) for circuit in circuits]
    first, second = (abs(next(one).voltage_v[0, 0]) for one in running)
    assert (circuits[0].name, circuits[1].name) == ("one", "two")
    assert first == pytest.approx(11e3 / 3**0.5, rel=1e-3)
    assert second == pytest.approx(22e3 / 3**0.5, rel=1e-3)


def test_edits_are_part_of_the_compiled_circuit(tmp_path: Path) -> None:
    master = tmp_path / "Master.dss"
    master.write_text(PLAIN, encoding="utf-8")
    circuit = compile_circuit(Model(master, ("new generator.g bus1=b kv=11 kw=0", "edit load.a kw=25"), ""))
    assert circuit.injectors.elements.names == ("load.a", "generator.g")
    assert circuit.injectors.power_w[0] == 25e3


def test_a_restarted_engine_is_as_a_fresh_one(regulated: str, tmp_path: Path) -> None:
    master = tmp_path / "Master.dss"
    master.write_text(regulated, encoding="utf-8")
    hours, load = np.arange(1.0, 9.0), np.linspace(50e3, 3e6, 8)[None]
    day = Injections(hours, ("Load.l",), load, 0.3 * load, 1.0)

    def walk(engine: OpenDss) -> Solution:
        engine.prepare(day, SolveOptions(mode="daily"))
        return engine.solve_block(0, day.lanes)

    engine = OpenDss(Model(master, (), ""))
    first = walk(engine)
    assert np.ptp(first.taps) > 0.0
    engine.restart()
    again = walk(engine)
    engine.restart(("edit generator.g bus1=mid",))
    moved = walk(engine)
    np.testing.assert_array_equal(again.taps, first.taps)
    np.testing.assert_allclose(again.voltage_v, first.voltage_v, rtol=1e-9)
    elsewhere = walk(OpenDss(Model(master, ("edit generator.g bus1=mid",), "")))
    np.testing.assert_allclose(moved.voltage_v, elsewhere.voltage_v, rtol=1e-9)
    assert np.abs(moved.voltage_v - first.voltage_v).max() > 1.0


def test_an_edit_in_place_keeps_the_nodes(tmp_path: Path) -> None:
    master = tmp_path / "Master.dss"
    master.write_text(PLAIN, encoding="utf-8")
    engine = OpenDss(Model(master, (), ""))
    with pytest.raises(ModelError, match="an edit changes the nodes of plain"):
        engine.restart(("new load.far bus1=elsewhere kv=11 kw=1",))


@pytest.mark.parametrize("text", ["", "! nothing but a comment\n", "Clear\nset defaultbasefreq=50\n"])
def test_a_file_that_defines_no_circuit_is_refused(compiled: Compiled, text: str) -> None:
    with pytest.raises(ModelError, match=r"Master.dss defines no circuit"):
        compiled(text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("New Lod.x bus1=b", "Lod"),
        ("New Load.x bus1=b kvv=3", "kvv"),
        ("redirect missing.dss", "missing.dss"),
        ("New Load.A bus1=b kv=11 kw=1", "Duplicate"),
    ],
)
def test_a_refusal_says_what_and_in_which_line(compiled: Compiled, line: str, words: str) -> None:
    with pytest.raises(ModelError) as caught:
        compiled(f"{PLAIN}{line}\n")
    assert words in str(caught.value)
    assert "Master.dss" in str(caught.value)
    assert "line: 7" in str(caught.value)
    assert caught.value.remedy


def test_a_refused_edit_is_a_model_error(tmp_path: Path) -> None:
    master = tmp_path / "Master.dss"
    master.write_text(PLAIN, encoding="utf-8")
    with pytest.raises(ModelError, match="kww"):
        compile_circuit(Model(master, ("edit load.a kww=1",), ""))


def test_a_missing_model_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere\.dss"):
        compile_circuit(Model(tmp_path / "nowhere.dss", (), ""))


def test_a_path_may_hold_spaces_and_umlauts(tmp_path: Path) -> None:
    folder = tmp_path / "Süd Netz (neu)"
    folder.mkdir()
    (folder / "my Master.dss").write_text(PLAIN, encoding="utf-8")
    assert compile_circuit(Model(folder / "my Master.dss", (), "")).name == "plain"


def test_names_in_an_old_character_set_are_refused_with_the_way_out(tmp_path: Path) -> None:
    master = tmp_path / "Master.dss"
    master.write_bytes(PLAIN.replace("Load.a", "Load.süd").encode("cp1252"))
    with pytest.raises(ModelError, match="not UTF-8") as caught:
        compile_circuit(Model(master, (), ""))
    assert "import" in caught.value.remedy


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "solve\n",
        lambda text: text + "clear\n" + text,
        lambda text: "ClearAll\n" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
    ],
    ids=["solves by itself", "two clears", "clears all", "Windows line ends", "byte order mark"],
)
def test_harmless_oddities_of_a_master_change_nothing(
    compiled: Compiled, change: Callable[[str], str]
) -> None:
    circuit = compiled(change(PLAIN))
    assert circuit.injectors.elements.names == ("load.a",)
    assert circuit.nodes.buses[0] == "src"


def test_the_version_names_the_engine() -> None:
    assert "DSS" in engine_version()
