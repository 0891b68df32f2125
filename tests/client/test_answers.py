import dataclasses
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hcr.client import answers
from hcr.client.answers import (
    CalibrationRun,
    DurationCurve,
    Model,
    ModelGrouping,
    ModelTotals,
    OpenDssModel,
    OpenDssModelPage,
    ScenarioConfigurationPage,
    TapSetting,
    TaskFailure,
    User,
    WorkPackage,
    WorkPackagePage,
    WorkPackageStats,
    WorkPackageTree,
)

READABLE = [value for value in vars(answers).values() if hasattr(value, "read")]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


def test_exports_are_sorted_and_complete():
    assert set(answers.__all__) == {
        name for name in vars(answers) if not name.startswith("_") and name[0].isupper()
    }


def test_work_package_as_our_service_answers_it():
    package = WorkPackage.read(
        {
            "id": 42,
            "name": "summer",
            "status": "COMPLETED",
            "createdAt": "2026-01-05T12:00:00Z",
            "createdBy": {"id": "u1", "username": "ana"},
            "completedAt": None,
            "parentId": "41",
            "feeders": ["F1", "F2"],
            "scenarios": ["base"],
            "years": [2030, "2031", None],
            "progressDetails": {
                "modelTotals": {
                    "totalModels": "4",
                    "totalSucceeded": 2,
                    "totalFailed": 1,
                    "totalTimedOut": 1,
                },
                "modelGroupings": {
                    "failed": [{"feeder": "F1", "scenario": "base", "year": 2030}],
                    "pending": [],
                },
            },
            "warnings": ["`loadModel` has no effect"],
            "failures": [
                {"feeder": "F1", "scenario": "base", "year": 2030, "code": "not_converged", "message": "no"}
            ],
            "resultsPath": "/r/42",
            "engine": "batch",
            "activity": "capacities: 3 of 9",
            "somethingNew": {"of": "next year"},
        }
    )
    assert package.id == "42"
    assert package.created_at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert package.created_by == User(id="u1", username="ana")
    assert package.completed_at is None
    assert package.years == (2030, 2031)
    assert package.totals == ModelTotals(total=4, succeeded=2, failed=1, timed_out=1)
    assert package.totals.finished == 4
    assert package.groupings == (
        ModelGrouping("failed", (Model("F1", "base", 2030),)),
        ModelGrouping("pending", ()),
    )
    assert package.warnings == ("`loadModel` has no effect",)
    assert package.failures == (TaskFailure("F1", "base", 2030, "not_converged", "no"),)
    assert (package.results_path, package.engine) == ("/r/42", "batch")
    assert package.activity == "capacities: 3 of 9"
    assert package.is_final


def test_work_package_with_next_to_nothing():
    package = WorkPackage.read({"id": "1"})
    assert package == WorkPackage(id="1")
    assert not package.is_final


def test_pages_count_what_they_hold_when_the_service_does_not():
    page = WorkPackagePage.read({"workPackages": [{"id": "1"}, {"id": "2"}]})
    assert (page.total, page.offset, [package.id for package in page.work_packages]) == (2, 0, ["1", "2"])
    assert WorkPackagePage.read({"totalCount": "70", "offset": "50"}).total == 70
    assert OpenDssModelPage.read({"models": [{"id": 1}]}).total == 1
    assert OpenDssModelPage.read({"totalCount": 5, "offset": 2}).offset == 2
    assert ScenarioConfigurationPage.read({"scenarioConfigs": [{"id": 1}]}).total == 1
    assert ScenarioConfigurationPage.read({"totalCount": 5}).total == 5


def test_tree_and_statistics():
    tree = WorkPackageTree.read({"ancestors": [{"id": "1"}], "children": []})
    assert [package.id for package in tree.ancestors] == ["1"]
    assert WorkPackageStats.read({"duration": "61"}).duration_s == 61


def test_calibration_run():
    run = CalibrationRun.read(
        {"id": "r", "name": "july", "status": "RUNNING", "startAt": "2026-01-05T12:00:00Z"}
    )
    assert run.started_at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert not run.is_final
    assert dataclasses.replace(run, status="FAILED").is_final


def test_tap_setting_in_mixed_leaf_types():
    setting = TapSetting.read(
        {"id": "tx", "lowStep": -8, "highStep": "8", "tapPosition": "2.5", "controlEnabled": "true"}
    )
    assert setting == TapSetting("tx", -8, 8, None, 2.5, True, None)


def test_open_dss_model():
    model = OpenDssModel.read({"id": 9, "state": "FAILED", "errors": ["no feeder"], "isPublic": False})
    assert (model.id, model.errors, model.is_public) == ("9", ("no feeder",), False)
    assert model.is_final
    assert not OpenDssModel.read({"state": "CREATION"}).is_final


def test_duration_curve():
    curve = DurationCurve.read(
        {"terminalSequenceNumber": 1, "durationCurve": {"points": [{"percentageOfTime": 5, "kw": "12.5"}]}}
    )
    assert curve.terminal_sequence_number == 1
    assert (curve.points[0].percentage_of_time, curve.points[0].kw) == (5.0, 12.5)


@pytest.mark.parametrize("kind", READABLE, ids=lambda kind: kind.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_no_answer_is_too_strange_to_read(kind: type, data: st.DataObject):
    value = data.draw(
        st.dictionaries(st.sampled_from(["id", "years", "createdBy", "progressDetails"]), JSON) | JSON
    )
    assert isinstance(kind.read(value), kind)


def test_the_client_starts_without_pydantic_msal_and_server_libraries():
    heavy = {"pydantic", "msal", "requests", "numpy", "graphql", "sqlalchemy", "starlette"}
    script = f"import sys, hcr.client.connect; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
