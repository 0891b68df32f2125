from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.interconnection.day import DayResult, Level, Loadings, Monitored
from hcr.studies.interconnection.island_screen import Islands, Recloser
from hcr.studies.interconnection.limits import Limits
from hcr.studies.interconnection.metrics import Criteria, Margin, Metric, evaluate

NONE = Level(np.empty(0), np.empty(0))
ISLANDS = Islands.of([frozenset("c"), frozenset("d")], [Recloser("r", "c", "d")])


def _level(lowest, highest=(1.0,) * 4, name="mv"):
    return Level(np.array(lowest, dtype=float), np.array(highest, dtype=float), f"{name}_low", f"{name}_high")


def _margin(day, metric, **criteria) -> Margin:
    found = evaluate(day, Criteria(**criteria)).margin(metric)
    assert found is not None
    return found


def _overloads(*rows, names=("line.1", "line.2")) -> Loadings:
    return Loadings(names, *np.array(rows, dtype=float).T)


def test_a_day_without_trouble_passes_with_all_its_margins(day):
    found = evaluate(day(), Criteria(base=day(), islands=ISLANDS))
    assert found.passed
    assert {margin.metric: round(margin.margin, 9) for margin in found.margins} == {
        Metric.V_MIN: 0.03,
        Metric.V_MAX: 0.03,
        Metric.V_DIFF: 1.5,
        Metric.EMERGENCY: 50.0,
        Metric.NORMAL_HOURS: 3.0,
        Metric.ISLAND: 1.0,
    }


def test_the_deciding_element_of_each_metric_is_named(day):
    found = evaluate(day(), Criteria(islands=ISLANDS))
    names = {margin.metric: margin.element for margin in found.margins}
    assert names == {
        Metric.V_MIN: "lv_low",
        Metric.V_MAX: "mv_high",
        Metric.V_DIFF: "far",
        Metric.EMERGENCY: "line.2",
        Metric.NORMAL_HOURS: "line.1",
        Metric.ISLAND: "c",
    }


def test_what_a_feeder_does_not_have_is_not_judged(day):
    nothing = np.empty(0)
    loadings = Loadings((), nothing, nothing, nothing)
    bare = day(mv=NONE, lv=NONE, monitored=Monitored((), nothing), loadings=loadings)
    assert evaluate(bare, Criteria(base=bare)).margins == ()


def test_a_day_without_a_solution_fails_by_that_alone(day):
    found = evaluate(day(converged=False, mv=_level([0.1] * 4)), Criteria())
    assert [margin.metric for margin in found.violations] == [Metric.CONVERGENCE]


@pytest.mark.parametrize(("lowest", "passed"), [(0.95, True), (0.9491, True), (0.9489, False)])
def test_the_lowest_voltage_may_miss_its_limit_by_the_tolerance(day, lowest, passed):
    found = _margin(day(mv=_level([1.0, lowest, 1.0, 1.0])), Metric.V_MIN)
    assert found.passed is passed
    assert (found.element, found.bound) == ("mv_low", 0.95)
    assert (found.value, found.margin) == pytest.approx((lowest, lowest - 0.95))


@pytest.mark.parametrize(("highest", "passed"), [(1.05, True), (1.0509, True), (1.0511, False)])
def test_the_highest_voltage_mirrors_it(day, highest, passed):
    found = _margin(day(lv=_level([1.0] * 4, [1.0, highest, 1.0, 1.0], "lv")), Metric.V_MAX)
    assert found.passed is passed
    assert (found.element, found.bound) == ("lv_high", 1.05)
    assert (found.value, found.margin) == pytest.approx((highest, 1.05 - highest))


def test_a_voltage_outside_passes_where_the_base_is_no_better(day):
    base = day(mv=_level([0.93, 0.94, 1.0, 1.0]))
    assert _margin(day(mv=_level([0.9291, 0.94, 1.0, 1.0])), Metric.V_MIN, base=base).passed
    lower = _margin(day(mv=_level([0.9289, 1.0, 1.0, 1.0])), Metric.V_MIN, base=base)
    assert not lower.passed
    assert (lower.unit, lower.bound) == ("pu", 0.93)


def test_a_voltage_outside_for_longer_than_in_the_base_fails_by_its_integral(day):
    base = day(mv=_level([0.93, 1.0, 1.0, 1.0]))
    longer = _margin(day(mv=_level([0.93, 0.93, 0.945, 1.0])), Metric.V_MIN, base=base)
    assert not longer.passed
    assert longer.unit == "pu h"
    assert (longer.value, longer.bound) == pytest.approx((0.0225, 0.01))
    within = _margin(day(mv=_level([0.93, 0.935, 1.0, 1.0])), Metric.V_MIN, base=base)
    assert within.passed  # 0.0175 pu h, at most 0.01 + 0.01


def test_both_levels_are_held_against_their_own_base(day):
    base = day(mv=_level([0.93] * 4))
    found = _margin(day(mv=_level([0.93] * 4), lv=_level([0.94] * 4, name="lv")), Metric.V_MIN, base=base)
    assert not found.passed
    assert (found.element, found.bound) == ("lv_low", 0.95)


def test_too_high_in_the_base_is_mirrored(day):
    base = day(mv=_level([1.0] * 4, [1.07, 1.0, 1.0, 1.0]))
    assert _margin(day(mv=_level([1.0] * 4, [1.0709, 1.0, 1.0, 1.0])), Metric.V_MAX, base=base).passed
    above = _margin(day(mv=_level([1.0] * 4, [1.0711, 1.0, 1.0, 1.0])), Metric.V_MAX, base=base)
    assert (above.passed, above.value, above.bound) == (False, 1.0711, 1.07)


@pytest.mark.parametrize(("change", "passed"), [(3.0, True), (3.009, True), (3.011, False)])
def test_the_largest_change_counts(day, change, passed):
    changed = day(monitored=Monitored(("near", "far"), np.array([change, 0.1])))
    found = _margin(changed, Metric.V_DIFF)
    assert (found.passed, found.element) == (passed, "near")


def test_a_change_above_the_limit_passes_where_the_base_has_it(day):
    base = day(monitored=Monitored(("near",), np.array([4.0])))
    assert _margin(day(monitored=Monitored(("pv",), np.array([4.009]))), Metric.V_DIFF, base=base).passed
    assert not _margin(day(monitored=Monitored(("pv",), np.array([4.011]))), Metric.V_DIFF, base=base).passed


@pytest.mark.parametrize(("percent", "passed"), [(100.009, True), (100.011, False)])
def test_an_element_stays_within_its_emergency_rating(day, percent, passed):
    loaded = day(loadings=_overloads([50, 40, 0], [120, percent, 1]))
    found = _margin(loaded, Metric.EMERGENCY, base=day())
    assert (found.passed, found.element, found.bound) == (passed, "line.2", 100.0)


def test_the_emergency_limit_is_the_one_that_is_set(day):
    loaded = day(loadings=_overloads([80, 60, 0], [90, 70, 0]))
    assert not _margin(loaded, Metric.EMERGENCY, limits=Limits(emergency_percent=65)).passed
    beyond = day(loadings=_overloads([80, 60, 0], [150, 110, 1]))
    assert _margin(beyond, Metric.EMERGENCY, limits=Limits(emergency_percent=115)).passed


def test_an_element_overloaded_in_the_base_may_carry_no_more(day):
    base = day(loadings=_overloads([110, 90, 5], [50, 40, 0]))
    more = day(loadings=_overloads([111, 91, 5], [50, 40, 0]))
    found = _margin(more, Metric.EMERGENCY, base=base)
    assert (found.passed, found.element, found.bound) == (False, "line.1", 90.0)
    assert evaluate(base, Criteria(base=base)).passed


def test_hours_above_normal_are_three_or_those_of_the_base(day):
    base = day(loadings=_overloads([110, 90, 5], [50, 40, 0]))
    found = _margin(day(loadings=_overloads([110, 90, 5.5], [101, 80, 3])), Metric.NORMAL_HOURS, base=base)
    assert (found.passed, found.element, found.value, found.bound) == (False, "line.1", 5.5, 5.0)
    found = _margin(day(loadings=_overloads([110, 90, 4], [101, 80, 3.5])), Metric.NORMAL_HOURS, base=base)
    assert (found.passed, found.element, found.value, found.bound) == (False, "line.2", 3.5, 3.0)


def test_elements_are_found_by_name_where_the_base_lists_them_otherwise(day):
    base = day(loadings=_overloads([110, 90, 5], [50, 40, 0], names=("line.2", "line.1")))
    now = day(
        loadings=_overloads([50, 40, 0], [110, 90, 5], [120, 80, 1], names=("line.1", "line.2", "line.new"))
    )
    assert evaluate(now, Criteria(base=base)).passed


def test_an_island_that_could_feed_itself_fails(day):
    alone = day(
        recloser_p_kw=np.array([[-100.0, 1.0, 50.0, 50.0]]), recloser_q_kvar=np.array([[-9.0, 0.1, 9, 9]])
    )
    found = _margin(alone, Metric.ISLAND, islands=ISLANDS)
    assert not found.passed
    assert found.margin == pytest.approx(0.1 / 9 - 0.05)


def test_a_voltage_that_is_no_number_fails(day):
    assert not _margin(day(mv=_level([float("nan")] * 4)), Metric.V_MIN).passed


VOLTAGES = st.lists(st.floats(0.85, 1.15), min_size=4, max_size=4)
PERCENTS = st.lists(st.floats(0.0, 200.0), min_size=2, max_size=2)
HOURS = st.lists(st.floats(0.0, 24.0), min_size=2, max_size=2)
MORE = st.floats(0.0, 0.5)


@st.composite
def loadings(draw) -> Loadings:
    normal, emergency, hours = (np.array(draw(one)) for one in (PERCENTS, PERCENTS, HOURS))
    return Loadings(("line.1", "line.2"), normal, emergency, np.where(normal > 100.0, hours, 0.0))


@st.composite
def days(draw) -> DayResult:
    def level(name: str) -> Level:
        series = draw(VOLTAGES), draw(VOLTAGES)
        return _level(np.minimum(*series), np.maximum(*series), name)

    powers = st.lists(st.floats(-100, 100), min_size=4, max_size=4)
    return DayResult(
        step_hours=0.5,
        mv=level("mv"),
        lv=level("lv"),
        monitored=Monitored(
            ("near", "far"), np.array(draw(st.lists(st.floats(0, 8), min_size=2, max_size=2)))
        ),
        loadings=draw(loadings()),
        recloser_p_kw=np.array([draw(powers)]),
        recloser_q_kvar=np.array([draw(powers)]),
    )


@st.composite
def wider(draw) -> Limits:
    narrow = Limits()
    return Limits(
        v_min_pu=narrow.v_min_pu - draw(MORE),
        v_max_pu=narrow.v_max_pu + draw(MORE),
        change_percent=narrow.change_percent + 10 * draw(MORE),
        emergency_percent=narrow.emergency_percent + 100 * draw(MORE),
        hours_above_normal=narrow.hours_above_normal + 20 * draw(MORE),
        island_p_ratio=narrow.island_p_ratio * draw(MORE),
        island_q_ratio=narrow.island_q_ratio * draw(MORE),
    )


@given(days(), days(), wider(), st.booleans())
def test_wider_limits_never_fail_what_passed(
    now: DayResult, before: DayResult, limits: Limits, with_base: bool
):
    """With a base inside the narrow voltage limits: the integral of one outside shrinks with the limit."""
    well = _level([0.96] * 4, [1.04] * 4)
    base = replace(before, mv=well, lv=well) if with_base else None
    narrow = evaluate(now, Criteria(base=base, islands=ISLANDS))
    wide = evaluate(now, Criteria(limits, base=base, islands=ISLANDS))
    for one, other in zip(narrow.margins, wide.margins, strict=True):
        assert other.passed or not one.passed


def test_a_base_outside_a_limit_is_the_one_exception(day):
    """The base is long just outside 0.95, the day shortly far outside: only 0.95 forgives it for that."""
    base = day(mv=_level([0.90] + [0.945] * 40, [1.0] * 41))
    now = day(mv=_level([0.90] * 3 + [1.0] * 38, [1.0] * 41))
    assert _margin(now, Metric.V_MIN, base=base).passed
    assert not _margin(now, Metric.V_MIN, base=base, limits=Limits(v_min_pu=0.94)).passed


@given(days())
def test_today_is_no_worse_than_today(now: DayResult):
    assert evaluate(now, Criteria(base=now)).passed
