from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.errors import ConfigError
from hcr.studies.interconnection.search import End, HostingCapacity, Search, SearchRules

SIZES = st.floats(1.0, 5000.0)


def _run(
    start: float, passes: Callable[[float], bool], rules: SearchRules | None = None
) -> tuple[HostingCapacity, list[float]]:
    found: Search | HostingCapacity = Search.start(start, rules)
    tried = []
    while isinstance(found, Search):
        assert len(tried) < 200
        tried.append(found.next_kw)
        found = found.tell(passed=passes(found.next_kw))
    assert found.trials == len(tried)
    return found, tried


def test_a_passing_start_is_doubled_until_one_fails_then_bisected():
    found, tried = _run(100, lambda kw: kw <= 330)
    assert tried == [100, 200, 400, 300, 350, 325, 337.5, 331.25, 328.125]
    assert found == HostingCapacity(328.125, 328.125, 331.25, 9, End.BRACKETED)


def test_a_failing_start_is_halved_until_one_passes_then_bisected():
    found, tried = _run(800, lambda kw: kw <= 130)
    assert tried == [800, 400, 200, 100, 150, 125, 137.5, 131.25, 128.125]
    assert found == HostingCapacity(128.125, 128.125, 131.25, 9, End.BRACKETED)


def test_a_search_never_ends_on_a_failing_size_above_the_floor():
    """At 101.25 the bracket 100 … 101.25 is narrower than the tolerance, and the search goes on."""
    found, tried = _run(100, lambda kw: kw <= 101)
    assert tried == [100, 200, 150, 125, 112.5, 106.25, 103.125, 101.5625, 100.78125]
    assert found == HostingCapacity(100.78125, 100.78125, 101.5625, 9, End.BRACKETED)


def test_a_failing_size_below_the_floor_ends_with_nothing():
    found, tried = _run(100, lambda kw: kw <= 10)
    assert tried == [100, 50, 25]
    assert found == HostingCapacity(0.0, None, 25.0, 3, End.BELOW_FLOOR)


def test_a_passing_size_below_the_floor_ends_with_nothing_once_bracketed():
    found, tried = _run(100, lambda kw: kw <= 29)
    assert tried == [100, 50, 25, 37.5, 31.25, 28.125]
    assert found == HostingCapacity(0.0, 28.125, 31.25, 6, End.BELOW_FLOOR)


def test_a_bus_that_nothing_limits_ends_at_the_cap():
    found, tried = _run(400, lambda _kw: True, SearchRules(most_kw=3200))
    assert tried == [400, 800, 1600, 3200]
    assert found == HostingCapacity(3200.0, 3200.0, None, 4, End.CAPPED)


def test_a_start_above_the_cap_is_tried():
    assert _run(500, lambda _kw: True, SearchRules(most_kw=300))[1] == [500]


def test_a_threshold_already_tried_ends_at_the_resolution():
    found, tried = _run(100, lambda kw: kw <= 100)
    assert found.size_kw == 100.0
    assert found.failing_kw == pytest.approx(100.0, abs=1e-3)
    assert len(tried) == 19


@given(SIZES, st.floats(0.0, 20_000.0))
def test_the_result_passes_and_a_size_within_the_tolerance_above_fails(start: float, threshold: float):
    found, tried = _run(start, lambda kw: kw <= threshold)
    if found.end is End.BRACKETED:
        assert found.size_kw in tried
        assert found.failing_kw in tried
        assert 30.0 <= found.size_kw <= threshold < found.failing_kw < found.size_kw + 5.0
    else:
        assert found.end is End.BELOW_FLOOR
        assert found.size_kw == 0.0
        assert threshold < 35.0


@given(SIZES, st.sets(st.integers(0, 200)))
def test_an_oracle_that_is_not_monotone_still_gives_a_tested_bracket(start: float, failing: set[int]):
    found, tried = _run(start, lambda kw: kw < 1e4 and int(kw) % 200 not in failing)
    assert found.end in (End.BRACKETED, End.BELOW_FLOOR)
    assert found.failing_kw in tried
    assert found.end is End.BELOW_FLOOR or 0.0 < found.failing_kw - found.size_kw < 5.0


@given(SIZES, st.floats(0.0, 20_000.0), st.floats(0.0, 20_000.0))
def test_a_higher_threshold_lowers_a_capacity_by_less_than_the_tolerance(
    start: float, one: float, other: float
):
    low, high = sorted((one, other))
    narrow, _ = _run(start, lambda kw: kw <= low)
    wide, _ = _run(start, lambda kw: kw <= high)
    assert wide.size_kw >= narrow.size_kw


def test_nothing_above_the_floor_of_zero_still_ends():
    found, _ = _run(100, lambda _kw: False, SearchRules(floor_kw=0.0))
    assert found.end is End.BELOW_FLOOR
    assert found.passing_kw is None


def test_the_method_to_the_letter_ends_where_no_number_lies_between():
    found, _ = _run(100, lambda kw: kw <= 100, SearchRules(resolution_kw=0.0))
    assert found.size_kw == 100.0


@pytest.mark.parametrize("start", [0.0, -5.0, float("inf"), float("nan")])
def test_a_search_starts_above_zero(start: float):
    with pytest.raises(ConfigError, match="no search starts at"):
        Search.start(start)


@pytest.mark.parametrize(
    "rules", [{"tolerance_kw": 0.0}, {"floor_kw": -1.0}, {"most_kw": 10.0}, {"resolution_kw": 5.0}], ids=str
)
def test_contradicting_rules_are_refused(rules: dict[str, float]):
    with pytest.raises(ConfigError, match="cannot end"):
        SearchRules(**rules)
