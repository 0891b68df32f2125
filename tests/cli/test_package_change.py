"""Cancel, delete, edit, retry."""

import pytest

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


# ---- cancel


def by_state(*states: str):
    """Answer one look at any package with each state, the last one for ever."""
    left = list(states)

    def answer(_: object, **arguments: str) -> object:
        status = left.pop(0) if len(left) > 1 else left[0]
        return {**PACKAGE, "id": arguments["id"], "status": status}

    return answer


def test_cancel_waits_for_the_final_state(directory, service, hcr):
    service.data = {
        "getWorkPackageById": by_state("RUNNING", "RUNNING", "CANCELLED"),
        "cancelWorkPackage": "7",
    }

    outcome = hcr(directory, "work-package", "cancel", "7")

    assert (outcome.code, outcome.stdout) == (0, "7\n")
    assert "Cancel: 7  Summer  RUNNING" in outcome.stderr
    assert [name for name, _ in service.operations] == [
        "getWorkPackageById",
        "cancelWorkPackage",
        "getWorkPackageById",
        "getWorkPackageById",
    ]


@pytest.mark.parametrize("command", ["cancel", "delete"])
def test_one_unknown_id_changes_nothing(directory, service, hcr, command: str):
    def answer(_: object, **arguments: str) -> object:
        return None if arguments["id"] == "8" else {**PACKAGE, "id": arguments["id"]}

    service.data = {"getWorkPackageById": answer}

    outcome = hcr(directory, "work-package", command, "7", "8", "9")

    assert (outcome.code, outcome.stdout) == (6, "")
    assert "work package 8" in outcome.stderr
    assert {name for name, _ in service.operations} == {"getWorkPackageById"}


def test_one_that_cannot_be_cancelled_does_not_keep_the_others(directory, service, hcr):
    def cancel(_: object, **arguments: str) -> str:
        if arguments["workPackageId"] in ("7", "8"):
            raise ValueError(f"404: no running package {arguments['workPackageId']}")
        return arguments["workPackageId"]

    service.data = {"getWorkPackageById": by_state("CANCELLED"), "cancelWorkPackage": cancel}

    outcome = hcr(directory, "work-package", "cancel", "7", "8", "9")

    assert (outcome.code, outcome.stdout) == (6, "9\n")
    assert "work package 7 cannot be cancelled: it was cancelled already" in outcome.stderr
    assert "Work package 8 cannot be cancelled: it was cancelled already" in outcome.stderr


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("COMPLETED", "it is completed already"),
        ("FAILED", "it has failed already"),
        ("TIMEDOUT", "it has timed out already"),
        ("RUNNING", "no running package 7"),
    ],
)
def test_a_package_that_has_ended_is_not_called_unknown(directory, service, hcr, status: str, said: str):
    def cancel(_: object, **arguments: str) -> str:
        raise ValueError(f"404: no running package {arguments['workPackageId']}")

    service.data = {"getWorkPackageById": by_state(status), "cancelWorkPackage": cancel}

    outcome = hcr(directory, "work-package", "cancel", "7")

    assert (outcome.code, outcome.stdout) == (6, "")
    assert said in outcome.stderr


@pytest.mark.parametrize(
    ("command", "operation"), [("cancel", "cancelWorkPackage"), ("delete", "deleteWorkPackage")]
)
@pytest.mark.parametrize(
    ("typed", "more", "asked", "done"),
    [
        ("y\n", (), True, True),
        ("n\n", (), True, False),
        ("\n", (), True, False),
        ("", ("--yes",), False, True),
    ],
)
def test_a_terminal_is_asked(directory, service, terminal, command, operation, typed, more, asked, done):
    service.data = {
        "getWorkPackageById": by_state("CANCELLED"),
        "cancelWorkPackage": "7",
        "deleteWorkPackage": ["7"],
    }

    outcome = terminal(directory, "work-package", command, "7", "-q", *more, typed=typed)

    assert ("it?" in outcome.stderr) == asked
    assert ("7  Summer" in outcome.stderr) == asked, "who is asked must know what about, even when quiet"
    assert (operation in [name for name, _ in service.operations]) == done
    assert outcome.stdout == ("7\n" if done else "")
    assert outcome.code == (0 if done else 130)


@pytest.mark.parametrize(
    ("command", "operation"), [("cancel", "cancelWorkPackage"), ("delete", "deleteWorkPackage")]
)
@pytest.mark.parametrize(
    ("piped", "more", "codes"),
    [
        ("y\n", (), (0, 0)),
        ("YES", (), (0, 0)),
        ("n\n", (), (130, 130)),
        ("no\r\n", (), (130, 130)),
        ("", (), (0, 2)),
        ("", ("--yes",), (0, 0)),
        ("n\n", ("--yes",), (0, 0)),
        ("17cd-91ab\n", (), (0, 2)),
    ],
)
def test_a_pipe_may_hold_the_answer(
    directory, service, hcr, pipe, command, operation, piped: str, more: tuple[str, ...], codes
):
    service.data = {
        "getWorkPackageById": by_state("CANCELLED"),
        "cancelWorkPackage": "7",
        "deleteWorkPackage": ["7"],
    }
    pipe(piped)

    outcome = hcr(directory, "work-package", command, "7", "-q", *more)

    assert outcome.code == codes[command == "delete"]
    done = outcome.code == 0
    assert (operation in [name for name, _ in service.operations]) == done
    assert outcome.stdout == ("7\n" if done else "")
    assert ("nothing was changed" in outcome.stderr) == (outcome.code == 130)
    assert ("Add --yes" in outcome.stderr) == (outcome.code == 2)


def test_quiet_names_nothing_where_nobody_is_asked(directory, service, hcr):
    service.data = {"getWorkPackageById": by_state("CANCELLED"), "cancelWorkPackage": "7"}

    assert hcr(directory, "work-package", "cancel", "7", "-q").stderr == ""


def test_a_package_that_the_service_keeps_is_named(directory, service, hcr):
    service.data = {"getWorkPackageById": by_state("COMPLETED"), "deleteWorkPackage": ["7"]}

    outcome = hcr(directory, "work-package", "delete", "7", "8", "--yes")

    assert (outcome.code, outcome.stdout) == (5, "7\n")
    assert "did not delete 8" in outcome.stderr
