from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from hcr.contract.inputs import WorkPackageInput
from hcr.studies.options import HONOURED, NUMBERS_OF_STUDY, REFUSED, Review, review

PERIOD = {"timePeriod": {"startTime": "2025-01-01T00:00:00", "endTime": "2025-01-02T00:00:00"}}


def options(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """Yield the wire path and the type of every option below an input model; a list is one option."""
    for field in model.model_fields.values():
        here = (*path, str(field.alias))
        inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if is_model(kind)]
        if inner:
            yield from options(inner[0], here)
        else:
            yield ".".join(here), field.annotation


def is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


OPTIONS = [
    (path, kind) for path, kind in options(WorkPackageInput) if path.split(".")[0] not in NUMBERS_OF_STUDY
]


def enum_of(kind: object) -> type[Enum] | None:
    return next(
        (one for one in (kind, *get_args(kind)) if isinstance(one, type) and issubclass(one, Enum)), None
    )


def set_to(path: str, value: object) -> dict[str, Any]:
    for name in reversed(path.split(".")):
        value = {name: value}
    assert isinstance(value, dict)
    return value


def verdict(found: Review, path: str) -> set[str]:
    """Return what a review says of one option."""
    refused = any(".".join(str(part) for part in one.path) == path for one in found.refusals)
    warned = any(path in warning for warning in found.warnings)
    return {word for word, holds in (("refused", refused), ("warned", warned)) if holds}


def test_the_walk_finds_the_options_of_every_block():
    blocks = {path.split(".")[0] for path, _ in OPTIONS}

    assert blocks == {
        "executorConfig",
        "intervention",
        "generatorConfig",
        "qualityAssuranceProcessing",
        "resultProcessorConfig",
    }
    assert len(OPTIONS) > 120


@pytest.mark.parametrize(("path", "kind"), OPTIONS, ids=[path for path, _ in OPTIONS])
def test_no_option_is_ignored_in_silence(path: str, kind: object):
    members = enum_of(kind)
    values = [member.value for member in members] if members else [True, 0, 0.0, 1.5, "text", [1.0]]
    refusing = any(path == key or path.startswith(key + ".") for key in REFUSED)

    for value in values:
        found = verdict(review(set_to(path, value)), path)

        if path in HONOURED:
            assert found == ({"refused"} if value == "POSTGRES" else set())
        else:
            assert found == ({"refused"} if refusing else {"warned"})


@pytest.mark.parametrize("off", [None, False, []])
def test_asking_for_nothing_needs_no_words(off: object):
    for path, _ in OPTIONS:
        if path not in HONOURED:
            assert review(set_to(path, off)) == Review()


def test_the_lists_name_options_that_exist():
    paths = {path for path, _ in OPTIONS}

    assert paths >= HONOURED
    assert all(any(path == key or path.startswith(key + ".") for path in paths) for key in REFUSED)
    assert not any(path == key or path.startswith(key + ".") for path in HONOURED for key in REFUSED)


def test_a_refusal_says_where_and_why():
    (refusal,) = review({"generatorConfig": {"model": {"calibration": True}}}).refusals

    assert refusal.path == ("generatorConfig", "model", "calibration")
    assert refusal.message == "a calibration is a run of its own, not a forecast option"


def test_idle_options_are_one_warning():
    wire = {"generatorConfig": {"model": {"maxLoadTxRatio": 3.0}}, "executorConfig": {"value": "x"}}

    assert review(wire).warnings == [
        "no effect in this service: generatorConfig.model.maxLoadTxRatio, executorConfig.value"
    ]


def config(**changes: object) -> dict[str, Any]:
    return {"feeder": "north", "scenarios": ["base"], "years": [2025, 2026], **PERIOD, **changes}


def test_the_same_model_at_two_load_times_is_refused():
    later = {"timePeriod": {"startTime": "2025-02-01T00:00:00", "endTime": "2025-02-02T00:00:00"}}
    clash = {"feeder": "north", "scenarios": ["base"], "years": [2026], **later}

    (refusal,) = review({"feederConfigs": {"configs": [config(), config(feeder="south"), clash]}}).refusals

    assert refusal.path == ("feederConfigs", "configs", 2)
    assert refusal.message.startswith("north, scenario base, year 2026 is asked for twice")


def test_the_same_model_asked_for_twice_alike_is_no_fault():
    assert review({"feederConfigs": {"configs": [config(), config()]}}) == Review()
