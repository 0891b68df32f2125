"""The networks that benchmarks measure, and what they are given."""

import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from hcr.network.importing import import_feeder
from hcr.network.library import Library
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.lanes import Injections
from hcr.powerflow.opendss import compile_circuit

SHARED = Path(__file__).parents[2] / "shared" / "networks"
WHEEL = ("ieee9500", "radial", "ieee_lvn")
SHAPES = 10


def masters(named: list[Path]) -> Iterator[tuple[str, Path]]:
    """Yield name and entry file of each network at hand; those of the i2x wheel as the library holds them."""
    if named:
        yield from ((f"{master.parent.name}/{master.stem}", master) for master in named)
        return
    folder = Path(tempfile.mkdtemp(prefix="hcr-benchmark-"))
    for name in WHEEL if importlib.util.find_spec("i2x") else ():
        yield name, of_wheel(name, folder)
    for master in sorted(SHARED.glob("*/Master*.dss")):
        yield f"{master.parent.name}/{master.stem}", master


def of_wheel(name: str, folder: Path) -> Path:
    """Return the entry file of a network of the i2x wheel, imported into a library in some folder."""
    found = importlib.util.find_spec("i2x")
    assert found, "the wheel i2x is not installed: pip install --no-deps i2x"
    library = Library(folder / "feeders", folder / "cache")
    import_feeder(library, Path(str(found.origin)).parent / "models" / name / "HCABase.dss", name)
    return library.open(name).master


def circuits(named: list[Path]) -> Iterator[tuple[str, Circuit]]:
    """Yield name and circuit of each network at hand."""
    for name, master in masters(named):
        yield name, compile_circuit(Model(master, (), ""))


def loads_of(circuit: Circuit) -> list[int]:
    """Return the injectors that are loads."""
    return [at for at in range(len(circuit.injectors.elements)) if circuit.injectors.is_load(at)]


def scaled(circuit: Circuit, factor: np.ndarray, step_hours: float) -> Injections:
    """Return lanes of all loads, their stated power times a factor, (loads, lanes)."""
    loads = loads_of(circuit)
    names = tuple(circuit.injectors.elements.names[at] for at in loads)
    watts, var = circuit.injectors.power_w[loads, None], circuit.injectors.power_var[loads, None]
    hours = np.arange(1, factor.shape[1] + 1) * step_hours
    return Injections(hours, names, watts * factor, var * factor, step_hours)


def shapes_of(lanes: int) -> np.ndarray:
    """Return a few seeded random shapes, (SHAPES, lanes)."""
    return np.random.default_rng(7).uniform(0.3, 1.1, (SHAPES, lanes))


def shaped(circuit: Circuit, shapes: np.ndarray) -> Injections:
    """Return hourly lanes of all loads, the shapes dealt out in turn."""
    return scaled(circuit, shapes[np.arange(len(loads_of(circuit))) % SHAPES], 1.0)


def day(circuit: Circuit, steps: int) -> Injections:
    """Return a seeded day: every load follows two peaks, with noise of its own."""
    return scaled(circuit, day_shapes(circuit, steps), 24 / steps)


def day_shapes(circuit: Circuit, steps: int) -> np.ndarray:
    """Return the shape of each load over a day, (loads, steps)."""
    random = np.random.default_rng(7)
    hours = np.arange(1, steps + 1) * 24 / steps
    shape = 0.45 + 0.25 * np.exp(-(((hours - 8) / 2) ** 2)) + 0.55 * np.exp(-(((hours - 19) / 2.5) ** 2))
    noise = random.standard_normal((len(loads_of(circuit)), steps))
    return np.asarray(shape * (1 + 0.15 * noise))


LONG_ENOUGH = 0.02
"""CPU time that a measurement takes at least [s]: one of a millisecond would tell of cold caches."""


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU seconds of a call in this process, on average over as many as are long enough."""
    begin, calls, spent = time.process_time(), 0, 0.0
    while spent < LONG_ENOUGH:
        call()
        calls, spent = calls + 1, time.process_time() - begin
    return spent / calls
