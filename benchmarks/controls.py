"""OpenDSS in memory against the batch engine with live controls: CPU time of a day's walk on one core.

    python benchmarks/controls.py [--steps N] [--rounds N] [--json FILE] [MASTER.dss …]

Both engines walk the same seeded day of every network at hand that has regulators or switched capacitors, at
a tolerance of 1e-4. The batch engine reduces it to extremes of voltages and branch currents; OpenDSS, its
load shapes in memory, is timed with the same reductions and without reading anything back (`bare`).
Compiling and factoring are not counted. Then both walk it once more at tight tolerances: taps and capacitor
steps are compared at every step, and the largest difference of a voltage is reported.
"""

import argparse
import json
import statistics
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from dss import DSS
from networks import circuits, cpu, day, day_shapes

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.lanes import Solution, SolveOptions, solve_in_blocks
from hcr.powerflow.reductions import Wanted, solve
from hcr.powerflow.second_solutions import engine_for

COARSE = SolveOptions(mode="daily", engine="batch", tolerance=1e-4)
TIGHT = SolveOptions(mode="daily", tolerance=1e-10, max_iterations=1000)
LITTLE = Wanted(residual=False)


@dataclass(frozen=True)
class Figure:
    """One network: milliseconds of CPU a step, their ratios, and how far the answers are apart."""

    network: str
    nodes: int
    moves: int
    bare_ms: float
    opendss_ms: float
    batch_ms: float
    bare_ratio: float
    ratio: float
    steps_with_other_taps: int
    largest_dv_pu: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("masters", nargs="*", type=Path)
    parser.add_argument("--steps", type=int, default=288)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    heads = f"{'moves':>7}{'bare ms':>9}{'OpenDSS ms':>12}{'batch ms':>10}{'bare':>7}{'ratio':>7}"
    print(f"{'network':24}{heads}{'taps':>6}{'dv pu':>10}")
    figures = []
    for name, circuit in circuits(arguments.masters):
        if circuit.controls:
            figures.append(measure(name, circuit, arguments.steps, arguments.rounds))
            one = figures[-1]
            print(
                f"{name:24}{one.moves:7}{one.bare_ms:9.3f}{one.opendss_ms:12.3f}{one.batch_ms:10.4f}"
                f"{one.bare_ratio:7.1f}{one.ratio:7.1f}{one.steps_with_other_taps:6}{one.largest_dv_pu:10.1e}",
                flush=True,
            )
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")


def measure(name: str, circuit: Circuit, steps: int, rounds: int) -> Figure:
    """Return the figures of one network."""
    injections = day(circuit, steps)
    engine = engine_for(circuit, injections, COARSE, moving=True)
    walk = partial(solve, circuit, injections, COARSE, LITTLE, engine=engine)
    walk()  # compiles the loops
    times: dict[str, list[float]] = {"bare": [], "opendss": [], "batch": []}
    for _ in range(rounds):
        for key, run in (("bare", Oracle.bare), ("opendss", Oracle.reducing)):
            oracle = Oracle(circuit, day_shapes(circuit, steps), injections.step_hours)
            begin = time.process_time()  # once: a second day would begin from other taps
            run(oracle, steps)
            times[key].append((time.process_time() - begin) / steps * 1e3)
        times["batch"].append(cpu(walk) / steps * 1e3)
    found = {key: statistics.median(values) for key, values in times.items()}
    ours = list(solve_in_blocks(circuit, injections, SolveOptions(mode="daily", engine="batch")))
    theirs = list(solve_in_blocks(circuit, injections, TIGHT))
    taps, in_service, volts = (
        [joined(some, part) for some in (ours, theirs)] for part in ("taps", "capacitor_steps", "voltage_v")
    )
    other = (taps[0] != taps[1]).any(axis=0) | (in_service[0] != in_service[1]).any(axis=0)
    moves = int((np.diff(taps[1]) != 0).sum() + (np.diff(in_service[1]) != 0).sum())
    base = circuit.nodes.base_v[:, None]
    live = (base > 0) & (circuit.nodes.number[:, None] <= 3)
    return Figure(
        *(name, len(circuit.nodes), moves, found["bare"], found["opendss"], found["batch"]),
        *(found["bare"] / found["batch"], found["opendss"] / found["batch"], int(other.sum())),
        float((np.abs(volts[0] - volts[1]) / np.where(live, base, np.inf)).max()),
    )


def joined(blocks: list[Solution], part: str) -> np.ndarray:
    return np.concatenate([getattr(block, part) for block in blocks], axis=1)


class Oracle:
    """OpenDSS with a shape of its own for every load, all in memory."""

    def __init__(self, circuit: Circuit, factor: np.ndarray, step_hours: float) -> None:
        self.dss = DSS.NewContext()
        self.dss.AllowForms = self.dss.AllowChangeDir = False
        text, steps = self.dss.Text, factor.shape[1]
        text.Command = f'compile "{circuit.model.master}"'
        for at, name in enumerate(self.dss.ActiveCircuit.Loads.AllNames):
            values = " ".join(map(repr, factor[at].tolist()))
            text.Command = f"new loadshape.bench{at} npts={steps} interval={step_hours} mult=[{values}]"
            text.Command = f'edit "load.{name}" daily=bench{at}'
        text.Command = f"set mode=daily number=1 stepsize={step_hours}h controlmode=static loadmult=1"
        text.Command = f"set tolerance={COARSE.tolerance} maxiterations=100 maxcontroliter=100"

    def bare(self, steps: int) -> None:
        """Solve step by step and read nothing."""
        for _ in range(steps):
            self.dss.ActiveCircuit.Solution.Solve()

    def reducing(self, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the lowest and highest voltages and the largest currents over all steps."""
        circuit = self.dss.ActiveCircuit
        low, high, current = np.inf, -np.inf, -np.inf
        for _ in range(steps):
            circuit.Solution.Solve()
            volts = circuit.AllBusVmag
            low, high = np.minimum(low, volts), np.maximum(high, volts)
            current = np.maximum(current, circuit.PDElements.AllMaxCurrents())
        return low, high, current


if __name__ == "__main__":
    main()
