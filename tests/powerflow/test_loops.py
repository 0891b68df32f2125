"""Loops that count who uses their arrays, and bare ones that do not."""

import sys

import numpy as np

from hcr.powerflow.loops import bare_loop, loop


@loop
def _copied(values):  # type: ignore[no-untyped-def]
    return values.copy().sum()


@bare_loop
def _twice(values):  # type: ignore[no-untyped-def]
    return 2.0 * _copied(values)


def test_a_bare_loop_may_call_one_that_makes_arrays() -> None:
    values = np.arange(4.0)
    before = sys.getrefcount(values)
    assert [_twice(values) for _ in range(3)] == [12.0] * 3
    assert sys.getrefcount(values) == before
