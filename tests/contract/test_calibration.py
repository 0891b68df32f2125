"""The arguments of `runCalibration`, in step with the SDL."""

from datetime import datetime

import pytest
from graphql import build_schema

from hcr.contract.calibration import MOST_TIMES, CalibrationInput
from hcr.contract.enums import CalibrationMethod
from hcr.contract.schema import schema_text

FIRST, LATER = "2025-01-15T04:00:00", "2025-01-16T04:00:00"


def test_the_fields_are_the_arguments_of_the_operation():
    mutation = build_schema(schema_text()).mutation_type
    assert mutation is not None
    arguments = set(mutation.fields["runCalibration"].args)
    assert {field.alias for field in CalibrationInput.model_fields.values()} == arguments - {"engine"}


def test_instants_are_in_order_and_each_once():
    found = CalibrationInput(calibration_name="x", calibration_time_local=LATER, times=[LATER, FIRST])
    assert found.instants == (datetime(2025, 1, 15, 4), datetime(2025, 1, 16, 4))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"calibrationTimeLocal": FIRST}, "DOCUMENTED"),
        ({"times": [FIRST, FIRST]}, "DOCUMENTED"),
        ({"times": [FIRST, LATER]}, "JOINT"),
        ({"times": [FIRST], "method": "JOINT"}, "JOINT"),
    ],
)
def test_the_method_goes_with_the_number_of_instants(given: dict[str, object], expected: str):
    request = CalibrationInput.model_validate({"calibrationName": "x", **given})
    assert request.chosen_method is CalibrationMethod(expected)


@pytest.mark.parametrize(
    ("given", "place", "words"),
    [
        ({}, "calibrationTimeLocal", "A time is needed"),
        ({"times": [FIRST, LATER], "method": "DOCUMENTED"}, "method", "takes one time, and 2 are given"),
        ({"times": [f"20{y:02}-0{m}-1{d}T04:00" for y in range(25) for m in range(1, 10) for d in range(10)]},
         "times", f"at most {MOST_TIMES}"),
    ],
)  # fmt: skip
def test_what_cannot_be(refusals, given: dict[str, object], place: str, words: str):
    faults = refusals(CalibrationInput, {"calibrationName": "x", **given})
    assert words in faults[place]
