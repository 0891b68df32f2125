import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.studies.interconnection.round import Outcome, Request, outcome


def test_a_recalculation_installs_nothing_and_never_exhausts():
    request = Request(200.0, allow_violations=True, recalculate=True)
    assert outcome(request, passed=False, limit_kw=0.0) == Outcome(0.0, 0.0)
    assert outcome(request, passed=True, limit_kw=500.0) == Outcome(0.0, 500.0)


def test_a_size_that_passes_is_installed_and_leaves_the_rest():
    assert outcome(Request(200.0), passed=True, limit_kw=512.5) == Outcome(200.0, 312.5)


def test_a_size_that_fails_is_cut_to_the_limit_and_fills_the_bus():
    assert outcome(Request(200.0), passed=False, limit_kw=150.0) == Outcome(150.0, 0.0, exhausted=True)


def test_where_violations_are_allowed_it_is_installed_in_full():
    request = Request(200.0, allow_violations=True)
    assert outcome(request, passed=False, limit_kw=150.0) == Outcome(
        200.0, 0.0, exhausted=True, violating=True
    )
    assert outcome(request, passed=True, limit_kw=300.0) == Outcome(200.0, 100.0)


def test_a_passing_size_below_the_floor_of_the_search_leaves_nothing():
    assert outcome(Request(20.0), passed=True, limit_kw=0.0) == Outcome(20.0, 0.0)


@given(st.builds(Request, st.floats(1, 1e3), st.booleans(), st.booleans()), st.floats(0, 1e4))
def test_what_fits_is_installed_or_left(request_: Request, limit_kw: float):
    found = outcome(request_, passed=limit_kw >= request_.size_kw, limit_kw=limit_kw)
    if not found.violating:
        assert found.installed_kw + found.left_kw == pytest.approx(limit_kw)
