import json
from dataclasses import asdict, replace

import pytest

from hcr.results.verification import VerificationRecord, WorstDifference, read_verification

RECORD = VerificationRecord(
    lanes=30,
    near_limit_lanes=6,
    seed=0,
    voltage_pu=WorstDifference(1.2e-8, "lv1.2", "2030-01-16T04:30Z"),
    current_a=WorstDifference(2e-5, "Line.l1", "2030-01-16T04:30Z"),
    current_percent=WorstDifference(),
    tolerance_pu=1e-5,
    tolerance_percent=0.1,
    passed=True,
    engines={"opendss": "DSS C-API", "batch": "hcr 1"},
    twofold=("2030-01-16T05:00Z",),
    seconds=0.2,
    share=0.1,
)


def test_a_record_comes_back_from_json_as_it_was():
    assert read_verification(json.loads(json.dumps(asdict(RECORD), allow_nan=False))) == RECORD


def test_a_record_from_before_second_solutions_were_named_is_read():
    old = {name: value for name, value in asdict(RECORD).items() if name != "twofold"}
    assert read_verification(json.loads(json.dumps(old))) == replace(RECORD, twofold=())


def test_how_long_it_took_is_no_part_of_what_was_found():
    assert replace(RECORD, seconds=9.0, share=0.9) == RECORD
    assert replace(RECORD, lanes=31) != RECORD


@pytest.mark.parametrize("broken", [{}, {"voltage_pu": {"value": 1}}, {**asdict(RECORD), "wat": 1}])
def test_a_record_with_other_fields_is_not_read(broken: dict[str, object]):
    with pytest.raises((KeyError, TypeError)):
        read_verification(broken)
