"""Peak memory and time of a year of half-hours, reduced as it is solved.

    python benchmarks/memory.py [--lanes N] [--threads N] [--live] [MASTER.dss …]

The lanes come month by month, as a study brings them, so that a year's powers are never held at once. Each
network runs in a process of its own, whose peak resident size is reported: the interpreter, its libraries and
OpenDSS, which compiles the model, are in it.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from networks import circuits, masters, shaped, shapes_of

from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.lanes import SolveOptions
from hcr.powerflow.reductions import solve

YEAR = 17_520
MONTH = 1_460


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("masters", nargs="*", type=Path)
    parser.add_argument("--lanes", type=int, default=YEAR)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--live", action="store_true", help="follow regulators and switched capacitors")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        run(arguments)
        return
    chosen = arguments.masters or [master for _, master in masters([])][:1]
    for master in chosen:
        more = ["--live"] if arguments.live else []
        counts = ["--lanes", str(arguments.lanes), "--threads", str(arguments.threads)]
        subprocess.run([sys.executable, __file__, "--inside", *counts, *more, str(master)], check=True)


def run(arguments: argparse.Namespace) -> None:
    """Solve a year of one network in this process, and say what it took."""
    ((name, circuit),) = circuits(arguments.masters)
    options = SolveOptions(mode="daily", engine="batch", controls=arguments.live, tolerance=1e-6)
    engine = BatchEngine(circuit, options, moving=bool(arguments.live and circuit.controls))
    begin, low, lanes = time.perf_counter(), np.inf, 0
    for first in range(0, arguments.lanes, MONTH):
        count = min(MONTH, arguments.lanes - first)
        month = shaped(circuit, shapes_of(count))
        found = solve(circuit, month, options, threads=arguments.threads, engine=engine)
        low, lanes = np.minimum(low, found.low_v), lanes + count
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name}: {len(circuit.nodes)} nodes, {lanes} lanes in {seconds:.1f} s, peak {peak:.0f} MiB")


if __name__ == "__main__":
    main()
