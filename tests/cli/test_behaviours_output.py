"""How `hcr` behaves at a prompt: what goes to stdout and stderr, and in which colours.

Rows of this module: 7-9, 26, 27, 29.
"""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from stub_service import Scripted

COMMAND = str(Path(sys.executable).with_name("hcr"))
LONG_NAME = "a name that is longer than eighty columns, " * 4
PACKAGE = {
    "id": "7",
    "name": LONG_NAME,
    "status": "COMPLETED",
    "createdAt": "2026-01-05T12:00:00Z",
    "createdBy": {"id": "u", "username": "ana"},
}
LISTED = {
    "id": "7",
    "name": LONG_NAME,
    "status": "COMPLETED",
    "created_at": "2026-01-05T12:00:00Z",
    "author": "ana",
}
LIST = ("work-package", "list")


@pytest.fixture
def one_package(service) -> None:
    service.data["getWorkPackages"] = {"totalCount": 1, "offset": 0, "workPackages": [PACKAGE]}


@pytest.mark.usefixtures("one_package")
@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("json", json.loads),
        ("jsonl", lambda text: [json.loads(line) for line in text.splitlines()]),
        ("yaml", yaml.safe_load),
        ("csv", lambda text: list(csv.DictReader(io.StringIO(text)))),
        ("tsv", lambda text: list(csv.DictReader(io.StringIO(text), delimiter="\t"))),
    ],
)
def test_row_7_every_form_says_the_same_and_nothing_is_cut(directory, hcr, form: str, read):
    assert read(hcr(directory, *LIST, "-o", form).stdout) == [LISTED]


@pytest.mark.usefixtures("one_package")
def test_row_7_a_table_on_a_terminal_and_tsv_in_a_pipe(directory, hcr, terminal):
    piped = hcr(directory, *LIST).stdout
    drawn = terminal(directory, *LIST).stdout
    assert piped.splitlines()[0] == "id\tname\tstatus\tcreated_at\tauthor"
    assert drawn.splitlines()[0].split() == ["ID", "NAME", "STATUS", "CREATED", "AT", "AUTHOR"]
    assert LONG_NAME.strip() in " ".join(drawn.split())


def test_row_8_an_empty_list_is_brackets(directory, service, hcr):
    service.data["getWorkPackages"] = {"totalCount": 0, "offset": 0, "workPackages": []}
    assert hcr(directory, *LIST, "-o", "json").stdout == "[]\n"


@pytest.mark.usefixtures("one_package")
@pytest.mark.parametrize("form", ["table", "json", "jsonl", "yaml", "csv", "tsv"])
def test_row_9_a_query_works_on_any_form(directory, hcr, form: str):
    outcome = hcr(directory, *LIST, "-o", form, "--query", "[?status=='COMPLETED'].id")
    assert outcome.code == 0
    assert "7" in outcome.stdout
    assert "ana" not in outcome.stdout


def test_row_26_quiet_says_nothing_but_errors(directory, service, hcr):
    service.data["getWorkPackages"] = {"totalCount": 9, "offset": 0, "workPackages": [PACKAGE]}
    assert hcr(directory, *LIST).stderr == "1 of 9 packages; more with --limit and --offset\n"
    assert hcr(directory, *LIST, "--quiet").stderr == ""
    assert "Error: " in hcr(directory, *LIST, "-q", "--limit", "0").stderr


def test_row_26_verbose_says_more(directory, configure, hcr):
    configure(directory, {"calibration/winter.yaml": "calibration_name: winter\n"})
    words = (directory, "work-package", "run", "calibration", "winter", "--dry-run")
    assert "winter.yaml" not in hcr(*words).stderr
    assert "winter.yaml" in hcr(*words, "-v").stderr


def test_row_26_debug_traces_calls_without_secrets(tmp_path, service, point_at, hcr):
    directory = point_at(tmp_path / "c", service, access_token="s3cret-token")
    service.data["getActiveWorkPackages"] = []
    outcome = hcr(directory, "work-package", "progress", "--debug")
    assert "> POST" in outcome.stderr
    assert "getActiveWorkPackages" in outcome.stderr
    assert "< 200" in outcome.stderr
    assert "Authorization" in outcome.stderr or "authorization" in outcome.stderr
    assert "s3cret-token" not in outcome.stderr + outcome.stdout
    assert service.requests[0].headers["authorization"] == "Bearer s3cret-token"


def test_row_26_the_trace_goes_to_the_log_file(tmp_path, service, point_at, hcr):
    directory = point_at(tmp_path / "c", service, access_token="s3cret-token")
    service.data["getActiveWorkPackages"] = []
    log = tmp_path / "trace.log"
    outcome = hcr(directory, "work-package", "progress", "--log-file", log)
    assert outcome.stderr == "No work package is active.\n"
    assert "> POST" in log.read_text()
    assert "s3cret-token" not in log.read_text()


def test_row_26_a_log_file_that_cannot_be_written_is_said_before_anything_is_sent(
    tmp_path, directory, service, hcr
):
    outcome = hcr(directory, *LIST, "--log-file", tmp_path / "no" / "such" / "folder.log")
    assert outcome.code == 2
    assert "cannot be written" in outcome.stderr
    assert service.requests == []


def _stderr(words: list[str], **environment: str) -> str:
    """What the installed command says in a pipe; the variables of colour are only those given."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    done = subprocess.run(
        [COMMAND, *words], capture_output=True, text=True, env={**kept, **environment}, check=False
    )
    return done.stderr


@pytest.mark.parametrize(
    ("environment", "option", "coloured"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, (), True),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({"FORCE_COLOR": "1"}, ("--color=never",), False),
    ],
)
def test_row_27_one_decision_about_colour(tmp_path, environment, option, coloured: bool):
    said = _stderr([str(tmp_path), "config", "validate", "nothing", *option], **environment)
    assert said.startswith("\x1b[31m\x1b[1mError: \x1b[0m" if coloured else "Error: ")


@pytest.mark.parametrize(("variable", "coloured"), [("NO_COLOR", False), ("TERM", False), ("OTHER", True)])
def test_row_27_a_terminal_gets_colours_unless_told_otherwise(
    directory, terminal, monkeypatch, variable: str, coloured: bool
):
    monkeypatch.setenv(variable, "dumb")
    said = terminal(directory, "config", "validate", "nothing").stderr
    assert ("\x1b" in said) is coloured


def test_row_27_forced_colour_never_moves_the_cursor_in_a_pipe(directory, service, hcr, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    totals = dict.fromkeys(
        ["totalModels", "totalPending", "totalRunning", "totalSucceeded", "totalFailed"], 0
    )
    states = [{**PACKAGE, "status": "RUNNING"}, PACKAGE]
    progress = {"modelTotals": {**totals, "totalCancelled": 0, "totalTimedOut": 0}}
    service.data["getWorkPackageById"] = lambda info, **_: {
        **states.pop(0),
        "isDeleted": False,
        "feeders": [],
        "scenarios": [],
        "years": [],
        "failures": [],
        "warnings": ["mind the gap"],
        "progressDetails": progress,
    }
    outcome = hcr(directory, "work-package", "monitor", "7", "--interval", "1")
    assert outcome.code == 0
    assert "\x1b[33m" in outcome.stderr
    assert not [code for code in ("\x1b[?25l", "\x1b[2K", "\x1b[1A", "\r") if code in outcome.stderr]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("work-pakage", "list"), "Did you mean the command `work-package`?"),
        ((".", "work-pakage", "list"), "Did you mean 'work-package'?"),
        ((".", "work-package", "lst"), "Did you mean 'list'?"),
        ((".", "work-package", "run", "forcast"), "Did you mean 'forecast'?"),
        ((".", "work-package", "list", "--lmit", "3"), "Did you mean '--limit'?"),
        ((".", "config", "validate", "--strct"), "Did you mean '--strict'?"),
        ((".", "completion", "bahs"), "'bash'"),
    ],
)
def test_row_29_typos_get_a_hint(hcr, words: tuple[str, ...], hint: str):
    outcome = hcr(*words)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert hint in outcome.stderr
    assert "--help` " in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_row_29_an_error_says_what_why_and_what_to_do(tmp_path, service, point_at, hcr):
    directory = point_at(tmp_path / "c", service, access_token="old")
    service.accepted_tokens = {"new"}
    what_and_why, remedy = hcr(directory, *LIST).stderr.splitlines()
    assert what_and_why.startswith(f"Error: {service.url}/api/graphql does not accept the token: ")
    assert "HTTP 401" in what_and_why
    assert "auth login" in remedy


def test_row_29_a_trace_is_shown_with_debug_only(directory, service, hcr):
    answer = Scripted(500, b"out of order")
    service.script += [answer, answer]
    assert "Traceback" not in hcr(directory, *LIST).stderr
    assert "Traceback" in hcr(directory, *LIST, "--debug").stderr
