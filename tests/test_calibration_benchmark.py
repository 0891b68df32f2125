"""The benchmark of calibration, run small: it is about taps that are right, never about time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "calibration.py"
SMALL = ("--seeds", "1", "--customers", "300", "--transformers", "10", "--times", "24", "--opendss")


@pytest.mark.slow
def test_taps_of_a_feeder_are_right_in_either_engine() -> None:
    done = subprocess.run([sys.executable, SCRIPT, *SMALL], capture_output=True, text=True, check=True)
    head, *lines = done.stdout.splitlines()
    assert head.split()[:6] == ["seed", "method", "engine", "taps", "right", "unmarked"]
    rows = [line.split() for line in lines[:3]]
    assert [row[1:3] for row in rows] == [["joint", "batch"], ["joint", "opendss"], ["documented", "batch"]]
    for _, method, _, taps, right, unmarked, before, after, _ in rows:
        assert int(taps) == 10
        if method == "joint":
            assert (int(right), int(unmarked)) == (10, 0)
            assert float(after) < 0.2 * float(before)
    assert lines[3] == "joint: 10 of 10 right (100.00%), 0 wrong without a doubt"
    assert re.match(r"wanted of joint: right 100\.00% .*, error falls by \d+%", lines[5])
