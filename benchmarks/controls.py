"""OpenDSS in memory against the batch engine with live controls: CPU time of a day's walk on one core.

    python benchmarks/controls.py [--steps N] [--rounds N]

Both engines walk the same seeded day of the radial and the IEEE 9500 feeder of the i2x wheel and come to the
same taps and capacitor steps; both give out every voltage, branch current and power. Compiling is not
counted, factoring is. `bare` is OpenDSS without reading anything back.
"""

import argparse
import importlib.util
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from hcr.network.importing import import_feeder
from hcr.network.library import Library
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.lanes import Injections, Solution, SolveOptions
from hcr.powerflow.opendss import OpenDss, compile_circuit
from hcr.powerflow.walk import Walk

NETWORKS = ("radial", "ieee9500")
BLOCK = 48


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=288)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(
        f"{'network':12}{'moves':>7}{'bare ms':>9}{'OpenDSS ms':>12}{'batch ms':>10}{'bare':>7}{'ratio':>7}"
    )
    for name, circuit in circuits():
        measure(name, circuit, arguments.steps, arguments.rounds)


def circuits() -> list[tuple[str, Circuit]]:
    """Return the feeders as the library holds them."""
    found = importlib.util.find_spec("i2x")
    if found is None or found.origin is None:
        raise SystemExit("the wheel i2x, which carries the models, is not installed")
    folder = Path(tempfile.mkdtemp(prefix="hcr-benchmark-"))
    library = Library(folder / "feeders", folder / "cache")
    for name in NETWORKS:
        import_feeder(library, Path(found.origin).parent / "models" / name / "HCABase.dss", name)
    return [(name, compile_circuit(Model(library.open(name).master, (), ""))) for name in NETWORKS]


def measure(name: str, circuit: Circuit, steps: int, rounds: int) -> None:
    """Print one line: CPU milliseconds a step, medians over rounds, both engines in turn."""
    injections = day(circuit, steps)
    walk(circuit, injections)  # compiles the loops
    times: dict[str, list[float]] = {"bare": [], "opendss": [], "batch": []}
    for _ in range(rounds):
        for key, run in (("bare", bare), ("opendss", oracle)):
            engine = prepared(circuit, injections)
            times[key].append(cpu(partial(run, engine, steps)) / steps * 1e3)
        times["batch"].append(cpu(partial(walk, circuit, injections)) / steps * 1e3)
    ours, theirs = walk(circuit, injections), oracle(prepared(circuit, injections), steps)
    taps, steps_in_service = (
        np.concatenate([getattr(one, part) for one in ours], axis=1) for part in ("taps", "capacitor_steps")
    )
    np.testing.assert_array_equal(taps, np.concatenate([one.taps for one in theirs], axis=1))
    moves = int((np.diff(taps) != 0).sum() + (np.diff(steps_in_service) != 0).sum())
    found = {key: statistics.median(values) for key, values in times.items()}
    print(
        f"{name:12}{moves:7}{found['bare']:9.3f}{found['opendss']:12.3f}{found['batch']:10.3f}"
        f"{found['bare'] / found['batch']:7.1f}{found['opendss'] / found['batch']:7.1f}",
        flush=True,
    )


def day(circuit: Circuit, steps: int) -> Injections:
    """Return a seeded day: every load follows two peaks, with noise of its own."""
    random = np.random.default_rng(7)
    hours = np.arange(1, steps + 1) * 24 / steps
    shape = 0.45 + 0.25 * np.exp(-(((hours - 8) / 2) ** 2)) + 0.55 * np.exp(-(((hours - 19) / 2.5) ** 2))
    loads = [at for at in range(len(circuit.injectors.elements)) if circuit.injectors.is_load(at)]
    factor = shape * (1 + 0.15 * random.standard_normal((len(loads), steps)))
    names = tuple(circuit.injectors.elements.names[at] for at in loads)
    watts, var = circuit.injectors.power_w[loads, None], circuit.injectors.power_var[loads, None]
    return Injections(hours, names, watts * factor, var * factor, 24 / steps)


def walk(circuit: Circuit, injections: Injections) -> list[Solution]:
    chosen = Walk(circuit, injections, SolveOptions(mode="daily", engine="batch"))
    return [chosen.solve(at, min(at + BLOCK, injections.lanes)) for at in range(0, injections.lanes, BLOCK)]


def prepared(circuit: Circuit, injections: Injections) -> OpenDss:
    engine = OpenDss(circuit.model)
    engine.prepare(injections, SolveOptions(mode="daily"))
    return engine


def oracle(engine: OpenDss, lanes: int) -> list[Solution]:
    return [engine.solve_block(at, min(at + BLOCK, lanes)) for at in range(0, lanes, BLOCK)]


def bare(engine: OpenDss, lanes: int) -> None:
    for lane in range(lanes):
        engine._solve_lane(lane)


def cpu(run: Callable[[], object]) -> float:
    """Return the CPU seconds of a run."""
    start = time.process_time()
    run()
    return time.process_time() - start


if __name__ == "__main__":
    main()
