"""Compiling a model against reading its circuit from the cache, in one process.

    python benchmarks/compilation.py [MASTER.dss …]

Reported are CPU times of this process as medians, in milliseconds, and the bytes of an entry. The first
compilation, which loads the engine, is not counted.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from networks import masters

import hcr.powerflow
from hcr.powerflow.circuit import Model
from hcr.powerflow.opendss import compile_circuit

ROUNDS = 9


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("masters", nargs="*", type=Path)
    print(f"{'network':24}{'compiled ms':>12}{'and kept':>10}{'read':>8}{'bytes':>12}")
    for name, master in masters(parser.parse_args().masters):
        compile_circuit(Model(master, (), ""))
        compiled = cpu(compile_circuit, Model(master, (), ""))
        with tempfile.TemporaryDirectory() as folder:
            cache = Path(folder)
            kept, read = cpu(compile_anew, master, cache), cpu(circuit_from, master, cache)
            size = sum(path.stat().st_size for path in cache.iterdir())
        print(f"{name:24}{compiled:12.1f}{kept:10.1f}{read:8.1f}{size:12}", flush=True)


def compile_anew(master: Path, cache: Path) -> None:
    for path in cache.iterdir():
        path.unlink()
    circuit_from(master, cache)


def circuit_from(master: Path, cache: Path) -> None:
    hcr.powerflow.compile(master, cache=cache)


def cpu(call: Callable[..., object], *given: object) -> float:
    """Return the median CPU time of a call [ms]."""
    times = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        call(*given)
        times.append(time.process_time() - begin)
    return statistics.median(times) * 1e3


if __name__ == "__main__":
    main()
