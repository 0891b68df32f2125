"""Stored results checked through the service: a solved package, in a task process."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hcr.contract.inputs import WorkPackageInput
from hcr.errors import EngineError, FeederError, HcrError, NotFoundError, UsageError
from hcr.results.manifest import Manifest, TaskRecord, write_manifest
from hcr.results.table_writer import WrittenTable
from hcr.results.verification import read_verification
from hcr.service import verification
from hcr.service.app import create_app
from hcr.service.ledger_entry import NewPackage
from hcr.service.place import Place
from hcr.service.resolvers import Service
from hcr.service.task_process import run_task
from hcr.service.verification import LIMIT_SECONDS, Wanted, verify_package, verify_results, wanted
from hcr.studies.plan import plan

Forecast = Callable[..., dict[str, object]]
FEW = Wanted(lanes=4)


@pytest.fixture
def solved(tmp_path: Path, tiny_feeder: Path, forecast: Forecast) -> Place:
    """A place with the feeder `tiny` and the results of package `p1`: two years, of which one failed."""
    shutil.copytree(tiny_feeder, tmp_path / "feeders" / "tiny")
    place = Place(tmp_path)
    request = forecast("tiny", years=(2025, 2030))
    first, second = plan(WorkPackageInput.model_validate(request))
    done: dict[str, Any] = run_task(first, place.library, place.results("p1"))
    record = TaskRecord(
        first.feeder, first.scenario, first.year, "SUCCEEDED", done["model_digest"], done["load_data_digest"],
        done["utc_offset"], tuple(WrittenTable(**one) for one in done["tables"]), engine=done["engine"],
        verification=read_verification(done["verification"]),
    )  # fmt: skip
    failed = TaskRecord(second.feeder, second.scenario, second.year, "FAILED")
    manifest = Manifest(
        "p1", "forecast", "x", "2026-01-01T00:00:00Z", request, "auto", {}, tasks=(record, failed)
    )
    write_manifest(place.results("p1"), manifest)
    return place


def test_a_model_with_results_is_checked_in_a_process_of_its_own(solved: Place) -> None:
    (found,) = verify_package(solved, "p1", FEW)
    assert (found["feeder"], found["scenario"], found["year"]) == ("tiny", "base", 2025)
    assert found["passed"]
    assert found["disagreements"] == []
    assert found["lanes"] >= 4
    assert found["values"] > 0
    assert 0 <= found["voltagePu"] < 1e-6
    assert found["voltageNode"]


def test_only_the_models_that_are_meant_are_checked(solved: Place) -> None:
    folder, library = solved.results("p1"), solved.library
    assert len(verify_results(folder, library, Wanted(4, feeder="tiny", scenario="base", year=2025))) == 1
    for other in (Wanted(feeder="north"), Wanted(scenario="high"), Wanted(year=2030)):
        with pytest.raises(NotFoundError, match="no results to check"):
            verify_results(folder, library, other)


def test_a_changed_table_does_not_pass(solved: Place) -> None:
    path = next((solved.results("p1") / "zone_summary").rglob("*.parquet"))
    path.write_bytes(path.read_bytes() + b"?")
    (found,) = verify_results(solved.results("p1"), solved.library, FEW)
    assert not found["passed"]
    assert found["disagreements"]


def test_a_changed_model_is_named_across_the_process(solved: Place) -> None:
    with (solved.directory / "feeders" / "tiny" / "model" / "Loads.dss").open("a") as stream:
        stream.write("! hello\n")
    with pytest.raises(FeederError, match="the model changed since the package was solved"):
        verify_package(solved, "p1", FEW)


def test_a_package_without_results_is_not_found(place: Place) -> None:
    with pytest.raises(NotFoundError):
        verify_package(place, "p1", FEW)


@pytest.mark.parametrize("content", [None, "{", "[]", "\0"])
def test_why_there_is_no_manifest_is_told_without_folders(place: Place, content: str | None) -> None:
    if content is not None:
        place.results("p1").mkdir(parents=True)
        (place.results("p1") / "manifest.json").write_text(content)
    with pytest.raises(HcrError, match="manifest") as caught:
        verify_package(place, "p1", FEW)
    said = f"{caught.value} {caught.value.remedy}"
    assert str(place.directory) not in said
    assert "Error" not in said


def test_a_check_that_takes_too_long_is_ended(solved: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "LIMIT_SECONDS", 0.01)
    with pytest.raises(EngineError, match=r"took more than 0\.01 s"):
        verify_package(solved, "p1", FEW)
    assert LIMIT_SECONDS < 60  # a client waits no longer


def test_arguments_that_are_null_count_as_left_out() -> None:
    assert wanted({"lanes": None, "seed": 3, "year": None}) == Wanted(seed=3)


@pytest.mark.parametrize("arguments", [{"lanes": 0}, {"lanes": 1001}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        wanted(arguments)


# ---- through GraphQL

VERIFY = "query ($id: ID!, $lanes: Int) { verifyWorkPackage(id: $id, lanes: $lanes) { feeder year passed } }"


@pytest.fixture
def ask(solved: Place, forecast: Forecast) -> Any:
    import asyncio

    import httpx

    service = Service(solved, lambda ledger, place: None)
    service.ledger.add(NewPackage("p1", "x", "forecast", forecast("tiny"), [("tiny", "base", 2025)]))
    app = create_app(service)

    def call(**variables: object) -> dict[str, Any]:
        async def once() -> dict[str, Any]:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost", headers={"content-type": "application/json"}
            ) as client:
                body = json.dumps({"query": VERIFY, "variables": variables})
                answer: dict[str, Any] = (await client.post("/api/graphql", content=body)).json()
                return answer

        return asyncio.run(once())

    yield call
    service.close()


def test_the_query_answers_for_each_model(ask: Any) -> None:
    answer = ask(id="p1", lanes=3)
    assert answer == {"data": {"verifyWorkPackage": [{"feeder": "tiny", "year": 2025, "passed": True}]}}


def test_an_unknown_package_is_not_found(ask: Any) -> None:
    (error,) = ask(id="nowhere")["errors"]
    assert error["extensions"]["code"] == "not_found"


def test_what_the_user_can_mend_is_refused(ask: Any, solved: Place) -> None:
    (error,) = ask(id="p1", lanes=0)["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("lanes must be from 1 to 1000", "refused")
    (solved.directory / "feeders" / "tiny" / "load_data.parquet").unlink()
    (error,) = ask(id="p1")["errors"]
    assert error["extensions"]["code"] == "refused"
    assert "the load data changed since the package was solved" in error["message"]


def test_a_calibration_is_refused_by_name(place: Place) -> None:
    manifest = Manifest("p1", "calibration", "winter", "2025-01-15T00:00:00Z", {}, "auto", {})
    write_manifest(place.results("p1"), manifest)
    with pytest.raises(UsageError, match="a calibration cannot be verified"):
        verify_results(place.results("p1"), place.library, Wanted())
