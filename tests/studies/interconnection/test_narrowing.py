"""Sizes close in on a limit from where it is expected."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.interconnection.narrowing import Span

SIZES = st.floats(0.01, 1e5)


def first(count: int, span: Span, hint: float = 0.0, near: float = 1.0) -> list[float]:
    return list(islice(span.widened(hint, near), count))


def test_a_span_holds_what_is_not_known() -> None:
    span = Span(100.0, 200.0)
    assert span.closed
    assert 150.0 in span
    assert not [kw for kw in (99.0, 100.0, 200.0, 201.0) if kw in span]
    assert not Span(100.0).closed
    assert not Span(0.0, 100.0).closed
    assert 1e9 in Span()


def test_what_passes_is_followed_by_sizes_farther_and_farther_from_the_hint() -> None:
    assert first(4, Span(1001.0), 1000.0) == [1005.0, 1025.0, 1125.0, 1625.0]
    assert first(3, Span(0.0, 999.0), 1000.0) == [995.0, 975.0, 875.0]
    assert first(1, Span(1000.0), 1000.0) == [1001.0]


def test_no_size_is_more_than_double_or_less_than_half_of_the_last() -> None:
    assert first(2, Span(50.0), 10.0) == [100.0, 200.0]
    assert first(2, Span(0.0, 50.0), 1000.0) == [25.0, 12.5]


def test_without_a_hint_sizes_double_or_halve() -> None:
    assert first(3, Span(100.0)) == [200.0, 400.0, 800.0]
    assert first(3, Span(0.0, 100.0)) == [50.0, 25.0, 12.5]


def test_before_anything_is_known_sizes_lie_on_both_sides_of_a_hint() -> None:
    assert first(4, Span(), 100.0, 2.0) == [102.0, 98.0, 110.0, 90.0]
    assert first(1, Span()) == []


@given(kw=SIZES, hint=st.just(0.0) | SIZES, near=st.floats(0.01, 10.0))
def test_sizes_lead_away_for_good(kw: float, hint: float, near: float) -> None:
    up, down = first(40, Span(kw), hint, near), first(40, Span(0.0, kw), hint, near)
    assert sorted({kw, *up}) == [kw, *up]
    assert sorted({kw, *down}, reverse=True) == [kw, *down]
    assert down[-1] > 0.0


@pytest.mark.parametrize(
    ("parts", "sizes"), [(1, []), (2, [150.0]), (4, [150.0, 125.0, 175.0]), (5, [140.0, 160.0, 120.0, 180.0])]
)
def test_a_span_is_split_evenly_from_its_middle(parts: int, sizes: list[float]) -> None:
    assert list(Span(100.0, 200.0).split(parts)) == pytest.approx(sizes)


def test_lines_agree_within_a_share_of_what_is_open() -> None:
    assert Span(100.0, 200.0).agreed(150.0, 152.0)
    assert not Span(100.0, 200.0).agreed(150.0, 154.0)
    assert Span(1000.0).agreed(1100.0, 1102.0)
    assert not Span(1000.0).agreed(1100.0, 1104.0)
    assert Span(0.0, 100.0).agreed(50.0, 51.0)
    assert not Span(100.0, 200.0).agreed(150.0, float("nan"))
