"""Drawings: where things lie, and that they never break on what they are given."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hcr.cli.svg import Axes, Series, histogram, lines, ticks

NUMBERS = st.lists(st.floats(-1e6, 1e6), max_size=50)


def test_axes_place_the_corners():
    axes = Axes((0.0, 10.0), (0.0, 1.0), "x", "y")
    (left, bottom), (right, top) = axes.at(0.0, 0.0), axes.at(10.0, 1.0)
    assert left < right
    assert top < bottom


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-5.29, 2.83, [-4.0, -2.0, 0.0, 2.0]),
        (0.0, 112.0, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]),
        (0.0, 0.3, [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]):
    assert ticks(low, high) == expected


def test_zero_is_on_the_axis_of_a_histogram():
    text = histogram([("after", "red", [4.0, 5.0])], bins=4, x_label="error", y_label="count")
    assert ">0</text>" in text


def test_a_histogram_counts_every_value():
    text = histogram(
        [("before", "red", [-9.0, 1.0, 1.1, 2.0, 90.0])], bins=4, x_label="error", y_label="count"
    )
    assert sum(int(count) for count in re.findall(r"before: (\d+)", text)) == 5


@pytest.mark.parametrize(
    "text",
    [
        histogram([], bins=3, x_label="x", y_label="y"),
        lines([], x_label="", y_label=""),
    ],
)
def test_nothing_is_said_in_words(text: str):
    assert "Nothing to draw" in text


@settings(max_examples=50, deadline=None)
@given(NUMBERS, NUMBERS)
def test_drawings_are_sound_whatever_the_numbers(first: list[float], second: list[float]):
    drawn = [
        histogram([("a", "red", first), ("b", "blue", second)], bins=7, x_label="<x>", y_label="y"),
        lines([Series("a&b", "red", list(zip(first, second, strict=False)))], x_label="x", y_label="y"),
    ]
    for text in drawn:
        ET.fromstring(text)  # noqa: S314 - our own text
        assert "nan" not in text
