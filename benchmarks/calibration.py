"""Calibrations of generated feeders against their hidden truth.

    python benchmarks/calibration.py [--seeds N] [--customers N] [--transformers N] [--times N] [--opendss]

Each seed is a feeder of its own: hidden taps, an upstream level that drifts, noisy, wrong and missing meters,
two days of half hours. `joint` takes times spread evenly over both days, `documented` the one of 04:00.
Reported for each: taps that are right, wrong ones that are not marked doubtful, the error at times kept back
before and after, and CPU seconds of this process for the whole calibration, tables included. Generating
feeders is not counted, nor compiling the loops. With `--opendss` the first seed is calibrated in OpenDSS too.
The last lines are totals, and what a planner wants of `joint`.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.generate import generate_feeder
from hcr.network.library import Library
from hcr.network.meter_faults import MeterFaults
from hcr.studies.calibration.calibrate import Calibrated, calibrate
from hcr.studies.calibration.documented import DOCUMENTED
from hcr.studies.calibration.joint import JOINT
from hcr.studies.calibration.street import changers
from hcr.studies.engine_choice import BATCH, OPENDSS
from hcr.studies.task import CalibrationSettings, LoadTime, SolveSettings, Task

DAYS = 2
START = datetime(2025, 1, 1)
NIGHT = (START + timedelta(hours=4),)
HALF_HOURS = 48 * DAYS

WANTED_RIGHT, WANTED_FALL, WANTED_CPU_S = 0.99, 0.80, 20.0
"""What a planner wants: share of taps, fall of the error at times kept back, CPU time of a feeder [s]."""


@dataclass(frozen=True)
class Figure:
    """One calibration: taps, those right, those wrong without a warning, error at times kept back [%]."""

    seed: int
    method: str
    engine: str
    taps: int
    right: int
    unmarked: int
    before: float
    after: float
    cpu_s: float

    @property
    def fall(self) -> float:
        """Return the share by which the error fell; NaN where no time was kept back."""
        return 1.0 - self.after / self.before


@dataclass(frozen=True)
class Street:
    """A generated feeder, and where its taps truly stand."""

    recipe: FeederRecipe
    library: Library
    results: Path
    truth: dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--transformers", type=int, default=40)
    parser.add_argument("--times", type=int, default=48)
    parser.add_argument("--opendss", action="store_true")
    arguments = parser.parse_args()
    print(
        f"{'seed':>4} {'method':12}{'engine':8}{'taps':>5}{'right':>6}{'unmarked':>9}"
        f"{'before %':>9}{'after %':>8}{'CPU s':>7}"
    )
    found = []
    for figure in figures(arguments):
        found.append(figure)
        print(line(figure), flush=True)
    for text in totals(found):
        print(text)


def figures(arguments: argparse.Namespace) -> Iterator[Figure]:
    """Yield the figures of all seeds."""
    times = spread(arguments.times)
    with tempfile.TemporaryDirectory(prefix="hcr-benchmark-") as folder:
        warm = made(FeederRecipe("warm", 20, 0, transformers=2, days=1, voltages=MeterFaults()), Path(folder))
        measure(warm, DOCUMENTED, NIGHT)  # compiles the loops
        for seed in range(1, arguments.seeds + 1):
            size = arguments.customers, seed
            recipe = FeederRecipe(
                f"s{seed}", *size, transformers=arguments.transformers, days=DAYS, voltages=MeterFaults()
            )
            street = made(recipe, Path(folder))
            yield measure(street, JOINT, times)
            if arguments.opendss and seed == 1:
                yield measure(street, JOINT, times, OPENDSS)
            yield measure(street, DOCUMENTED, NIGHT)


def spread(count: int) -> tuple[datetime, ...]:
    """Return so many ends of half hours, evenly over the days."""
    ends = [HALF_HOURS * (at + 1) // count for at in range(count)]
    return tuple(START + timedelta(minutes=30 * end) for end in ends)


def made(recipe: FeederRecipe, folder: Path) -> Street:
    """Return a street made from a recipe."""
    home = folder / "feeders" / recipe.mrid
    home.mkdir(parents=True)
    generate_feeder(recipe, home)
    truth = yaml.safe_load((home / "truth.yaml").read_text(encoding="utf-8"))["tap_positions"]
    return Street(recipe, Library(home.parent, folder / "cache"), folder / "results" / recipe.mrid, truth)


def measure(street: Street, method: str, times: tuple[datetime, ...], engine: str = BATCH) -> Figure:
    """Return the figures of one calibration."""
    task = Task(
        *(street.recipe.mrid, "base", START.year, LoadTime(times[0], None)),
        solve=SolveSettings(engine=engine),
        calibration=CalibrationSettings("benchmark", times, method),
    )
    begin = time.process_time()
    done = calibrate(task, street.library, street.results / f"{method}-{engine}")
    cpu_s = time.process_time() - begin
    right, unmarked = score(done, street.truth)
    before, after = done.checks.held_times
    return Figure(
        street.recipe.seed, method, done.engine, len(street.truth), right, unmarked, before, after, cpu_s
    )


def score(done: Calibrated, truth: dict[str, int]) -> tuple[int, int]:
    """Return how many taps are right, and how many are wrong without being doubtful."""
    names = {group: changer.transformer for group, changer in changers(done.street).items()}
    right = [tap.found == truth[names[tap.group]] for tap in done.findings.taps]
    told = [tap.found is not None and not tap.doubtful for tap in done.findings.taps]
    return sum(right), sum(sure and not one for one, sure in zip(right, told, strict=True))


def line(one: Figure) -> str:
    return (
        f"{one.seed:4} {one.method:12}{one.engine:8}{one.taps:5}{one.right:6}{one.unmarked:9}"
        f"{one.before:9.2f}{one.after:8.2f}{one.cpu_s:7.1f}"
    )


def totals(found: list[Figure]) -> Iterator[str]:
    """Yield what all seeds together say, and whether that is what a planner wants."""
    for method in (JOINT, DOCUMENTED):
        own = [one for one in found if one.method == method and one.engine == BATCH]
        taps, right = sum(one.taps for one in own), sum(one.right for one in own)
        unmarked = sum(one.unmarked for one in own)
        yield f"{method}: {right} of {taps} right ({right / taps:.2%}), {unmarked} wrong without a doubt"
    joint = [one for one in found if one.method == JOINT and one.engine == BATCH]
    share = sum(one.right for one in joint) / sum(one.taps for one in joint)
    fall, slowest = min(one.fall for one in joint), max(one.cpu_s for one in joint)
    yield (
        f"wanted of joint: right {share:.2%} (>= {WANTED_RIGHT:.0%}), error falls by {fall:.0%} or more "
        f"(>= {WANTED_FALL:.0%}), slowest {slowest:.1f} s of CPU (< {WANTED_CPU_S:.0f} s): "
        + ("met" if share >= WANTED_RIGHT and fall >= WANTED_FALL and slowest < WANTED_CPU_S else "missed")
    )


if __name__ == "__main__":
    main()
