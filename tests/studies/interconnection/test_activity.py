"""The line that tells what a study does."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from hcr.studies.interconnection.activity import PAUSE_S, Activity


class Clock:
    """Stands still unless a test moves it [s]."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def activity(tmp_path: Path, clock: Clock) -> Activity:
    return Activity(tmp_path / "radial", clock=clock)


def told(tmp_path: Path) -> str:
    return (tmp_path / "radial" / "activity.txt").read_text(encoding="utf-8")


def test_a_part_counts_its_answers_once() -> None:
    activity = Activity()
    activity.begins("the feeder as it is")
    activity.heard(["base"])
    assert activity.line == "the feeder as it is"
    activity.begins("capacities", of=3)
    assert activity.line == "capacities: 0 of 3"
    activity.heard(["base"])
    activity.heard(["a", "b"])
    activity.heard(["b"])
    assert activity.line == "capacities: 2 of 3"


def test_where_nobody_knows_how_many_answers_are_needed_the_step_is_told() -> None:
    activity = Activity()
    activity.begins("sequence 1 of 3")
    activity.turns_to("unit 4")
    activity.heard(["a"])
    assert activity.line == "sequence 1 of 3: unit 4"
    activity.begins("who pays")
    assert activity.line == "who pays"


def test_the_days_that_were_simulated_show_that_it_lives() -> None:
    days = SimpleNamespace(solved=0)
    activity = Activity()
    activity.watches(days, lambda: False)
    activity.begins("capacities", of=9)
    assert activity.line == "capacities: 0 of 9"
    days.solved = 288
    assert activity.line == "capacities: 0 of 9; 288 days simulated"


def test_a_new_part_is_written_at_once_and_all_else_now_and_then(
    activity: Activity, clock: Clock, tmp_path: Path
) -> None:
    activity.begins("capacities", of=9)
    activity.heard(["a"])
    assert told(tmp_path) == "capacities: 0 of 9\n"
    clock.now += PAUSE_S
    activity.heard(["b"])
    assert told(tmp_path) == "capacities: 2 of 9\n"
    activity.begins("who pays")
    assert told(tmp_path) == "who pays\n"
    assert [path.name for path in (tmp_path / "radial").iterdir()] == ["activity.txt"]


def test_a_step_nearer_to_an_answer_is_told_too(activity: Activity, clock: Clock, tmp_path: Path) -> None:
    activity.begins("sequence 1 of 3")
    activity.turns_to("unit 1")
    clock.now += PAUSE_S
    activity.heard([])
    assert told(tmp_path) == "sequence 1 of 3: unit 1\n"


def test_loops_that_are_compiled_are_told_until_they_are_there(clock: Clock, tmp_path: Path) -> None:
    left = iter([True, True, True, False])
    activity = Activity(tmp_path / "radial", clock=clock)
    activity.watches(SimpleNamespace(solved=0), lambda: next(left))
    activity.begins("the feeder as it is")
    assert told(tmp_path) == "the feeder as it is; compiling loops\n"
    activity.begins("capacities", of=9)
    assert told(tmp_path) == "capacities: 0 of 9; compiling loops\n"
    for _ in range(3):
        clock.now += PAUSE_S
        activity.heard([])
        assert told(tmp_path) == "capacities: 0 of 9\n"


def test_nothing_is_left_at_the_end(activity: Activity, tmp_path: Path) -> None:
    activity.begins("who pays")
    activity.ends()
    activity.ends()
    assert not list((tmp_path / "radial").iterdir())


def test_a_line_that_cannot_be_written_stops_nothing(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "radial").write_text("a file in the place of the folder")
    activity = Activity(tmp_path / "radial", clock=clock)
    activity.begins("who pays")
    activity.ends()
    assert activity.line == "who pays"
