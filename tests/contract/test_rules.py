"""Rules between fields, one by one."""

import pytest

from hcr.contract.input_model import Fault
from hcr.contract.rules import below, day_or_year, equal_lengths, exactly_one, refused, required


def test_exactly_one_alternative_is_no_fault():
    assert list(exactly_one(("a", 1), ("b", None))) == []
    assert list(exactly_one(("a", None), ("b", 0))) == []


def test_both_alternatives_are_a_fault_at_the_second():
    assert list(exactly_one(("a", 1), ("b", 2))) == [
        Fault("a and b exclude each other; leave one of them out", ("b",))
    ]


def test_no_alternative_is_a_fault_of_the_block():
    assert list(exactly_one(("a", None), ("b", None))) == [
        Fault("One of a and b is needed; add exactly one of them")
    ]


@pytest.mark.parametrize(("low", "high"), [(None, None), (1.0, None), (None, 1.0), (0.9, 1.1)])
def test_bounds_the_right_way_up_are_no_fault(low, high):
    assert list(below(("low", low), ("high", high))) == []


@pytest.mark.parametrize(("low", "high"), [(1.1, 0.9), (1.0, 1.0)])
def test_bounds_upside_down_or_equal_are_a_fault(low, high):
    (fault,) = below(("low", low), ("high", high))
    assert fault == Fault(f"low ({low:g}) must be below high ({high:g})", ("low",))


def test_lists_of_equal_length_are_no_fault():
    assert list(equal_lengths(("a", [1, 2]), ("b", None), ("c", [3, 4]))) == []
    assert list(equal_lengths(("a", None), ("b", None))) == []


def test_each_list_of_another_length_than_the_first_is_a_fault():
    faults = list(equal_lengths(("a", None), ("b", [1, 2]), ("c", [3]), ("d", [])))
    assert [(fault.path, fault.message) for fault in faults] == [
        (("c",), "b and c must be equally long, but have lengths 2 and 1"),
        (("d",), "b and d must be equally long, but have lengths 2 and 0"),
    ]


def test_required_names_only_what_is_missing():
    assert list(required("MODE", ("a", 0.0), ("b", None))) == [Fault("MODE needs b; add it", ("b",))]


def test_refused_names_only_what_is_given():
    assert list(refused("MODE", ("a", 0.0), ("b", None))) == [
        Fault("a belongs to MODE alone; leave it out", ("a",))
    ]


@pytest.mark.parametrize(
    ("hours", "length"),
    [
        (0.25, 96),
        (0.25, 35_040),
        (0.5, 48),
        (0.5, 17_520),
        (1.0, 24),
        (1.0, 8_760),
        (None, 48),
        (None, 17_520),
    ],
)
def test_a_day_or_a_year_of_intervals_is_no_fault(hours, length):
    assert list(day_or_year(hours, ("a", [0.0] * length), ("b", None))) == []


@pytest.mark.parametrize(("hours", "length"), [(0.5, 0), (0.5, 47), (None, 96), (1.0, 48), (0.5, 17_568)])
def test_any_other_length_is_a_fault(hours, length):
    (fault,) = day_or_year(hours, ("a", [0.0] * length))
    assert fault.path == ("a",)
    assert fault.message.startswith(f"The length of a is {length}; with loadIntervalLengthHours ")


def test_the_message_tells_the_lengths_that_fit():
    (fault,) = day_or_year(0.25, ("a", [0.0]))
    assert fault.message.endswith("with loadIntervalLengthHours 0.25 a day has 96 values and a year 35040")
