"""OpenDSS in memory against the batch engine, interleaved in one process.

    python benchmarks/powerflow.py [--json FILE] [--lanes N] [--single] [MASTER.dss …]

Both engines solve the same lanes of the same circuit: every load times a seeded random shape, controls
held. Both reduce what they solve to extremes: the lowest and highest voltage of every node, the largest
current of every branch. OpenDSS runs at its best: load shapes in memory, one `Solve` a lane, results read as
whole arrays. Compiling and factoring are not counted for either. Reported are CPU times of this process, as
medians of measurements of 20 ms or more; both engines at a tolerance of 1e-4, the difference to OpenDSS at
1e-10 over all lanes.
"""

import argparse
import json
import statistics
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from dss import DSS
from networks import SHAPES, circuits, cpu, shaped, shapes_of

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.reductions import Wanted, solve
from hcr.powerflow.second_solutions import engine_for

ROUNDS = 9
TOLERANCE = 1e-4
LITTLE = Wanted(residual=False)


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
    residual_a: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("masters", nargs="*", type=Path)
    parser.add_argument("--lanes", type=int, default=288)
    parser.add_argument("--single", action="store_true", help="iterate in single precision")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = []
    heads = f"{'OpenDSS us':>12}{'batch us':>10}{'ratio':>8}{'iter':>6}{'dv pu':>10}{'tight':>10}"
    print(f"{'network':24}{'nodes':>7}{heads}")
    for name, circuit in circuits(arguments.masters):
        figure = measure(name, circuit, arguments.lanes, single=arguments.single)
        figures.append(figure)
        print(
            f"{name:24}{figure.nodes:7}{figure.opendss_us:12.1f}{figure.batch_us:10.2f}"
            f"{figure.ratio:8.1f}{figure.iterations:6.1f}"
            f"{figure.largest_dv_pu:10.1e}{figure.largest_dv_tight_pu:10.1e}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")


def measure(name: str, circuit: Circuit, lanes: int, *, single: bool) -> Figure:
    """Return the figures of one network."""
    shapes = shapes_of(lanes)
    injections = shaped(circuit, shapes)
    options = SolveOptions(engine="batch", controls=False, tolerance=TOLERANCE, single=single)
    oracle, engine = Oracle(circuit, shapes), engine_for(circuit, injections, options)
    found = solve(circuit, injections, options, engine=engine)  # compiles the loops
    times: dict[str, list[float]] = {"opendss": [], "batch": []}
    for _ in range(ROUNDS):
        times["opendss"].append(cpu(lambda: oracle.run(lanes)))
        times["batch"].append(cpu(lambda: solve(circuit, injections, options, LITTLE, engine=engine)))
    opendss, batch = (statistics.median(times[key]) / lanes * 1e6 for key in ("opendss", "batch"))
    truth = voltages(circuit, injections, SolveOptions(controls=False, tolerance=1e-10, max_iterations=1000))
    coarse, tight = (
        difference(circuit, injections, truth, replace(options, tolerance=tolerance, single=False))
        for tolerance in (TOLERANCE, SolveOptions().tolerance)
    )
    return Figure(
        *(name, len(circuit.nodes), len(injections.elements), opendss, batch, opendss / batch),
        *(float(found.iterations.mean()), oracle.iterations / lanes, coarse, tight),
        float(np.nanmax(found.residual_a)),
    )


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


def voltages(circuit: Circuit, injections: Injections, options: SolveOptions) -> np.ndarray:
    """Return the voltage of every node in every lane [V]."""
    return np.concatenate(
        [block.voltage_v for block in solve_in_blocks(circuit, injections, options)], axis=1
    )


def difference(circuit: Circuit, injections: Injections, truth: np.ndarray, options: SolveOptions) -> float:
    """Return the largest difference of a voltage to the truth, neutrals apart [pu]."""
    base = circuit.nodes.base_v[:, None]
    live = (base > 0) & (circuit.nodes.number[:, None] <= 3)
    found = voltages(circuit, injections, options)
    return float((np.abs(found - truth) / np.where(live, base, np.inf)).max())


if __name__ == "__main__":
    main()
