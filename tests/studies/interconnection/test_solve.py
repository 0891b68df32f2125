"""The task of an interconnection study: what is handed to the study, and what is left behind."""

import os
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.library import Library
from hcr.results.catalogue import table_named
from hcr.results.interconnection_tables import INTERCONNECTION_TABLES
from hcr.studies.interconnection.settings import DaySettings, StudySettings
from hcr.studies.interconnection.solve import span_of, summary
from hcr.studies.interconnection.study_result import StudyResult
from hcr.studies.solve_task import solve_task
from hcr.studies.task import LoadTime, SolveSettings, Task
from interconnection_sample import sample

SETTINGS = StudySettings(seed="seven")
TASK = Task(
    "radial", "base", 1, LoadTime(datetime(1, 1, 1), None), solve=SolveSettings(engine="batch"),
    interconnection=SETTINGS,
)  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with the feeder `radial`."""
    folder = tmp_path / "feeders" / "radial"
    folder.mkdir(parents=True)
    generate_feeder(FeederRecipe(mrid="radial", customers=2, seed=1), folder)
    (folder / "load_data.parquet").unlink()
    return Library(tmp_path / "feeders", tmp_path / "cache", tmp_path / "circuits")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the study is asked for; it finds the sample at once."""
    seen: dict[str, Any] = {}

    def study_feeder(model: Path, mrid: str, settings: StudySettings, **more: object) -> StudyResult:
        seen.update(model=model, mrid=mrid, settings=settings, **more)
        return replace(sample(), warnings=("a hint",))

    module = SimpleNamespace(study_feeder=study_feeder)
    monkeypatch.setitem(sys.modules, "hcr.studies.interconnection.study", module)  # type: ignore[arg-type]
    return seen


def test_a_task_hands_over_its_feeder_and_keeps_all_that_was_found(
    library: Library, asked: dict[str, Any], tmp_path: Path
) -> None:
    results = tmp_path / "results"
    solved = solve_task(TASK, library, results)
    assert asked == {
        "model": library.open("radial").master,
        "mrid": "radial",
        "settings": SETTINGS,
        "engine": "batch",
        "folder": results / ".under_way" / "radial",
        "circuits": tmp_path / "circuits",
        "threads": len(os.sched_getaffinity(0)),
    }
    names = [one.table for one in solved.tables]
    assert names == [*(table.name for table in INTERCONNECTION_TABLES), "interconnection"]
    assert all((results / one.path).is_file() for one in solved.tables)
    assert (solved.engine, solved.warnings, solved.load_data_digest) == ("batch", ("a hint",), "")
    assert solved.model_digest == library.open("radial").model_digest()
    assert solved.summary == summary(sample())


def test_the_same_study_leaves_the_same_bytes(
    library: Library, asked: dict[str, Any], tmp_path: Path
) -> None:
    first, second = (solve_task(TASK, library, tmp_path / name) for name in ("one", "two"))
    assert first.tables == second.tables
    shutil.rmtree(tmp_path / "one")
    assert table_named(first.tables[0].table).extension


def test_a_span_is_from_the_earliest_day_to_the_end_of_the_latest() -> None:
    days = (DaySettings("a", first_hour=48.0, steps=2, step_minutes=30.0), DaySettings("b", first_hour=24.0))
    span = span_of(TASK, StudySettings(days=days))
    assert (span.start, span.end) == (datetime(1, 1, 2, tzinfo=UTC), datetime(1, 1, 3, 1, tzinfo=UTC))


def test_a_summary_tells_buses_the_first_violation_and_what_upgrades_cost() -> None:
    found = sample()
    first = found.sequences[0]
    assert first.trigger is not None
    bus = found.units[first.trigger - 1].bus
    text = summary(found)
    assert text.startswith(f"12 buses; first violation with unit {first.trigger} at {bus}: ")
    assert text.endswith(f"; upgrades ${first.cost_usd:,.0f}")


def test_a_summary_of_what_there_is() -> None:
    found = sample()
    quiet = replace(found.sequences[0], trigger=None, rounds=found.sequences[0].rounds[:1])
    assert summary(replace(found, sequences=(quiet,))) == "12 buses; 1 unit without a violation"
    assert summary(replace(found, sequences=())) == "12 buses; 10 capacities found"
