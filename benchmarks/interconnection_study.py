"""One interconnection study in this process, measured: `interconnection.py` starts it for each round.

    python benchmarks/interconnection_study.py FOLDER [--feeder NAME] [--engine NAME] [--capacities] …

FOLDER keeps the feeder, imported from the i2x wheel by the first study, and its compiled circuits. Printed is
one line of JSON, with the keys of `interconnection_reference.py`. `cpu_s` and `wall_s` are of `study_feeder`,
`process_cpu_s` and `peak_mb` of the whole process, interpreter and imports included; with `--warm`,
`warm_cpu_s` is of a second, equal study after that.
"""

import argparse
import json
import resource
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from networks import of_wheel

from hcr.studies.interconnection.search import SearchRules
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.setup import set_up
from hcr.studies.interconnection.study import study_feeder
from hcr.studies.interconnection.study_result import StudyResult

LEFT_OUT = {"ieee9500": ("Storage.battery1", "Storage.battery2")}
"""Elements taken out of service: batteries whose charge changes over the day, which needs OpenDSS."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--feeder", default="radial")
    parser.add_argument("--engine", default="batch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--warm", action="store_true", help="measure a second study, too")
    parser.add_argument("--capacities", action="store_true", help="independent capacities and nothing else")
    parser.add_argument("--infer", action="store_true", help="simulate fewer sizes of each search")
    parser.add_argument("--buses", type=int, help="of so many candidates, all over the feeder")
    asked = parser.parse_args()
    print(json.dumps(measured(imported(asked), settings_of(asked), asked)))


def imported(asked: argparse.Namespace) -> Path:
    """Return the entry file of the feeder, which the first study imports."""
    note = asked.folder / f"{asked.feeder}.txt"
    if not note.exists():
        note.write_text(str(of_wheel(asked.feeder, asked.folder)), encoding="utf-8")
    return Path(note.read_text(encoding="utf-8"))


def settings_of(asked: argparse.Namespace) -> StudySettings:
    """Return the method's settings, for the candidates that are asked for."""
    settings = StudySettings(
        capacities_only=asked.capacities,
        search=SearchRules(infer=asked.infer),
        leave_out=LEFT_OUT.get(asked.feeder, ()),
    )
    if asked.buses is None:
        return settings
    every = set_up(imported(asked), asked.feeder, settings, circuits=circuits(asked)).candidates
    chosen = np.linspace(0, len(every) - 1, min(asked.buses, len(every))).astype(int)
    return replace(settings, candidates=tuple(every[at] for at in chosen))


def measured(master: Path, settings: StudySettings, asked: argparse.Namespace) -> dict[str, object]:
    """Return what a study finds and takes."""
    found, cpu_s, wall_s = timed(master, settings, asked)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    warm_cpu_s = timed(master, settings, asked)[1] if asked.warm else cpu_s
    return {
        "engine": found.engine,
        "days": found.scenario_days,
        "cpu_s": cpu_s,
        "warm_cpu_s": warm_cpu_s,
        "process_cpu_s": usage.ru_utime + usage.ru_stime,
        "wall_s": wall_s,
        "peak_mb": usage.ru_maxrss / 1024,
        "capacities": capacities(found),
        "installed_kw": [one.installed_kw for one in found.sequences],
        "cost_usd": [one.cost_usd for one in found.sequences],
    }


def timed(
    master: Path, settings: StudySettings, asked: argparse.Namespace
) -> tuple[StudyResult, float, float]:
    """Return what a study finds, and its CPU and wall seconds."""
    begin, wall = time.process_time(), time.perf_counter()
    found = study_feeder(
        master,
        asked.feeder,
        settings,
        engine=asked.engine,
        circuits=circuits(asked),
        threads=asked.threads,
    )
    return found, time.process_time() - begin, time.perf_counter() - wall


def circuits(asked: argparse.Namespace) -> Path:
    return asked.folder / "circuits"


def capacities(found: StudyResult) -> dict[str, float]:
    """Return all capacities of a study by part and bus [kW]."""
    every = {f"alone {one.bus}": one.size.kw for one in found.independent}
    for sequence in found.sequences:
        for one in sequence.comparison:
            every[f"sequence {sequence.index} {one.bus}"] = one.sequence_kw
            if one.upgraded_kw is not None:
                every[f"upgraded {sequence.index} {one.bus}"] = one.upgraded_kw
    return every | {f"gained {found.units[one.unit - 1].bus}": one.gain.after_kw for one in found.gains}


if __name__ == "__main__":
    main()
