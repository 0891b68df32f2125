"""Scenarios side by side against OpenDSS, one after another: CPU time of a day of each on one core.

    python benchmarks/scenarios.py [--scenarios N] [--steps N] [--rounds N] [--oracle N] [MASTER.dss …]

Each scenario is the same seeded day with one three-phase unit more, at a bus and of a size of its own. Both
engines follow regulators and capacitors, at a tolerance of 1e-4, in one process; a batch engine walks all
scenarios side by side, reduced to what `ScenarioResult` holds, OpenDSS some of them (`--oracle`), its shapes
in memory, reduced to extremes of voltages and currents. Compiling and factoring are not counted. `alone` is
the batch engine with the days one after another, without units, as `Walk` takes them.
"""

import argparse
import statistics
import time
from functools import partial
from pathlib import Path

import numpy as np
from controls import LITTLE, Oracle
from networks import circuits, cpu, day, day_shapes

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.lanes import SolveOptions
from hcr.powerflow.reductions import solve
from hcr.powerflow.scenario_walk import ScenarioWalk
from hcr.powerflow.scenarios import Scenario, Unit
from hcr.powerflow.second_solutions import engine_for

COARSE = SolveOptions(mode="daily", engine="batch", tolerance=1e-4)
LARGEST_KW = 1500.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("masters", nargs="*", type=Path)
    parser.add_argument("--scenarios", type=int, default=53)
    parser.add_argument("--steps", type=int, default=288)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--oracle", type=int, default=2)
    arguments = parser.parse_args()
    heads = ("scenarios", "moves", "OpenDSS s", "alone s", "side by side s", "ratio")
    print(f"{'network':24}" + "".join(f"{head:>15}" for head in heads) + "   (s of CPU for all scenarios)")
    for name, circuit in circuits(arguments.masters):
        if circuit.controls:
            measure(name, circuit, arguments)


def measure(name: str, circuit: Circuit, arguments: argparse.Namespace) -> None:
    """Print the figures of one network."""
    injections, sites = day(circuit, arguments.steps), sites_of(circuit, arguments.scenarios)
    sun = 1e3 * np.maximum(0.0, np.cos((injections.hours - 12) / 24 * 2 * np.pi)) ** 1.5
    sizes = np.random.default_rng(1).uniform(0.1, 1.0, len(sites)) * LARGEST_KW
    given = [Scenario((Unit(site, kw * sun, 0 * sun),)) for site, kw in zip(sites, sizes, strict=True)]
    walk = ScenarioWalk(circuit, COARSE, nodes=[node for site in sites for node in site])
    moves = statistics.mean(
        one.tap_moves.sum() + one.bank_moves.sum() for one in walk.walk(injections, given)
    )
    engine = engine_for(circuit, injections, COARSE, moving=True)
    single = partial(solve, circuit, injections, COARSE, LITTLE, engine=engine)
    single()  # compiles the loops
    chosen = range(min(arguments.oracle, len(sites)))
    theirs = [oracle_seconds(circuit, arguments.steps, sites[at], sizes[at] * sun) for at in chosen]
    alone, ours = (
        statistics.median(cpu(call) for _ in range(arguments.rounds))
        for call in (single, partial(walk.walk, injections, given))
    )
    opendss = statistics.median(theirs) * len(sites)
    print(
        f"{name:24}{len(sites):15}{moves:15.1f}{opendss:15.2f}{alone * len(sites):15.3f}{ours:15.3f}"
        f"{opendss / ours:15.1f}",
        flush=True,
    )


def sites_of(circuit: Circuit, count: int) -> list[tuple[str, ...]]:
    """Return the phases of three-phase buses above 1 kV, all over the feeder."""
    phases: dict[str, list[str]] = {}
    nodes = circuit.nodes
    for name, bus, number, base in zip(nodes.names, nodes.buses, nodes.number, nodes.base_v, strict=True):
        if base > 1000 and number <= 3:
            phases.setdefault(bus, []).append(name)
    whole = [tuple(names) for names in phases.values() if len(names) == 3]
    chosen = np.linspace(0, len(whole) - 1, min(count, len(whole))).astype(int)
    return [whole[at] for at in chosen]


def oracle_seconds(circuit: Circuit, steps: int, site: tuple[str, ...], watts: np.ndarray) -> float:
    """Return the CPU seconds in which OpenDSS walks through one scenario, reading included."""
    oracle = Oracle(circuit, day_shapes(circuit, steps), 24 / steps)
    kv = circuit.nodes.base_v[circuit.nodes.names.index(site[0])] * np.sqrt(3) / 1e3
    largest = watts.max() / 1e3
    shape = " ".join(map(repr, (watts / watts.max()).tolist()))
    bus = f"{site[0].rpartition('.')[0]}.1.2.3"
    text = oracle.dss.Text
    text.Command = f"new loadshape.unit npts={steps} interval={24 / steps} mult=[{shape}]"
    text.Command = (
        f"new generator.unit bus1={bus} phases=3 kv={kv:.10g} kw={largest:.10g} pf=1 daily=unit "
        "vminpu=0.5 vmaxpu=1.5"
    )
    begin = time.process_time()
    oracle.reducing(steps)
    return time.process_time() - begin


if __name__ == "__main__":
    main()
