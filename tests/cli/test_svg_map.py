"""Maps: where things lie, that labels have room, and that they never break on what they are given."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hcr.cli.svg_map import SIDE, Dot, Stroke, street_map

PLACES = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=30)


def test_north_is_above_and_titles_are_text():
    text = street_map([Dot(0.0, 0.0, "red", "<south>"), Dot(0.0, 5.0, "blue", "north")], unit="m")
    places = [float(one) for one in re.findall(r'cy="([\d.]+)"', text)]
    assert places[1] < places[0]
    assert "<title>&lt;south&gt;</title>" in text


def test_a_flat_map_is_not_high_and_both_directions_have_one_scale():
    text = street_map([Dot(0.0, 0.0, "red", ""), Dot(100.0, 10.0, "red", "")], unit="m")
    _, _, wide, high = (float(one) for one in re.findall(r'viewBox="([^"]*)"', text)[0].split())
    x, y = ([float(one) for one in re.findall(rf'c{axis}="([\d.]+)"', text)] for axis in "xy")
    assert high < wide / 3
    assert x[1] - x[0] == pytest.approx(10 * (y[0] - y[1]), rel=0.01)


def test_a_map_has_labels_and_a_scale():
    dots = [Dot(0.0, 0.0, "red", "", "t<1>"), Dot(1000.0, 500.0, "red", "")]
    text = street_map(dots, unit="m")
    assert ">t&lt;1&gt;</text>" in text
    assert ">200 m</text>" in text


def test_lines_lie_below_points_and_have_titles():
    line = Stroke((((0.0, 0.0), (9.0, 9.0)),), "red", 5.0, title="<upgraded>")
    text = street_map([Dot(0.0, 0.0, "blue", "bus")], unit="m", strokes=[line], label="the map")
    assert text.index('stroke-width="5"') < text.index("<circle")
    assert "<title>&lt;upgraded&gt;</title>" in text
    assert 'aria-label="the map"' in text


def test_what_is_open_is_dashed():
    line = Stroke((((0.0, 0.0), (9.0, 9.0)),), dashed=True)
    assert "stroke-dasharray" in street_map([], unit="m", strokes=[line])


def test_a_long_label_makes_room_for_itself():
    dots = [Dot(0.0, 0.0, "red", "", "n" * 200), Dot(1.0, 0.0, "red", "")]
    (wide,) = re.findall(r' width="([\d.]+)" font-size', street_map(dots, unit="m"))
    assert float(wide) > SIDE + 200


@pytest.mark.parametrize("shape", ["circle", "diamond", "cross"])
def test_every_shape_has_its_title(shape: str):
    text = street_map([Dot(0.0, 0.0, "red", "here", shape=shape)], unit="m")
    assert [one.text for one in ET.fromstring(text).iter("title")] == ["here"]  # noqa: S314 - our own text


def test_a_map_of_nothing_says_so():
    assert "Nothing to draw" in street_map([], unit="m")


@settings(max_examples=50, deadline=None)
@given(PLACES)
def test_maps_are_sound_whatever_the_places(places: list[tuple[float, float]]):
    segments = tuple(pairwise(places))
    text = street_map([Dot(x, y, "red", "<t>") for x, y in places], unit="m", strokes=[Stroke(segments)])
    ET.fromstring(text)  # noqa: S314 - our own text
    assert "nan" not in text
