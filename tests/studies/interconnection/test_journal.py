"""The journal of a study: what it knows after any end of the process that wrote it."""

import errno
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.errors import NoSpaceError
from hcr.studies.interconnection.journal import Journal
from hcr.studies.interconnection.judge import Standing
from hcr.studies.interconnection.metrics import Margin, Metric
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.trial import Placed, State

NUMBERS = st.floats(allow_nan=False) | st.sampled_from([math.inf, -math.inf, -0.0, 5e-324])


@dataclass(frozen=True)
class Answer:
    """An answer of all sorts of values."""

    kw: float
    limits: tuple[Metric, ...] = ()
    note: str | None = None


def question(number: int) -> tuple[object, ...]:
    unit = Placed(Kind.PV, f"bus{number}", Size.of(Kind.PV, 100.0))
    return ("capacity", State((unit,)), unit)


def written(path: Path, lines: int = 2) -> bytes:
    """Write a journal with two answers in each line, and return its bytes."""
    journal = Journal(path, "a study")
    for line in range(lines):
        journal.note(*((question(number), Answer(float(number))) for number in (2 * line, 2 * line + 1)))
    return path.read_bytes()


def known(journal: Journal, lines: int = 2) -> list[bool]:
    return [journal.known(question(number), Answer) is not None for number in range(2 * lines)]


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.mark.usefixtures("careless")
def test_each_prefix_of_the_file_holds_the_answers_of_its_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "journal.jsonl"
    whole = written(path)
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        lines = max(0, whole[:length].count(b"\n") - 1)
        assert known(Journal(path, "a study")) == [at < 2 * lines for at in range(4)], length


@pytest.mark.usefixtures("careless")
def test_it_goes_on_after_each_prefix_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    whole = written(path)
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        journal = Journal(path, "a study")
        for line in range(2):
            pair = (2 * line, 2 * line + 1)
            if journal.known(question(pair[0]), Answer) is None:
                journal.note(*((question(number), Answer(float(number))) for number in pair))
        assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "garbage",
    [b"12\n", b"null\n", b"[1, 2]\n", b'"text"\n', b"\xff\xfe\n", b"\0" * 50, b"\n", b"[" * 100_000 + b"\n"],
)
def test_what_comes_after_garbage_is_found_again(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    whole = written(path, 2)
    path.write_bytes(whole + garbage + b'{"key": 1}\n')
    assert known(Journal(path, "a study"), 2) == [True] * 4
    assert path.read_bytes() == whole


def test_an_answer_that_is_none_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, "a study")
    journal.note((question(1), Standing((), ("bus",))))
    assert Journal(path, "a study").known(question(1), Answer) is None
    assert Journal(path, "a study").remembered(question(1), Answer, lambda: Answer(3.0)) == Answer(3.0)
    assert Journal(path, "a study").known(question(1), Answer) == Answer(3.0)


@pytest.mark.parametrize("content", [b"", b"garbage", b'{"format": "other", "about": "a study"}\n'])
def test_a_file_of_something_else_is_started_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content)
    journal = Journal(path, "a study")
    assert known(journal) == [False] * 4
    journal.note((question(0), Answer(1.0)))
    assert Journal(path, "a study").known(question(0), Answer) == Answer(1.0)


def test_a_journal_of_other_settings_is_started_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path)
    assert known(Journal(path, "another study")) == [False] * 4
    assert known(Journal(path, "a study")) == [False] * 4
    assert os.listdir(tmp_path) == ["journal.jsonl"]  # noqa: PTH208 - hidden files, too


@given(numbers=st.lists(NUMBERS, min_size=1, max_size=5))
def test_numbers_come_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float]
) -> None:
    path = tmp_path_factory.mktemp("numbers") / "journal.jsonl"
    margins = tuple(Margin(Metric.V_MIN, one, 0.0, one, one, "pu", "bus.1") for one in numbers)
    Journal(path).note(("question", Standing(margins, ())))
    found = Journal(path).known("question", Standing)
    assert [one.margin.hex() for one in found.margins] == [float(one).hex() for one in numbers]


def test_what_is_no_number_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).note(("question", Answer(math.nan, (Metric.V_MAX,), "ö\n")))
    found = Journal(path).known("question", Answer)
    assert math.isnan(found.kw)
    assert (found.limits, found.note) == ((Metric.V_MAX,), "ö\n")


def test_questions_differ_by_everything_in_them() -> None:
    journal = Journal()
    small, large = (Placed(Kind.PV, "bus", Size.of(Kind.PV, kw)) for kw in (1.0, 1.0 + 2**-52))
    questions = [("standing", State()), ("standing", State((small,))), ("standing", State((large,)))]
    for number, one in enumerate(questions):
        journal.note((one, Answer(float(number))))
    assert [journal.known(one, Answer).kw for one in questions] == [0.0, 1.0, 2.0]


def test_an_answer_is_found_once() -> None:
    journal, calls = Journal(), list[int]()
    for _ in range(2):
        assert journal.remembered("question", Answer, lambda: calls.append(1) or Answer(7.0)) == Answer(7.0)
    assert calls == [1]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_answers_are_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, "a study")

    def full(_: int) -> None:
        raise OSError(code, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoSpaceError, match=r"no room for journal\.jsonl"):
        journal.note((question(0), Answer(1.0)))
    assert journal.known(question(0), Answer) is None
    with pytest.raises(NoSpaceError):
        Journal(path, "another study")
    monkeypatch.undo()
    assert json.loads(path.read_bytes().splitlines()[0])["about"] == "a study"


def test_another_fault_of_the_disk_stays_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "journal.jsonl")

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="broken"):
        journal.note(("question", Answer(1.0)))


def test_whoever_listens_hears_of_what_is_noted_and_of_what_is_known(tmp_path: Path) -> None:
    heard: list[list[str]] = []
    journal = Journal(tmp_path / "journal.jsonl", "a study", lambda keys: heard.append(list(keys)))
    assert journal.known(question(1), Answer) is None
    journal.note((question(1), Answer(1.0)), (question(2), Answer(2.0)))
    journal.note()
    journal.known(question(2), Answer)
    (one, two), nothing, (again,) = heard
    assert (one != two, nothing, again) == (True, [], two)
