"""`compile`: what it keeps, when it compiles anew, and that kept circuits solve to the same bits."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import hcr.powerflow
from hcr.errors import ModelError
from hcr.network.importing import import_feeder
from hcr.network.library import Library
from hcr.powerflow import compilation
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit

MASTER = """clear
new circuit.c basekv=11 bus1=src
redirect parts/lines.dss
new loadshape.s npts=2 interval=1 csvfile=shape.csv
new load.a bus1=b kv=11 kw=10 yearly=s
set voltagebases=[11]
calcvoltagebases
buscoords coordinates.csv
"""
FILES = {
    "Master.dss": MASTER,
    "parts/lines.dss": "new line.l bus1=src bus2=b length=1\n",
    "shape.csv": "1\n0.5\n",
    "coordinates.csv": "src, 1, 0\n",
}


@pytest.fixture
def master(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "model" / "Master.dss"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "circuits"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[Model]:
    """Return the models that were compiled by the engine, as they come."""
    done: list[Model] = []

    def counted(model: Model) -> Circuit:
        done.append(model)
        return compile_circuit(model)

    monkeypatch.setattr(compilation, "compile_circuit", counted)
    return done


def test_importing_the_package_loads_neither_numpy_nor_an_engine() -> None:
    words = "import sys, hcr.powerflow; print({'numpy', 'numba', 'dss', 'dataclasses'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert callable(hcr.powerflow.compile)
    with pytest.raises(AttributeError, match="compiled"):
        hcr.powerflow.compiled  # noqa: B018


def test_the_circuit_is_that_of_the_engine(master: Path, cache: Path) -> None:
    circuit = hcr.powerflow.compile(master, edits=("edit load.a kw=20",), cache=cache)
    assert circuit.model.master == master
    assert circuit.model.edits == ("edit load.a kw=20",)
    assert len(circuit.model.digest) == 64
    assert circuit == compile_circuit(circuit.model)


def test_the_same_content_elsewhere_is_compiled_once(
    master: Path, cache: Path, tmp_path: Path, compilations: list[Model]
) -> None:
    first = hcr.powerflow.compile(master, cache=cache)
    copy = tmp_path / "copy" / "Master.dss"
    shutil.copytree(master.parent, copy.parent)
    second = hcr.powerflow.compile(str(copy), cache=cache)
    assert len(compilations) == 1
    assert second == first
    assert hash(second) == hash(first)
    assert second.model == Model(copy, (), first.model.digest)


def test_a_relative_path_is_made_absolute(master: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(master.parent.parent)
    assert hcr.powerflow.compile("model/Master.dss", cache=cache).model.master == master


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_in_any_file_is_compiled_anew(
    master: Path, cache: Path, compilations: list[Model], name: str
) -> None:
    first = hcr.powerflow.compile(master, cache=cache)
    path = master.parent / name
    path.write_text(path.read_text(encoding="utf-8").replace("1", "2", 1), encoding="utf-8")
    second = hcr.powerflow.compile(master, cache=cache)
    assert len(compilations) == 2
    assert second.model.digest != first.model.digest


def test_load_shapes_are_read_by_the_engine_once(
    master: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{MASTER}new loadshape.p npts=2 interval=0 hour=[0 3] mult=[0.2 1]\n"
    master.write_text(text, encoding="utf-8")
    model = hcr.powerflow.compile(master, cache=cache).model
    fresh = compilation.load_shapes(model, ["S", "p"], cache=cache)
    monkeypatch.setattr(compilation, "model_shapes", None)
    kept = compilation.load_shapes(model, ["S", "p"], cache=cache)
    hours = np.linspace(0.0, 5.0, 21)
    for name in ("S", "p"):
        assert kept[name].at(hours).tobytes() == fresh[name].at(hours).tobytes()
    assert compilation.load_shapes(model, [], cache=cache) == {}


def test_load_shapes_of_a_changed_model_are_read_anew(master: Path, cache: Path) -> None:
    model = hcr.powerflow.compile(master, cache=cache).model
    compilation.load_shapes(model, ["s"], cache=cache)
    (master.parent / "shape.csv").write_text("1\n0.7\n", encoding="utf-8")
    found = compilation.load_shapes(model, ["s"], cache=cache)
    assert found["s"].values.tolist() == [1.0, 0.7]
    assert len(list(cache.iterdir())) == 2


def test_edits_matter(master: Path, cache: Path, compilations: list[Model]) -> None:
    for _ in range(2):
        bare = hcr.powerflow.compile(master, cache=cache)
        more = hcr.powerflow.compile(master, edits=("edit load.a kw=20",), cache=cache)
    assert len(compilations) == 2
    assert (bare.injectors.power_w[0], more.injectors.power_w[0]) == (10e3, 20e3)
    assert bare != more


@pytest.mark.parametrize("changed", ["__version__", "engine_version", "_fingerprint"])
def test_another_version_or_shape_of_circuits_is_compiled_anew(
    master: Path, cache: Path, compilations: list[Model], monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    hcr.powerflow.compile(master, cache=cache)
    monkeypatch.setattr(compilation, changed, "0.0" if changed == "__version__" else lambda: "other")
    hcr.powerflow.compile(master, cache=cache)
    assert len(compilations) == 2


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[:1000], lambda whole: whole[:-1] + b"?", lambda _: b""]
)
def test_a_damaged_entry_is_compiled_anew_and_replaced(
    master: Path, cache: Path, compilations: list[Model], damage: Callable[[bytes], bytes]
) -> None:
    first = hcr.powerflow.compile(master, cache=cache)
    (entry,) = cache.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    assert hcr.powerflow.compile(master, cache=cache) == first
    assert hcr.powerflow.compile(master, cache=cache) == first
    assert len(compilations) == 2


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root can write everywhere")
def test_a_read_only_folder_serves_and_takes_nothing(
    master: Path, cache: Path, compilations: list[Model]
) -> None:
    first = hcr.powerflow.compile(master, cache=cache)
    cache.chmod(0o500)
    try:
        assert hcr.powerflow.compile(master, cache=cache) == first
        hcr.powerflow.compile(master, edits=("edit load.a kw=20",), cache=cache)
    finally:
        cache.chmod(0o700)
    assert len(compilations) == 2
    assert len(list(cache.iterdir())) == 1


def test_without_a_folder_circuits_are_compiled(
    master: Path, tmp_path: Path, compilations: list[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for _ in range(2):
        hcr.powerflow.compile(master, cache=tmp_path / "file" / "circuits")
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    monkeypatch.setenv("LOCALAPPDATA", "/dev/null/nowhere")
    monkeypatch.setenv("HOME", "/dev/null/nowhere")
    hcr.powerflow.compile(master)
    assert len(compilations) == 3


def test_unless_told_the_folder_is_the_user_s(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    hcr.powerflow.compile(master)
    (entry,) = (tmp_path / "user" / "hcr" / "circuits").iterdir()
    assert entry.suffix == ".circuit"


def test_a_model_that_changes_its_folder_is_compiled_each_time(
    master: Path, cache: Path, compilations: list[Model]
) -> None:
    master.write_text(f"{MASTER}set datapath=parts\n", encoding="utf-8")
    for _ in range(2):
        hcr.powerflow.compile(master, cache=cache)
    assert len(compilations) == 2
    assert not cache.exists()


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    master: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compile_and_change(model: Model) -> Circuit:
        circuit = compile_circuit(model)
        (master.parent / "shape.csv").write_text("1\n0.7\n", encoding="utf-8")
        return circuit

    monkeypatch.setattr(compilation, "compile_circuit", compile_and_change)
    hcr.powerflow.compile(master, cache=cache)
    assert not cache.exists()


def test_a_refused_model_is_refused_as_ever_and_not_kept(master: Path, cache: Path) -> None:
    master.write_text(f"{MASTER}new load.b kvv=1\n", encoding="utf-8")
    with pytest.raises(ModelError) as fresh:
        compile_circuit(Model(master, (), ""))
    for _ in range(2):
        with pytest.raises(ModelError) as caught:
            hcr.powerflow.compile(master, cache=cache)
        assert str(caught.value) == str(fresh.value)
    with pytest.raises(ModelError, match=r"nowhere\.dss"):
        hcr.powerflow.compile(master.with_name("nowhere.dss"), cache=cache)
    assert not cache.exists()


COMPILE = "import sys, hcr.powerflow; print(len(hcr.powerflow.compile(sys.argv[1], cache=sys.argv[2]).nodes))"


def test_processes_at_once_leave_one_whole_entry(
    master: Path, cache: Path, compilations: list[Model]
) -> None:
    line = [sys.executable, "-c", COMPILE, str(master), str(cache)]
    running = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate()[0].strip() for process in running] == ["6"] * 4
    assert len(list(cache.iterdir())) == 1
    hcr.powerflow.compile(master, cache=cache)
    assert compilations == []


def day(circuit: Circuit, *, steps: int) -> Injections:
    """Return a day in which every load goes up and down, by itself."""
    hours = np.arange(1, steps + 1) * 24.0 / steps
    loads = [at for at in range(len(circuit.injectors.elements)) if circuit.injectors.is_load(at)]
    phase = np.linspace(0.0, 1.0, len(loads))[:, None]
    factor = 0.8 + 0.6 * np.sin(2 * np.pi * (hours / 24.0 + phase))
    names = tuple(circuit.injectors.elements.names[at] for at in loads)
    watts, var = circuit.injectors.power_w[loads, None], circuit.injectors.power_var[loads, None]
    return Injections(hours, names, watts * factor, var * factor, 24.0 / steps)


@pytest.mark.parametrize(
    "line",
    [
        "New Fuse.f monitoredobj=line.l action=close",
        "new object=fuse.f monitoredobj=line.l\n~ ratedcurrent=20 Act = (open)",
        "batchedit Fuse..* action=o",
        "Fuse.f.action='close'",
    ],
)
def test_the_action_of_a_fuse_is_refused_before_the_engine_sees_it(
    tmp_path: Path, cache: Path, compilations: list[Model], line: str
) -> None:
    (tmp_path / "Master.dss").write_text(f"New Circuit.c\nredirect Fuses.dss\n{line}", encoding="utf-8")
    (tmp_path / "Fuses.dss").write_text("! some\nNew Fuse.e action=open ! yes\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"Fuses\.dss:2, Master\.dss:(3|4), edit 2"):
        hcr.powerflow.compile(tmp_path / "Master.dss", edits=("solve", "fuse.e.action=c"), cache=cache)
    assert not compilations


@pytest.mark.parametrize(
    "line",
    [
        "! New Fuse.f monitoredobj=line.l action=close",
        "New Fuse.f monitoredobj=line.l state=(open open open) // action=open",
        "New Fuse.f monitoredobj=line.l\nNew Recloser.r monitoredobj=line.l action=open",
    ],
)
def test_other_fuses_are_compiled(tmp_path: Path, cache: Path, line: str) -> None:
    text = f"New Circuit.c\nNew Line.l bus1=sourcebus bus2=b\n{line}\n"
    (tmp_path / "Master.dss").write_text(text, encoding="utf-8")
    assert hcr.powerflow.compile(tmp_path / "Master.dss", cache=cache)


@pytest.mark.parametrize("network", ["radial", "ieee9500"])
def test_a_kept_circuit_solves_to_the_same_bits(
    i2x_models: Path, tmp_path: Path, cache: Path, compilations: list[Model], network: str
) -> None:
    library = Library(tmp_path, tmp_path / "generated")
    import_feeder(library, i2x_models / network / "HCABase.dss", network)
    master = library.open(network).master
    fresh = hcr.powerflow.compile(master, cache=cache)
    kept = hcr.powerflow.compile(master, cache=cache)
    assert len(compilations) == 1
    injections = day(fresh, steps=24)
    for controls in (False, True):
        options = SolveOptions(mode="daily", engine="batch", controls=controls)
        one, other = (list(solve_in_blocks(circuit, injections, options)) for circuit in (fresh, kept))
        for part in ("voltage_v", "current_a", "injector_va", "iterations", "taps", "capacitor_steps"):
            for block, twin in zip(one, other, strict=True):
                assert getattr(block, part).tobytes() == getattr(twin, part).tobytes(), part
