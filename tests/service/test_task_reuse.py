"""A task is not solved again while its inputs are the same and its files are as they were written."""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hcr.contract.inputs import WorkPackageInput
from hcr.service import task_process
from hcr.service.job import Earlier, Job, Outcome
from hcr.service.place import Place
from hcr.service.task_process import run_job
from hcr.studies.plan import plan
from hcr.studies.task import Task

Forecast = Callable[..., dict[str, object]]


@pytest.fixture
def place(tmp_path: Path, tiny_feeder: Path) -> Place:
    shutil.copytree(tiny_feeder, tmp_path / "feeders" / "tiny")
    return Place(tmp_path)


@pytest.fixture
def task(forecast: Forecast) -> Task:
    return plan(WorkPackageInput.model_validate(forecast("tiny")))[0]


@pytest.fixture
def first(place: Place, task: Task) -> Earlier:
    """The task as the package `first` solved it."""
    job = Job(task, place.library, place.results("first"))
    return Earlier("first", job.results, run_job(job))


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """The tasks that were solved from now on."""
    seen: list[Task] = []
    solve = task_process.run_task

    def watched(task: Task, *where: object) -> Outcome:
        seen.append(task)
        return solve(task, *where)  # type: ignore[arg-type]

    monkeypatch.setattr(task_process, "run_task", watched)
    return seen


def again(place: Place, task: Task, first: Earlier) -> Outcome:
    return run_job(Job(task, place.library, place.results("second"), (first,)))


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def without_times(outcome: Mapping[str, Any]) -> Outcome:
    checked = {name: one for name, one in outcome["verification"].items() if name not in ("seconds", "share")}
    return {**outcome, "verification": checked}


def test_an_equal_task_takes_over_the_files(
    place: Place, task: Task, first: Earlier, solved: list[Task]
) -> None:
    outcome = again(place, task, first)
    assert solved == []
    assert without_times(outcome) == {**without_times(first.outcome), "reused_from": "first"}
    assert contents(place.results("second")) == contents(place.results("first")) != {}


def test_a_check_that_was_not_made_again_took_no_time(place: Place, task: Task, first: Earlier) -> None:
    assert first.outcome["verification"]["seconds"] > 0.0
    checked = again(place, task, first)["verification"]
    assert (checked["seconds"], checked["share"]) == (0.0, 0.0)


def test_an_outcome_of_opendss_has_no_check_and_gets_none(place: Place, task: Task, first: Earlier) -> None:
    unchecked = replace(first, outcome={**first.outcome, "verification": None})
    assert again(place, task, unchecked)["verification"] is None


def test_the_same_package_keeps_its_own_files(
    place: Place, task: Task, first: Earlier, solved: list[Task]
) -> None:
    before = contents(first.folder)
    assert run_job(Job(task, place.library, first.folder, (first,)))["reused_from"] == "first"
    assert contents(first.folder) == before
    assert solved == []


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


@pytest.mark.parametrize("file", ["feeder.yaml", "customers.csv", "model/Master.dss"])
def test_a_changed_file_of_the_feeder_is_solved(
    place: Place, task: Task, first: Earlier, solved: list[Task], file: str
) -> None:
    comment = {"yaml": "# seen\n", "csv": "\n", "dss": "! seen\n"}[file.rpartition(".")[2]]
    append(place.directory / "feeders" / "tiny" / file, comment)
    outcome = again(place, task, first)
    assert solved == [task]
    assert "reused_from" not in outcome


def test_another_setting_is_solved(place: Place, task: Task, first: Earlier, solved: list[Task]) -> None:
    other = replace(task, solve=replace(task.solve, max_iterations=99))
    again(place, other, first)
    assert solved == [other]


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_file_is_solved_anew_and_left_alone(
    place: Place, task: Task, first: Earlier, solved: list[Task], damage: str
) -> None:
    whole = contents(first.folder)
    path = first.folder / sorted(whole)[0]
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.unlink()
    again(place, task, first)
    assert solved == [task]
    assert contents(place.results("second")) == whole


def test_a_program_that_cannot_be_told_is_never_taken_for_the_same(
    place: Place, task: Task, first: Earlier, solved: list[Task]
) -> None:
    again(place, task, Earlier("first", first.folder, {**first.outcome, "inputs": ""}))
    assert solved == [task]
