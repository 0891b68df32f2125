"""What an interconnection study found, over the wire."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from hcr.results.layout import TaskSpan
from hcr.service.ledger_entry import Failure, NewPackage, TaskKey
from hcr.service.missing_results import missing_results
from hcr.service.resolvers import Service
from hcr.studies.interconnection.document import result_of_document, write_document
from interconnection_sample import sample

Ask = Callable[..., Any]

RESULT = """query ($id: ID!, $feeder: String) { getInterconnectionResult(id: $id, feeder: $feeder) }"""
DAY = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)


@pytest.fixture
def enter_study(service: Service) -> Callable[..., None]:
    """Enter the study `s1`, with one task a feeder, of which those in `solved` have a document."""

    def enter(*feeders: str, solved: tuple[str, ...] = (), kind: str = "interconnection") -> None:
        tasks = [(feeder, "base", 2025) for feeder in feeders]
        service.ledger.add(NewPackage("s1", "s1", kind, {}, tasks))
        for at, feeder in enumerate(feeders):
            if feeder in solved:
                span = TaskSpan("base", feeder, 2025, *DAY)
                written = write_document(sample(), service.place.results("s1"), task=span)
                service.ledger.start(TaskKey("s1", at))
                service.ledger.succeed(TaskKey("s1", at), {"tables": [asdict(written)]})

    return enter


def test_a_study_of_one_feeder_is_answered_whole(ask: Ask, enter_study: Callable[..., None]) -> None:
    enter_study("north", solved=("north",))
    assert result_of_document(ask(RESULT, id="s1")["getInterconnectionResult"]) == sample()


def test_what_is_solved_is_answered_while_others_run(ask: Ask, enter_study: Callable[..., None]) -> None:
    enter_study("north", "south", solved=("north",))
    assert ask(RESULT, id="s1", feeder="north")["getInterconnectionResult"]["version"] == 1


def test_an_unknown_study_is_null(ask: Ask) -> None:
    assert ask(RESULT, id="s9") == {"getInterconnectionResult": None}


@pytest.mark.parametrize(
    ("entered", "feeder", "code", "text"),
    [
        ({}, None, "refused", "has no result yet: it has not ended"),
        ({"kind": "forecast"}, None, "refused", "has no interconnection result: it is a forecast package"),
        ({}, "west", "not_found", "has no feeder 'west': it has north, south"),
        ({"solved": ("north", "south")}, None, "refused", "the feeders north, south have one each"),
    ],
)
def test_what_cannot_be_answered_is_said(
    ask: Ask, enter_study: Callable[..., None], entered: Any, feeder: str | None, code: str, text: str
) -> None:
    enter_study("north", "south", **entered)
    (error,) = ask(RESULT, id="s1", feeder=feeder)
    assert error["extensions"]["code"] == code
    assert text in error["message"]


def test_a_failed_study_tells_why(ask: Ask, service: Service, enter_study: Callable[..., None]) -> None:
    enter_study("north")
    service.ledger.start(TaskKey("s1", 0))
    service.ledger.fail(TaskKey("s1", 0), Failure("model", "the feeder has no source"))
    service.ledger.close_package("s1")
    (error,) = ask(RESULT, id="s1")
    assert "has no result: the feeder has no source" in error["message"]


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_damaged_document_is_said_and_solved_again(
    ask: Ask, service: Service, enter_study: Callable[..., None], damage: str
) -> None:
    enter_study("north", solved=("north",))
    (path,) = service.place.results("s1").rglob("interconnection.json")
    path.unlink() if damage == "gone" else path.write_bytes(path.read_bytes()[:1000])
    (error,) = ask(RESULT, id="s1")
    assert "interconnection.json cannot be read" in error["message"]
    assert str(service.place.results("s1")) not in error["message"]
    lost = missing_results(service.ledger.tasks_of("s1"), service.place.results("s1"))
    assert "interconnection.json is missing or damaged" in lost[0]


def test_a_whole_document_is_not_missing(service: Service, enter_study: Callable[..., None]) -> None:
    enter_study("north", solved=("north",))
    assert missing_results(service.ledger.tasks_of("s1"), service.place.results("s1")) == {}
