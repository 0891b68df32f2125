"""Answers at a terminal are tested with the commands that ask, in `test_package_change.py`."""

import sys
from pathlib import Path

import click
import pytest

from hcr.cli.consent import confirm
from hcr.errors import UsageError

UNANSWERED = UsageError("nothing was done")


def test_what_is_no_answer_stays_in_the_pipe_for_whoever_reads_it(pipe):
    stdin = pipe("17cd-91ab\n")
    confirm("Cancel it?")
    assert stdin.readline() == "17cd-91ab\n"


def test_a_no_is_said_and_ends_the_command(pipe, capsys):
    pipe("n\n")
    with pytest.raises(click.Abort):
        confirm("Cancel it?", unanswered=UNANSWERED)
    assert capsys.readouterr().err == "Cancel it? The answer is no; nothing was changed.\n"


@pytest.mark.parametrize("answer", ["yes", ""])
def test_an_answer_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str):
    file = tmp_path / "answer"
    file.write_text(answer)
    with file.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        if answer:
            confirm("Delete it?", unanswered=UNANSWERED)
        else:
            with pytest.raises(UsageError, match="nothing was done"):
                confirm("Delete it?", unanswered=UNANSWERED)


@pytest.mark.parametrize("stdin", [None, "/dev/null"])
def test_without_any_stdin_there_is_no_answer(monkeypatch: pytest.MonkeyPatch, stdin: str | None):
    with Path("/dev/null").open() as null:
        monkeypatch.setattr(sys, "stdin", null if stdin else None)
        confirm("Cancel it?")
        with pytest.raises(UsageError, match="nothing was done"):
            confirm("Delete it?", unanswered=UNANSWERED)
