"""A search several sizes ahead of itself comes to what the search itself comes to."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.interconnection.hunt import Found, Hunt
from hcr.studies.interconnection.metrics import Evaluation, Margin, Metric
from hcr.studies.interconnection.search import End, HostingCapacity, Search, SearchRules

Limit = Callable[[float], Evaluation]
RULES = SearchRules(most_kw=1e5)
STEPS = 300


def judged(*margins: float) -> Evaluation:
    metrics = tuple(Metric)
    return Evaluation(
        tuple(
            Margin(metric, margin, 0.0, -margin, 0.0, "", f"at {metric}")
            for metric, margin in zip(metrics, margins, strict=False)
        )
    )


def straight(threshold: float, slope: float = 1.0, offset: float = 0.0) -> Limit:
    """Return a limit that a size reaches at a threshold, and one that is reached later and faster."""
    return lambda kw: judged(slope * (threshold - kw), 3.0 * slope * (threshold + offset - kw))


def wavy(edges: list[float], *, begins: bool) -> Limit:
    """Return a limit that passes and fails in turn, changing at each edge."""

    def at(kw: float) -> Evaluation:
        crossed = sum(kw > edge for edge in edges)
        return judged(1.0 if begins == (crossed % 2 == 0) else -1.0)

    return at


def hunted(hunt: Hunt, limit: Limit, most: int = 4) -> tuple[Found, dict[float, Evaluation]]:
    """Return the end of a hunt and the sizes that were simulated for it."""
    seen: dict[float, Evaluation] = {}
    for _ in range(STEPS):
        found = hunt.result()
        if found is not None:
            assert not hunt.wanted(most)
            return found, seen
        wanted = hunt.wanted(most)
        assert wanted
        assert len(set(wanted)) == len(wanted)
        assert not seen.keys() & set(wanted)
        for kw in wanted:
            assert 0.0 < kw < float("inf")
            seen[kw] = limit(kw)
            hunt.learn(kw, seen[kw])
    raise AssertionError("the hunt does not end")


def searched(start: float, limit: Limit, rules: SearchRules) -> HostingCapacity:
    search: Search | HostingCapacity = Search.start(start, rules)
    while isinstance(search, Search):
        search = search.tell(passed=limit(search.next_kw).passed)
    return search


STARTS = st.floats(1.0, 5000.0)
SIZES = st.floats(0.01, 2e5)
MOST = st.integers(1, 12)
HINTS = st.just(0.0) | SIZES
BASES = st.booleans()
STRAIGHT = st.builds(straight, SIZES, st.floats(1e-3, 1e3), st.floats(-50.0, 50.0))
WAVY = st.builds(lambda edges, begins: wavy(edges, begins=begins), st.lists(SIZES, max_size=6), st.booleans())


@given(start=STARTS, limit=STRAIGHT | WAVY, most=MOST, hint=HINTS, with_base=BASES)
def test_it_comes_to_what_the_search_comes_to(
    start: float, limit: Limit, most: int, hint: float, with_base: bool
) -> None:
    found, seen = hunted(Hunt(start, RULES, limit(0.0) if with_base else None, hint_kw=hint), limit, most)
    assert found.capacity == searched(start, limit, RULES)
    check(found, seen, start, RULES)


@given(start=STARTS, limit=STRAIGHT | WAVY, most=MOST, hint=HINTS, with_base=BASES)
def test_inferring_it_ends_on_a_bracket_that_was_simulated(
    start: float, limit: Limit, most: int, hint: float, with_base: bool
) -> None:
    rules = replace(RULES, infer=True)
    found, seen = hunted(Hunt(start, rules, limit(0.0) if with_base else None, hint_kw=hint), limit, most)
    check(found, seen, start, rules)


@given(start=STARTS, limit=STRAIGHT, hint=HINTS)
def test_inferring_comes_to_the_same_where_limits_are_monotone(
    start: float, limit: Limit, hint: float
) -> None:
    found, seen = hunted(Hunt(start, replace(RULES, infer=True), limit(0.0), hint_kw=hint), limit)
    whole = searched(start, limit, RULES)
    assert replace(found.capacity, trials=0) == replace(whole, trials=0)
    assert len(seen) <= 3 * whole.trials + 4


def check(found: Found, seen: dict[float, Evaluation], start: float, rules: SearchRules) -> None:
    """Assert that a bracket was simulated, and is as narrow as the rules want it."""
    end = found.capacity
    assert found.first == seen[start]
    if end.passing_kw is not None:
        assert seen[end.passing_kw].passed
    if end.failing_kw is not None:
        assert not seen[end.failing_kw].passed
        assert found.failing == seen[end.failing_kw].violations
    if end.end is End.BRACKETED:
        assert end.passing_kw is not None
        assert end.failing_kw is not None
        assert end.size_kw == end.passing_kw >= rules.floor_kw
        assert 0.0 < end.failing_kw - end.passing_kw < rules.tolerance_kw
    elif end.end is End.BELOW_FLOOR:
        assert end.size_kw == 0.0
    else:
        assert end.failing_kw is None
        assert not found.failing
        assert 2.0 * end.size_kw > rules.most_kw


def test_a_bus_that_nothing_limits_ends_at_the_largest_size() -> None:
    found, seen = hunted(Hunt(100.0, RULES), lambda _: judged(1.0))
    assert found.capacity.end is End.CAPPED
    assert max(seen) <= RULES.most_kw


@pytest.mark.parametrize("margin", [float("inf"), float("-inf"), float("nan"), 0.0])
@pytest.mark.parametrize("infer", [False, True])
def test_margins_that_tell_nothing_predict_nothing(margin: float, infer: bool) -> None:
    def limit(kw: float) -> Evaluation:
        return judged(1.0, 1.0) if kw < 777.0 else judged(-1.0, margin)

    rules = replace(RULES, infer=infer)
    found, _ = hunted(Hunt(100.0, rules, limit(0.0)), limit)
    assert found.capacity.size_kw == pytest.approx(777.0, abs=rules.tolerance_kw)


@pytest.mark.parametrize("infer", [False, True])
def test_a_search_without_floor_ends(infer: bool) -> None:
    rules = SearchRules(floor_kw=0.0, resolution_kw=1e-6, infer=infer)
    found, _ = hunted(Hunt(500.0, rules, None), lambda _: judged(-1.0), 12)
    assert found.capacity.size_kw == 0.0


def test_a_day_without_a_solution_is_a_failure_like_any() -> None:
    def limit(kw: float) -> Evaluation:
        if kw > 900.0:
            return Evaluation((Margin(Metric.CONVERGENCE, -1.0, 0.0, 0.0, 1.0, "", ""),))
        return judged(700.0 - kw)

    found, _ = hunted(Hunt(300.0, RULES, limit(0.0)), limit)
    assert found.capacity == searched(300.0, limit, RULES)
    assert [margin.metric for margin in found.failing] == [next(iter(Metric))]


def test_a_hint_far_beyond_that_passes_again_does_not_mislead_forever() -> None:
    limit = wavy([8.0, 254.0, 1729.0], begins=False)
    found, _ = hunted(Hunt(605.0, replace(RULES, infer=True), None, hint_kw=180e3), limit)
    assert found.capacity == searched(605.0, limit, RULES)


@pytest.mark.parametrize("steep", [1e6, 1e-6])
def test_inferring_does_not_creep_along_a_limit_that_is_no_line(steep: float) -> None:
    def limit(kw: float) -> Evaluation:
        return judged((4000.0 - kw) * (steep if kw > 4000.0 else 1.0))

    rules = replace(RULES, infer=True)
    found, seen = hunted(Hunt(100.0, rules, limit(0.0)), limit)
    assert found.capacity.size_kw == pytest.approx(4000.0, abs=rules.tolerance_kw)
    assert len(seen) < 50


@given(start=STARTS, threshold=st.floats(40.0, 5e4))
def test_inferring_a_search_that_ends_where_it_was_told_takes_two_sizes(
    start: float, threshold: float
) -> None:
    limit, rules = wavy([threshold], begins=True), replace(RULES, infer=True)
    found, seen = hunted(Hunt(start, rules, None, hint_kw=threshold, first=False), limit, 1)
    end = found.capacity
    assert set(seen) == {end.passing_kw, end.failing_kw}


@given(start=STARTS, threshold=st.floats(100.0, 5e4), off=st.floats(-5.0, 5.0))
def test_inferring_a_near_miss_takes_few_more(start: float, threshold: float, off: float) -> None:
    limit, rules = wavy([threshold], begins=True), replace(RULES, infer=True)
    path = searched(start, limit, rules).trials
    _, seen = hunted(Hunt(start, rules, None, hint_kw=threshold + off, first=False), limit, 1)
    assert len(seen) <= path + 6


@given(start=STARTS, limit=STRAIGHT | WAVY, hint=HINTS, most=MOST)
def test_inferring_it_never_tries_more_than_it_may(
    start: float, limit: Limit, hint: float, most: int
) -> None:
    hunt, seen = Hunt(start, replace(RULES, infer=True), None, hint_kw=hint, first=False), list[float]()
    while hunt.result() is None and len(seen) < 8 * most:
        wanted = hunt.wanted(most)
        assert len(wanted) <= most + len(seen) // 8
        seen += wanted
        for kw in wanted:
            hunt.learn(kw, limit(kw))
        passed = [kw for kw in seen if limit(kw).passed]
        if passed and max(passed) > min((kw for kw in seen if not limit(kw).passed), default=float("inf")):
            break  # sizes contradict each other, and all of the search are tried


def test_straight_limits_take_few_steps() -> None:
    hunt, steps = Hunt(100.0, RULES, straight(2345.6)(0.0)), 0
    while hunt.result() is None:
        for kw in hunt.wanted(4):
            hunt.learn(kw, straight(2345.6)(kw))
        steps += 1
    assert steps <= 4
