"""Bars: that they begin at zero, stand beside their names, and never break on what they are given."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.cli.bars import MOST_TITLES, BarSeries, Ranked, named_bars, ranked_bars

NUMBERS = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=9)


def rects(text: str) -> list[tuple[float, float]]:
    found = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', text)
    return [(float(x), float(width)) for x, width in found]


def test_bars_are_as_long_as_their_values_and_begin_at_zero():
    text = named_bars(["a", "b"], [BarSeries("now", "red", [100.0, 50.0])], axis="kW", label="")
    (first, long), (second, short) = rects(text)
    assert first == second
    assert long == pytest.approx(2 * short, abs=0.2)
    assert "<title>b, now: 50</title>" in text


def test_negative_bars_end_at_zero():
    (left, width), (zero, _) = rects(
        named_bars(["a", "b"], [BarSeries("now", "red", [-5.0, 5.0])], axis="USD", label="")
    )
    assert left + width == pytest.approx(zero, abs=0.2)


def test_what_is_not_there_has_no_bar():
    text = named_bars(["a", "b"], [BarSeries("now", "red", [None, 5.0])], axis="kW", label="l")
    assert len(rects(text)) == 1
    assert 'aria-label="l"' in text


def test_a_long_name_makes_room_for_itself():
    name = "a substation with a name that nobody can keep in mind for long"
    text = named_bars([name], [BarSeries("now", "red", [5.0])], axis="kW", label="")
    ((zero, _),) = rects(text)
    assert zero > 7 * len(name)


def test_ranks_fall_within_a_group():
    text = ranked_bars(
        [Ranked("few", "red", [(1.0, "one"), (9.0, "nine")]), Ranked("more", "blue", [(5.0, "five")])],
        y_label="kW",
        label="",
    )
    assert re.findall("<title>(.*?)</title>", text) == ["nine", "one", "five"]


def test_many_ranks_are_one_shape():
    many = Ranked("some", "red", [(float(at), str(at)) for at in range(MOST_TITLES + 1)])
    text = ranked_bars([many], y_label="kW", label="")
    assert re.findall("<title>(.*?)</title>", text) == [f"some: {MOST_TITLES + 1} buses"]


@pytest.mark.parametrize(
    "text", [named_bars([], [], axis="", label=""), ranked_bars([], y_label="", label="")]
)
def test_nothing_is_said_in_words(text: str):
    assert "Nothing to draw" in text


@given(NUMBERS)
def test_drawings_are_sound_whatever_the_numbers(values: list[float | None]):
    names = [f"<{at}>" for at in range(len(values))]
    found = [(value, "t") for value in values if value is not None]
    for text in (
        named_bars(names, [BarSeries("a&b", "red", values)], axis="<kW>", label="<l>"),
        ranked_bars([Ranked("a&b", "red", found)] if found else [], y_label="<kW>", label="<l>"),
    ):
        ET.fromstring(text)  # noqa: S314 - our own text
        assert "nan" not in text
