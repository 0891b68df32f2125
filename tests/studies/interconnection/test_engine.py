"""Which engine solves a study, and what a planner is told about that."""

import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from hcr.errors import ModelError
from hcr.powerflow.lane_block import WIDTHS
from hcr.studies.interconnection.engine import compiles_loops, days_of
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.setup import Setup, set_up
from hcr.studies.interconnection.trial import Placed, State


@pytest.fixture(scope="module")
def covered(village: Path, village_settings: StudySettings) -> Setup:
    return set_up(village, "village", village_settings)


@pytest.fixture(scope="module")
def uncovered(
    village: Path, village_settings: StudySettings, tmp_path_factory: pytest.TempPathFactory
) -> Setup:
    path = tmp_path_factory.mktemp("uncovered") / "Master.dss"
    storage = "New Storage.s bus1=mid kv=12.47 kwrated=300 kwhrated=600 dispmode=follow\n"
    text = village.read_text(encoding="utf-8").replace("Set voltagebases", storage + "Set voltagebases")
    path.write_text(text, encoding="utf-8")
    return set_up(path, "village", village_settings)


@pytest.mark.parametrize("wanted", ["auto", "batch"])
def test_the_batch_engine_where_it_covers_the_feeder(covered: Setup, wanted: str) -> None:
    days, warnings = days_of(covered, wanted)
    assert days.engine == "batch"
    assert warnings == ("village: 2 fuses, reclosers and switches stay as the model has them",)


def test_opendss_where_it_is_asked_for(covered: Setup) -> None:
    days, warnings = days_of(covered, "opendss")
    assert (days.engine, warnings) == ("opendss", ())


def test_opendss_where_the_batch_engine_does_not_cover_the_feeder(uncovered: Setup) -> None:
    days, (why,) = days_of(uncovered, "auto")
    assert days.engine == "opendss"
    assert why.startswith("village: solved in OpenDSS, because of ")
    assert "storage" in why.lower()
    with pytest.raises(ModelError, match="does not cover 1 elements"):
        days_of(uncovered, "batch")


def test_loops_are_compiled_before_the_first_day_on_a_machine(
    covered: Setup, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    days, _ = days_of(covered, "batch")
    days.solve(State(), [Placed(Kind.PV, "far", Size.of(Kind.PV, 100.0))])
    days.solve(State(), [Placed(Kind.PV, "far", Size.of(Kind.PV, kw)) for kw in range(1, WIDTHS[0] + 2)])
    assert not compiles_loops("batch")
    engine = importlib.import_module(compiles_loops.__module__)
    for folder, compiles in ((str(tmp_path), True), (None, False)):
        elsewhere = SimpleNamespace(stats=SimpleNamespace(cache_path=folder), __name__="walk_side_by_side")
        monkeypatch.setattr(engine, "LAST_LOOP", elsewhere)
        assert compiles_loops("batch") is compiles
        assert not compiles_loops("opendss")
