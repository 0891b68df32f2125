"""OpenDSS in memory against the batch engine, interleaved in one process.

    python benchmarks/powerflow.py [--json FILE] [--lanes N] [MASTER.dss …]

Both engines solve the same lanes of the same circuit: every load times a seeded random shape, controls
held. Both reduce what they solve to extremes: the lowest and highest voltage of every node, the largest
current of every branch. OpenDSS runs at its best: load shapes in memory, one `Solve` a lane, results read as
whole arrays; compiling is not counted for either. Reported are CPU times of this process, as medians.
"""

import argparse
import importlib.util
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from dss import DSS

from hcr.network.importing import import_feeder
from hcr.network.library import Library
from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit
from hcr.powerflow.reductions import Wanted, solve

ROUNDS = 5
SHAPES = 10
TOLERANCE = 1e-4
LITTLE = Wanted(residual=False)
SHARED = Path(__file__).parents[2] / "shared" / "networks"


@dataclass(frozen=True)
class Figure:
    """One network: microseconds of CPU a lane, their ratio, iterations and the largest difference."""

    network: str
    nodes: int
    loads: int
    opendss_us: float
    batch_us: float
    ratio: float
    iterations: float
    opendss_iterations: float
    largest_dv_pu: float
    largest_dv_tight_pu: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("masters", nargs="*", type=Path)
    parser.add_argument("--lanes", type=int, default=288)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = []
    heads = f"{'OpenDSS us':>12}{'batch us':>10}{'ratio':>8}{'iter':>6}{'dv pu':>10}{'tight':>10}"
    print(f"{'network':24}{'nodes':>7}{heads}")
    for name, master in models(arguments.masters):
        figure = measure(name, compile_circuit(Model(master, (), "")), arguments.lanes)
        figures.append(figure)
        print(
            f"{name:24}{figure.nodes:7}{figure.opendss_us:12.1f}{figure.batch_us:10.1f}"
            f"{figure.ratio:8.1f}{figure.iterations:6.1f}"
            f"{figure.largest_dv_pu:10.1e}{figure.largest_dv_tight_pu:10.1e}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")


def models(named: list[Path]) -> Iterator[tuple[str, Path]]:
    """Yield name and entry file of each network at hand; those of the i2x wheel as the library holds them."""
    if named:
        yield from ((f"{master.parent.name}/{master.stem}", master) for master in named)
        return
    found = importlib.util.find_spec("i2x")
    folder = Path(tempfile.mkdtemp(prefix="hcr-benchmark-"))
    library = Library(folder / "feeders", folder / "cache")
    for name in ("ieee9500", "radial", "ieee_lvn") if found and found.origin else ():
        model = Path(str(found.origin)).parent / "models" / name / "HCABase.dss"
        import_feeder(library, model, name)
        yield name, library.open(name).master
    for master in sorted(SHARED.glob("*/Master*.dss")):
        yield f"{master.parent.name}/{master.stem}", master


def measure(name: str, circuit: Circuit, lanes: int) -> Figure:
    """Return the figures of one network."""
    injections, shapes = given(circuit, lanes)
    options = SolveOptions(engine="batch", controls=False, tolerance=TOLERANCE)
    engine = Oracle(circuit, shapes)
    solve(circuit, injections, options, LITTLE)  # compiles the loops, fills the caches
    factored = BatchEngine(circuit, options)
    times: dict[str, list[float]] = {"opendss": [], "batch": []}
    for _ in range(ROUNDS):
        times["opendss"].append(cpu(lambda: engine.run(lanes)))
        times["batch"].append(cpu(lambda: solve(circuit, injections, options, LITTLE, engine=factored)))
    opendss, batch = (statistics.median(times[key]) / lanes * 1e6 for key in ("opendss", "batch"))
    found = solve(circuit, injections, options, engine=factored)
    return Figure(
        name,
        len(circuit.nodes),
        len(injections.elements),
        opendss,
        batch,
        opendss / batch,
        float(found.iterations.mean()),
        engine.iterations / lanes,
        difference(circuit, injections, TOLERANCE),
        difference(circuit, injections, SolveOptions().tolerance),
    )


def given(circuit: Circuit, lanes: int) -> tuple[Injections, np.ndarray]:
    """Return injections of all loads, each times one of a few seeded shapes, and the shapes."""
    shapes = np.random.default_rng(7).uniform(0.3, 1.1, (SHAPES, lanes))
    loads = [at for at in range(len(circuit.injectors.elements)) if circuit.injectors.is_load(at)]
    factor = shapes[np.arange(len(loads)) % SHAPES]
    names = tuple(circuit.injectors.elements.names[at] for at in loads)
    watts, var = circuit.injectors.power_w[loads], circuit.injectors.power_var[loads]
    hours = np.arange(1, lanes + 1, dtype=float)
    return Injections(hours, names, watts[:, None] * factor, var[:, None] * factor, 1.0), shapes


class Oracle:
    """OpenDSS with the shapes in memory."""

    def __init__(self, circuit: Circuit, shapes: np.ndarray) -> None:
        self.dss = DSS.NewContext()
        self.dss.AllowForms = self.dss.AllowChangeDir = False
        text, lanes = self.dss.Text, shapes.shape[1]
        text.Command = f'compile "{circuit.model.master}"'
        for at, shape in enumerate(shapes):
            values = " ".join(map(repr, shape.tolist()))
            text.Command = f"new loadshape.bench{at} npts={lanes} interval=1 mult=[{values}]"
        for at, name in enumerate(self.dss.ActiveCircuit.Loads.AllNames):
            text.Command = f'edit "load.{name}" yearly=bench{at % SHAPES}'
        text.Command = f"set mode=yearly number=1 stepsize=1h controlmode=off tolerance={TOLERANCE}"
        text.Command = "set maxiterations=100 loadmult=1"
        self.iterations = 0

    def run(self, lanes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the lowest and highest voltages and the largest currents over a number of lanes."""
        circuit = self.dss.ActiveCircuit
        solution = circuit.Solution
        solution.Hour, solution.Seconds = 0, 0.0
        low, high, current = np.inf, -np.inf, -np.inf
        self.iterations = 0
        for _ in range(lanes):
            solution.Solve()
            self.iterations += solution.Iterations
            volts = circuit.AllBusVmag
            low, high = np.minimum(low, volts), np.maximum(high, volts)
            current = np.maximum(current, circuit.PDElements.AllMaxCurrents())
        return low, high, current


def difference(circuit: Circuit, injections: Injections, tolerance: float) -> float:
    """Return the largest voltage difference to OpenDSS at 1e-10 over some lanes [pu]."""
    some = Injections(
        injections.hours[:48],
        injections.elements,
        injections.power_w[:, :48],
        injections.power_var[:, :48],
        injections.step_hours,
    )
    oracle = next(
        solve_in_blocks(circuit, some, SolveOptions(controls=False, tolerance=1e-10, max_iterations=1000))
    )
    ours = next(
        solve_in_blocks(circuit, some, SolveOptions(engine="batch", controls=False, tolerance=tolerance))
    )
    base = circuit.nodes.base_v[:, None]
    live = (base > 0) & (circuit.nodes.number[:, None] <= 3)
    return float((np.abs(ours.voltage_v - oracle.voltage_v) / np.where(live, base, np.inf)).max())


def cpu(call: object) -> float:
    """Return the CPU seconds of a call in this process."""
    begin = time.process_time()
    call()  # type: ignore[operator]
    return time.process_time() - begin


if __name__ == "__main__":
    main()
