from hcr.client.answers import Verification

ANSWER = {
    "feeder": "maple",
    "scenario": "base",
    "year": 2030,
    "lanes": 30,
    "values": 400,
    "voltagePu": 1.5e-8,
    "voltageNode": "lv1.2",
    "currentA": 2e-5,
    "currentPercent": None,
    "disagreements": [],
    "passed": True,
}


def test_everything_of_an_answer_is_read():
    found = Verification.read(ANSWER)
    assert (found.feeder, found.scenario, found.year) == ("maple", "base", 2030)
    assert (found.lanes, found.values) == (30, 400)
    assert (found.voltage_pu, found.voltage_node) == (1.5e-8, "lv1.2")
    assert (found.current_a, found.current_percent) == (2e-5, None)
    assert found.disagreements == ()
    assert found.passed


def test_what_is_missing_becomes_empty_and_never_counts_as_passed():
    found = Verification.read({"disagreements": ["a value differs"]})
    assert (found.feeder, found.year, found.lanes, found.voltage_pu) == ("", None, 0, None)
    assert found.disagreements == ("a value differs",)
    assert not found.passed
    assert not Verification.read(None).passed
    assert not Verification.read({"passed": "yes"}).passed
