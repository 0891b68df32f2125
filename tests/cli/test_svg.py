"""Drawings: where things lie, and that they never break on what they are given."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hcr.cli.svg import Axes, Dot, Series, histogram, lines, street_map

NUMBERS = st.lists(st.floats(-1e6, 1e6), max_size=50)


def test_axes_place_the_corners():
    axes = Axes((0.0, 10.0), (0.0, 1.0), "x", "y")
    (left, bottom), (right, top) = axes.at(0.0, 0.0), axes.at(10.0, 1.0)
    assert left < right
    assert top < bottom


def test_a_histogram_counts_every_value():
    text = histogram([("before", "red", [-9.0, 1.0, 1.1, 2.0, 90.0])], bins=4, label="error")
    assert sum(int(count) for count in re.findall(r"before: (\d+)", text)) == 5


def test_north_is_above_and_titles_are_text():
    text = street_map([Dot(0.0, 0.0, "red", "<south>"), Dot(0.0, 5.0, "blue", "north")])
    places = [float(one) for one in re.findall(r'cy="([\d.]+)"', text)]
    assert places[1] < places[0]
    assert "<title>&lt;south&gt;</title>" in text


@pytest.mark.parametrize(
    "text", [histogram([], bins=3, label="x"), lines([], x_label="", y_label=""), street_map([])]
)
def test_nothing_is_said_in_words(text: str):
    assert "Nothing to draw" in text


@settings(max_examples=50, deadline=None)
@given(NUMBERS, NUMBERS)
def test_drawings_are_sound_whatever_the_numbers(first: list[float], second: list[float]):
    drawn = [
        histogram([("a", "red", first), ("b", "blue", second)], bins=7, label="<x>"),
        lines([Series("a&b", "red", list(zip(first, second, strict=False)))], x_label="x", y_label="y"),
        street_map([Dot(x, y, "red", "") for x, y in zip(first, second, strict=False)]),
    ]
    for text in drawn:
        ET.fromstring(text)  # noqa: S314 - our own text
        assert "nan" not in text
