"""`work-package verify`: what is asked, what is shown, and how it ends."""

import pytest

MODELS = [
    {"feeder": "F1", "scenario": "base", "year": 2030},
    {"feeder": "F2", "scenario": "base", "year": 2030},
]
OTHER_STAGES = ("pending", "generation", "execution", "resultProcessing", "failed", "cancelled", "timedOut")
PACKAGE = {
    "id": "7",
    "name": "Summer",
    "status": "COMPLETED",
    "createdAt": "2026-01-05T12:00:00Z",
    "isDeleted": False,
    "feeders": ["F1", "F2"],
    "scenarios": ["base"],
    "years": [2030],
    "warnings": [],
    "failures": [],
    "progressDetails": {
        "modelTotals": {
            "totalModels": 2, "totalPending": 0, "totalRunning": 0, "totalSucceeded": 2, "totalFailed": 0,
            "totalCancelled": 0, "totalTimedOut": 0,
        },
        "modelGroupings": {
            "succeeded": MODELS,
            **{stage: [] for stage in OTHER_STAGES},
        },
    },
}  # fmt: skip
GOOD = {
    "feeder": "F1",
    "scenario": "base",
    "year": 2030,
    "lanes": 30,
    "values": 412,
    "voltagePu": 1.23456e-8,
    "voltageNode": "lv1.2",
    "currentA": 2.5e-5,
    "currentPercent": 1.5e-5,
    "disagreements": [],
    "passed": True,
}
BAD = {**GOOD, "disagreements": ["zone_summary: t001: min_voltage_pu is 0.9"], "passed": False}


@pytest.fixture
def answering(service):
    """A service whose package has two solved models, checked with the given answer."""

    def answer(found: dict[str, object]):
        service.data = {
            "getWorkPackageById": PACKAGE,
            "verifyWorkPackage": lambda info, feeder, **_: [{**found, "feeder": feeder}],
        }
        return service

    return answer


def asked(service) -> list[object]:
    return [variables for name, variables in service.operations if name == "verifyWorkPackage"]


def test_each_model_with_results_is_asked_for_on_its_own(answering, directory, hcr):
    service = answering(GOOD)

    outcome = hcr(directory, "work-package", "verify", "7", "--lanes", "8", "--seed", "3")

    assert outcome.code == 0
    assert asked(service) == [{"id": "7", "lanes": 8, "seed": 3, **model} for model in MODELS]
    assert "2 models agree with OpenDSS." in outcome.stderr


def test_a_table_shows_how_far_the_engines_are_apart(answering, directory, hcr):
    answering(GOOD)

    outcome = hcr(directory, "work-package", "verify", "7")

    head, first, second = outcome.stdout.splitlines()
    assert head.split("\t") == [
        "feeder", "scenario", "year", "agrees", "lanes", "values",
        "voltage_pu", "current_a", "current_percent",
    ]  # fmt: skip
    assert first.split("\t") == ["F1", "base", "2030", "yes", "30", "412", "1.23e-08", "2.5e-05", "1.5e-05"]
    assert second.startswith("F2\t")


def test_what_does_not_agree_is_told_and_ends_with_1(answering, directory, hcr):
    answering(BAD)

    outcome = hcr(directory, "work-package", "verify", "7")

    assert outcome.code == 1
    assert "\tno\t" in outcome.stdout
    assert "F1 · base · 2030: zone_summary: t001: min_voltage_pu is 0.9" in outcome.stderr
    assert "2 of 2 models of work package 7 do not agree with OpenDSS" in outcome.stderr


def test_json_has_everything(answering, directory, hcr):
    answering({**BAD, "voltagePu": None, "voltageNode": None})

    outcome = hcr(directory, "work-package", "verify", "7", "-o", "json")

    assert outcome.code == 1
    assert outcome.json[0] == {
        "feeder": "F1", "scenario": "base", "year": 2030, "agrees": False, "lanes": 30, "values": 412,
        "voltage_pu": None, "voltage_node": None, "current_a": 2.5e-05, "current_percent": 1.5e-05,
        "disagreements": ["zone_summary: t001: min_voltage_pu is 0.9"],
    }  # fmt: skip


def test_a_changed_input_ends_with_2(directory, service, scripted, hcr):
    refusal = (
        b'{"errors": [{"message": "feeder F1: the model changed since the package was solved",'
        b' "extensions": {"code": "refused"}}], "data": null}'
    )

    def found(info: object, **_: object) -> object:
        service.script.append(scripted(200, refusal))  # the answer to what is asked next
        return PACKAGE

    service.data = {"getWorkPackageById": found}

    outcome = hcr(directory, "work-package", "verify", "7")

    assert (outcome.code, outcome.stdout) == (2, "")
    assert "the model changed since the package was solved" in outcome.stderr


def test_a_package_without_results_ends_with_6(directory, service, hcr):
    groups = {**PACKAGE["progressDetails"]["modelGroupings"], "succeeded": []}
    service.data = {
        "getWorkPackageById": {
            **PACKAGE,
            "status": "FAILED",
            "progressDetails": {**PACKAGE["progressDetails"], "modelGroupings": groups},
        }
    }

    outcome = hcr(directory, "work-package", "verify", "7")

    assert outcome.code == 6
    assert "it is FAILED" in outcome.stderr


def test_a_plain_service_cannot_check(tmp_path, serve, point_at, hcr):
    plain = serve(plain=True)
    plain.data = {"getWorkPackageById": PACKAGE}

    outcome = hcr(point_at(tmp_path / "plain", plain), "work-package", "verify", "7")

    assert outcome.code == 2
    assert "does not offer a check of stored results" in outcome.stderr


@pytest.mark.parametrize("words", [("--lanes", "1"), ("--lanes", "many"), ("--seed", "-1")])
def test_numbers_out_of_range_are_refused(directory, service, hcr, words: tuple[str, str]):
    assert hcr(directory, "work-package", "verify", "7", *words).code == 2
    assert service.requests == []
