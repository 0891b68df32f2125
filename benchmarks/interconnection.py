"""The published interconnection study, ours against the program that published it; and large feeders.

    python benchmarks/interconnection.py [--rounds N] [--reference PYTHON | --install-reference]
    python benchmarks/interconnection.py --feeder ieee9500 [--buses N] [--threads N] [--engine opendss]

The first line measures the whole study on feeder `radial`: 53 capacities, three sequences, upgrades, cost
shares. Each round is a process of its own, after one that is not counted and fills the caches of compiled
loops and circuits. Reported are medians: CPU seconds of the study, and of the whole process with interpreter
and imports; wall seconds; peak resident size; days that were judged. `warm` is the CPU time of the same study
once more in that process, when machine code is loaded and orders of elimination are known. Ratios to other
programs are of the first study.

Beside it, once, goes i2x, the program of the publication, by its own classes in one process
(`interconnection_reference.py`). PYTHON is one that has REFERENCE below; on Linux, py-dss-interface must find
its library: `opendss_official/linux/cpp`, which this version lacks, has to lead to `google_colab` beside it.
`--install-reference` makes such a Python in a temporary folder, by venv and pip. Ratios of CPU are of studies
without imports. Capacities are compared one by one: alone, within each sequence, after upgrades of each, and
after those that are shared.

For another feeder, or with `--buses`, independent capacities of all candidates, or of so many all over the
feeder, are measured, sizes inferred where the search allows it; `interconnection_study.py` has what is taken
out of service for that. `--engine opendss` has OpenDSS do the same study, once, and compares capacities and
the CPU of a simulated day.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).parent
REFERENCE = (
    "i2x==1.1.4",
    "py-dss-interface==2.2.1",
    "networkx<3.6",
    "numpy<2",
    "pandas<3",
    "requests",
    "setuptools<81",
)
"""What the published program runs with; later versions break it."""

WANTED_CPU_S, WANTED_MB = 3.4, 500.0
"""What is wanted of the published study, warm: a hundredth of the CPU time published, and memory [MB]."""

WANTED_WALL_S = 60.0
"""What is wanted of all capacities of ieee9500, on two cores [s]."""

TOLERANCE_KW = 5.0
"""Within which two searches agree: both end with a bracket this narrow."""


class NoReferenceError(Exception):
    """Why the published program is not measured."""


@dataclass(frozen=True)
class Figure:
    """A study: what it took, and what it found.

    Attributes
    ----------
    days : judged; cpu_s : of the study, process_cpu_s : of its process; warm_cpu_s : of a second study.
    capacities : by part and bus [kW]; installed_kw, cost_usd : by sequence.
    """

    engine: str
    days: int
    cpu_s: float
    warm_cpu_s: float
    process_cpu_s: float
    wall_s: float
    peak_mb: float
    capacities: dict[str, float]
    installed_kw: list[float]
    cost_usd: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeder", default="radial", help="of the i2x wheel")
    parser.add_argument("--buses", type=int)
    parser.add_argument("--rounds", type=int, help="default: 3, for capacities 1")
    parser.add_argument("--threads", type=int, help="default: 1, for capacities 2")
    parser.add_argument("--engine", choices=["batch", "opendss"], default="batch")
    parser.add_argument("--reference", metavar="PYTHON")
    parser.add_argument("--install-reference", action="store_true")
    asked = parser.parse_args()
    whole = asked.feeder == "radial" and asked.buses is None
    with tempfile.TemporaryDirectory(prefix="hcr-benchmark-") as folder:
        for text in study(asked, Path(folder)) if whole else independent(asked, Path(folder)):
            print(text, flush=True)


def study(asked: argparse.Namespace, folder: Path) -> Iterator[str]:
    """Yield what the published study takes, here and there."""
    options = ["--threads", str(asked.threads or 1)]
    run(options, folder)
    ours = middle([run([*options, "--warm"], folder) for _ in range(asked.rounds or 3)])
    yield from rows(asked.feeder, ours)
    if asked.engine == "opendss":
        yield from beside(ours, run([*options, "--engine", "opendss"], folder))
    try:
        yield from beside(ours, reference(asked, folder))
    except NoReferenceError as error:
        yield f"no i2x beside: {error}"
    yield verdict("CPU of the study after a warm start", ours.warm_cpu_s, WANTED_CPU_S, "s")
    yield verdict("peak memory", ours.peak_mb, WANTED_MB, "MB")


def independent(asked: argparse.Namespace, folder: Path) -> Iterator[str]:
    """Yield what independent capacities of a feeder take."""
    options = ["--feeder", asked.feeder, "--capacities", "--infer", "--threads", str(asked.threads or 2)]
    run([*options, "--buses", "2"], folder)
    if asked.buses is not None:
        options += ["--buses", str(asked.buses)]
    ours = middle([run(options, folder) for _ in range(asked.rounds or 1)])
    yield from rows(asked.feeder, ours)
    if asked.engine == "opendss":
        yield from beside(ours, run([*options, "--engine", "opendss"], folder))
    if asked.feeder == "ieee9500" and asked.buses is None:
        yield verdict("wall time of all capacities", ours.wall_s, WANTED_WALL_S, "s")


def run(options: list[str], folder: Path) -> Figure:
    """Return a study of ours, in a fresh process."""
    line = [sys.executable, str(HERE / "interconnection_study.py"), str(folder), *options]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True, env=one_thread())
    return Figure(**json.loads(done.stdout))


def one_thread() -> dict[str, str]:
    """Return this environment, without threads that nobody asked for."""
    return os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def middle(found: list[Figure]) -> Figure:
    """Return one of several equal studies, with the medians of what they took."""
    names = ("cpu_s", "warm_cpu_s", "process_cpu_s", "wall_s", "peak_mb")
    return replace(
        found[0], **{name: statistics.median(getattr(one, name) for one in found) for name in names}
    )


def reference(asked: argparse.Namespace, folder: Path) -> Figure:
    """Return the study by the published program.

    Raises
    ------
    NoReferenceError
        There is none, or it fails.
    """
    python = asked.reference
    if python is None and asked.install_reference:
        python = installed(folder / "reference")
    if python is None:
        raise NoReferenceError("name a Python that has it (--reference), or --install-reference by pip")
    work = folder / "work"
    work.mkdir()
    # Isolated: neither this folder nor a search path of ours is for it.
    attempt([python, "-I", str(HERE / "interconnection_reference.py"), str(work)], "it failed")
    return Figure(**json.loads((work / "found.json").read_text(encoding="utf-8")))


def installed(folder: Path) -> str:
    """Return a new Python with the published program."""
    python = folder / "bin" / "python"
    attempt([sys.executable, "-m", "venv", str(folder)], "no virtual environment")
    attempt([str(python), "-m", "pip", "install", "--quiet", *REFERENCE], "pip cannot install it")
    for linux in folder.glob("lib/*/site-packages/py_dss_interface/opendss_official/linux"):
        if not (linux / "cpp").exists():
            (linux / "cpp").symlink_to("google_colab")
    return str(python)


def attempt(line: list[str], failure: str) -> None:
    """Run a program of which only its end matters."""
    try:
        done = subprocess.run(line, capture_output=True, text=True, errors="replace", env=one_thread())
    except OSError as error:
        raise NoReferenceError(f"{failure}: {error}") from error
    if done.returncode:
        last = next(iter(done.stderr.strip().splitlines()[-1:]), f"exit code {done.returncode}")
        raise NoReferenceError(f"{failure}: {last}")


def rows(feeder: str, ours: Figure) -> Iterator[str]:
    """Yield the head of the table, and our row."""
    heads = ("CPU s", "warm", "with imports", "wall s", "peak MB", "days", "ms/day", "capacities")
    yield f"{feeder:12}" + "".join(f"{head:>14}" for head in heads)
    yield row(ours)


def row(one: Figure) -> str:
    return (
        f"{one.engine:12}{one.cpu_s:14.2f}{one.warm_cpu_s:14.2f}{one.process_cpu_s:14.2f}"
        f"{one.wall_s:14.2f}{one.peak_mb:14.0f}"
        f"{one.days:14}{1e3 * one.cpu_s / one.days:14.2f}{len(one.capacities):14}"
    )


def beside(ours: Figure, other: Figure) -> Iterator[str]:
    """Yield another program's row, what it takes more than ours, and where both agree."""
    yield row(other)
    each = (other.cpu_s / other.days) / (ours.cpu_s / ours.days)
    yield (
        f"{other.engine} against ours: {other.cpu_s / ours.cpu_s:.1f} times the CPU, {each:.1f} times that "
        f"of a day, {other.peak_mb / ours.peak_mb:.1f} times the memory"
    )
    shared = [name for name in other.capacities if name in ours.capacities]
    apart = [abs(other.capacities[name] - ours.capacities[name]) for name in shared]
    equal, within = sum(kw == 0.0 for kw in apart), sum(kw <= TOLERANCE_KW for kw in apart)
    yield (
        f"{len(shared)} capacities of {len(other.capacities)} there and {len(ours.capacities)} here: "
        f"{equal} equal, {within} within {TOLERANCE_KW:g} kW, largest difference {max(apart):.3g} kW"
    )
    if other.cost_usd:
        yield f"kW installed by sequence: {other.installed_kw} there, {ours.installed_kw} here"
        yield f"USD of upgrades by sequence: {other.cost_usd} there, {ours.cost_usd} here"


def verdict(what: str, value: float, wanted: float, unit: str) -> str:
    met = "met" if value < wanted else "missed"
    return f"wanted: {what} under {wanted:g} {unit}: {value:.2f} {unit}, {met}"


if __name__ == "__main__":
    main()
