"""How a command line ends: each kind of error has one message and one exit code."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from hcr.cli import commands
from hcr.cli.main import main, run
from hcr.errors import ConfigError, HcrError, NotFoundError, Problem

COMMAND = str(Path(sys.executable).with_name("hcr"))


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch):
    """Make the command `scenarios` end with an error."""

    def end(error: BaseException) -> None:
        @click.command()
        def command() -> None:
            """Fail."""
            raise error

        monkeypatch.setattr(commands.LazyGroup, "get_command", lambda *_: command)

    return end


FAULT = "This is a fault of hcr. Run the same line with --debug and report what it prints.\n"
FILE = "Check that the file is there, that you may use it, and that the disk has room.\n"
DELETED = NotFoundError("no such package", why="it was deleted", remedy="List them.")
PROBLEM = Problem("bad", "f.yaml", 2, 3, "key", "mend it")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (DELETED, 6, "Error: No such package: it was deleted\nList them.\n"),
        (
            ConfigError("f.yaml is broken", [PROBLEM]),
            2,
            "Error: f.yaml is broken\n  f.yaml:2:3 key: bad (mend it)\n",
        ),
        (HcrError("odd"), 5, "Error: Odd\n"),
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
        (click.exceptions.Exit(7), 7, ""),
        (click.ClickException("odd words"), 2, "Error: Odd words\n"),
        (FileNotFoundError(errno.ENOENT, "Not there", "x.csv"), 2, f"Error: x.csv: Not there\n{FILE}"),
        (KeyError("place"), 70, f"Error: Unexpected KeyError: 'place'\n{FAULT}"),
        (OSError(5, "odd"), 70, f"Error: Unexpected OSError: [Errno 5] odd\n{FAULT}"),
    ],
)
def test_an_error_has_its_message_and_its_code(ending, hcr, error, code: int, said: str) -> None:
    ending(error)
    outcome = hcr("scenarios")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (code, "", said)


@pytest.mark.parametrize(
    "error", [HcrError("odd"), KeyError("x"), FileNotFoundError(errno.ENOENT, "not there", "x")]
)
def test_debug_shows_the_trace(ending, hcr, error: Exception) -> None:
    ending(error)
    assert "Traceback (most recent call last)" in hcr("scenarios", "--debug").stderr


@pytest.mark.parametrize(
    ("words", "coloured"),
    [(("--color", "always"), True), (("--color=always",), True), (("--color", "never"), False), ((), False)],
)
def test_an_error_has_the_colours_that_were_asked_for(ending, hcr, words, coloured: bool) -> None:
    ending(HcrError("odd"))
    assert ("\x1b[31m" in hcr("scenarios", *words).stderr) is coloured


def test_a_reader_that_went_away_is_no_fault() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([COMMAND, "config", "schema"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_name_that_the_encoding_lacks_is_written_all_the_same(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    line = [COMMAND, str(tmp_path), "config", "validate", "Ω"]
    done = subprocess.run(line, capture_output=True, env=environment, check=False)
    assert done.returncode == 2
    assert rb"`\u03a9`" in done.stderr


def test_the_words_of_the_process_are_the_default(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["hcr", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("hcr, version ")


def test_the_process_ends_with_the_exit_code(monkeypatch, capfd) -> None:
    monkeypatch.setattr(sys, "argv", ["hcr", "nowhere", "list"])
    with pytest.raises(SystemExit) as stop:
        run()
    assert stop.value.code == 2
