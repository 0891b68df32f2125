"""`interconnection show` and `report`, against the stub service."""

import json
import shlex
from pathlib import Path

import pytest

from hcr.cli.interconnection import TABLES
from hcr.client.operations import EXTENSION_FIELDS
from hcr.studies.interconnection.document import result_document
from hcr.studies.interconnection.records import records_of
from interconnection_sample import sample


@pytest.fixture
def answered(service):
    service.data = {"getInterconnectionResult": result_document(sample(name="school"))}
    return service


def test_the_study_of_a_feeder_is_asked_for(directory, answered, hcr):
    outcome = hcr(directory, *shlex.split("interconnection show 7 --feeder radial -o json"))
    assert outcome.code == 0
    assert answered.operations == [("getInterconnectionResult", {"id": "7", "feeder": "radial"})]


def test_programs_get_every_table(directory, answered, hcr):
    text = hcr(directory, *shlex.split("interconnection show 7 -o json")).stdout
    found = json.loads(text, parse_constant=pytest.fail)  # Infinity is no JSON
    assert found["feeder"] == "radial"
    assert tuple(found)[2:] == TABLES
    assert len(found["payments"]) == 15
    assert found["base_margins"][2]["margin"] is None


def test_a_query_finds_its_part(directory, answered, hcr):
    words = ["interconnection", "show", "7", "--query", "sequences[].installed_kw", "-o", "json"]
    assert hcr(directory, *words).json == [700.0, 250.0, 150.0]


def test_a_sheet_has_hosting_capacities_or_the_table_that_is_named(directory, answered, hcr):
    text = hcr(directory, *shlex.split("interconnection show 7 -o csv")).stdout
    assert text.splitlines()[0].startswith("bus,kind,kw,")
    assert len(text.splitlines()) == 11
    text = hcr(directory, *shlex.split("interconnection show 7 --table units -o csv")).stdout
    assert text.splitlines()[2] == "2,school,b8,pv,150.0,187.5,"


def test_tables_are_those_of_the_study():
    assert tuple(records_of(sample())) == TABLES


def test_people_read_the_story_in_tables(directory, answered, hcr):
    text = hcr(directory, *shlex.split("interconnection show 7 -o table")).stdout
    assert text.startswith(
        "Interconnection study of feeder radial, engine batch, 432 days judged.\nwarning: 1 bus"
    )
    sections = {part.splitlines()[0]: part.splitlines()[1:] for part in text.split("\n\n")[1:]}
    smallest = sections["Hosting capacity, the smallest first"][1]
    assert smallest.split() == ["b10", "pv", "0", "voltage", "change", "b10", "3.20", "%", "3.00", "%", "12"]
    assert "school" in sections["Queue"][2]
    assert sections["Sequences"][1].split() == ["0", "1", "2", "3", "3", "b10", "700", "58800", "235", "84"]
    assert len(sections["Upgrades"]) == 5
    assert sections["Who pays [USD], by rule"][3].split() == ["0", "3", "58800", "21000", "45150", "56000"]


def test_a_report_is_one_file_named_after_the_study(directory, answered, hcr, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = hcr(directory, *shlex.split("interconnection report 7"))
    assert (outcome.code, outcome.stdout) == (0, "7.html\n")
    assert Path("7.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert hcr(directory, *shlex.split("interconnection report 7 -o mine.html")).stdout == "mine.html\n"


def test_a_file_that_cannot_be_written_is_said(directory, answered, hcr, tmp_path):
    outcome = hcr(directory, "interconnection", "report", "7", "--out", tmp_path / "no" / "r.html")
    assert outcome.code == 2
    assert "cannot be written" in outcome.stderr


@pytest.mark.parametrize("command", ["show", "report"])
def test_an_unknown_study_is_not_found(directory, service, hcr, command):
    service.data = {"getInterconnectionResult": None}
    outcome = hcr(directory, "interconnection", command, "9")
    assert (outcome.code, outcome.stdout) == (6, "")
    assert "There is no work package 9" in outcome.stderr


def test_what_the_service_refuses_is_passed_on(directory, service, hcr, scripted):
    kind = {"data": {"__type": {"fields": [{"name": name} for name in EXTENSION_FIELDS]}}}
    error = {
        "message": "work package 7 has no result yet: it has not ended",
        "extensions": {"code": "refused"},
    }
    header = {"Content-Type": "application/json"}
    service.script += [scripted(200, json.dumps(one).encode(), header) for one in (kind, {"errors": [error]})]
    outcome = hcr(directory, "interconnection", "show", "7")
    assert outcome.code == 2
    assert "has no result yet: it has not ended" in outcome.stderr


def test_a_newer_document_is_said(directory, service, hcr):
    service.data = {"getInterconnectionResult": {**result_document(sample()), "version": 99}}
    outcome = hcr(directory, "interconnection", "show", "7")
    assert outcome.code == 2
    assert "its format and version are hcr-interconnection-result and 99" in outcome.stderr


def test_a_plain_service_has_no_such_study(tmp_path, serve, point_at, hcr):
    directory = point_at(tmp_path / "plain", serve(plain=True))
    outcome = hcr(directory, "interconnection", "show", "7")
    assert outcome.code == 2
    assert "does not offer the results of interconnection studies" in outcome.stderr
