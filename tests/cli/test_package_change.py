"""Cancel, delete, edit, retry."""

PACKAGE = {
    "id": "7",
    "name": "Summer",
    "status": "COMPLETED",
    "createdAt": "2026-01-05T12:00:00Z",
    "createdBy": {"id": "u", "username": "ana"},
    "completedAt": "2026-01-05T12:01:01Z",
    "isDeleted": False,
    "feeders": ["F1"],
    "scenarios": ["base"],
    "years": [2030],
    "warnings": [],
    "failures": [],
}


# ---- retry, which only our own service can do


def test_retry_says_which_models_run_again_and_why(directory, service, hcr):
    failure = {"feeder": "F1", "scenario": "base", "year": 2030, "code": "engine", "message": "no solution"}
    service.data = {"retryWorkPackage": [failure]}

    outcome = hcr(directory, "work-package", "retry", "7")

    assert service.operations == [("retryWorkPackage", {"workPackageId": "7"})]
    assert outcome.stdout == "feeder\tscenario\tyear\treason\nF1\tbase\t2030\tno solution\n"
    assert f"1 models run again. Follow them:  hcr {directory} work-package monitor 7" in outcome.stderr


def test_retry_of_a_whole_package_does_nothing(directory, service, hcr):
    service.data = {"retryWorkPackage": []}

    outcome = hcr(directory, "work-package", "retry", "7", "-o", "json")

    assert (outcome.code, outcome.json) == (0, [])
    assert "nothing to run again" in outcome.stderr


def test_retry_at_a_plain_service_is_explained(tmp_path, serve, point_at, hcr):
    outcome = hcr(point_at(tmp_path / "config", serve(plain=True)), "work-package", "retry", "7")

    assert outcome.code == 2
    assert "does not know `retryWorkPackage`" in outcome.stderr


def test_edit_needs_something_to_change(directory, service, hcr):
    outcome = hcr(directory, "work-package", "edit", "7")

    assert outcome.code == 2
    assert "--description" in outcome.stderr
    assert service.requests == []


def test_an_edit_that_the_service_does_not_make_is_an_error(directory, service, hcr):
    service.data = {"editWorkPackage": False}

    outcome = hcr(directory, "work-package", "edit", "7", "--name", "x")

    assert (outcome.code, outcome.stdout) == (5, "")
