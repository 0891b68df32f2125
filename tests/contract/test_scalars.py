"""Scalars and lists: what they accept, and how they refuse the traps of YAML and JSON."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hcr.contract import scalars

ACCEPTED = [
    (scalars.Text, "", ""),
    (scalars.Text, "010", "010"),
    (scalars.Name, " fdr 1 ", " fdr 1 "),
    (scalars.Flag, True, True),
    (scalars.Flag, False, False),
    (scalars.Number, -1, -1.0),
    (scalars.Number, 1e-3, 0.001),
    (scalars.Positive, 5e-324, 5e-324),
    (scalars.NotNegative, 0, 0.0),
    (scalars.Percentage, 0, 0.0),
    (scalars.Percentage, 100, 100.0),
    (scalars.PowerFactor, -1, -1.0),
    (scalars.PowerFactor, 0.95, 0.95),
    (scalars.WholeNumber, 30, 30),
    (scalars.WholeNumber, 30.0, 30),
    (scalars.WholeNumber, -(2**31), -(2**31)),
    (scalars.WholeNumber, 2**31 - 1, 2**31 - 1),
    (scalars.Count, 1, 1),
    (scalars.NotNegativeWholeNumber, 0, 0),
    (scalars.Year, 2050.0, 2050),
    (scalars.Items[scalars.Number], [], ()),
    (scalars.Items[scalars.Number], [1, 2.5], (1.0, 2.5)),
    (scalars.NonEmptyItems[scalars.Name], ("a",), ("a",)),
]

REFUSED = [
    (scalars.Text, 8, "read as the number 8; put quotes around it"),
    (scalars.Text, 1.5, "read as the number 1.5; put quotes around it"),
    (scalars.Text, True, "read as the truth value true; put quotes around it"),
    (scalars.Text, None, "Text is needed"),
    (scalars.Text, ["a"], "Text is needed"),
    (scalars.Name, "", "This is empty; a name is needed"),
    (scalars.Name, " \t", "This is empty; a name is needed"),
    (scalars.Name, 8, "put quotes around it"),
    (scalars.Flag, 1, "Write true or false, without quotes"),
    (scalars.Flag, "true", "Write true or false, without quotes"),
    (scalars.Flag, None, "Write true or false"),
    (scalars.Number, True, "A number is needed, not true or false"),
    (scalars.Number, "1.5", "'1.5' is text; write a number without quotes"),
    (scalars.Number, "{x}", "'{x}' is text"),
    (scalars.Number, None, "A number is needed"),
    (scalars.Number, [1], "A number is needed"),
    (scalars.Number, math.nan, "A finite number is needed, not nan"),
    (scalars.Number, math.inf, "A finite number is needed, not inf"),
    (scalars.Number, 10**400, "The number is too large"),
    (scalars.WholeNumber, -(10**400), "The number is too large"),
    (scalars.Positive, 0, "greater than 0"),
    (scalars.Positive, math.inf, "A finite number is needed, not inf"),
    (scalars.NotNegative, -1e-9, "greater than or equal to 0"),
    (scalars.Percentage, 100.1, "less than or equal to 100"),
    (scalars.Percentage, math.nan, "A finite number is needed, not nan"),
    (scalars.PowerFactor, math.nan, "A finite number is needed, not nan"),
    (scalars.PowerFactor, 0, "between -1 and 1 and is not 0"),
    (scalars.PowerFactor, 1.01, "less than or equal to 1"),
    (scalars.PowerFactor, -1.01, "greater than or equal to -1"),
    (scalars.WholeNumber, 7.5, "A whole number is needed, not 7.5"),
    (scalars.WholeNumber, "2025", "'2025' is text"),
    (scalars.WholeNumber, False, "not true or false"),
    (scalars.WholeNumber, math.inf, "A finite number is needed, not inf"),
    (scalars.WholeNumber, math.nan, "A finite number is needed, not nan"),
    (scalars.WholeNumber, 2**31, "less than or equal to 2147483647"),
    (scalars.WholeNumber, -(2**31) - 1, "greater than or equal to -2147483648"),
    (scalars.WholeNumber, 1e300, "less than or equal to"),
    (scalars.Count, 0, "greater than or equal to 1"),
    (scalars.NotNegativeWholeNumber, -1, "greater than or equal to 0"),
    (scalars.Year, 0, "greater than or equal to 1"),
    (scalars.Year, 10_000, "less than or equal to 9999"),
    (scalars.Items[scalars.Number], 1, r"A list is needed; put \[ \] around a single value"),
    (scalars.Items[scalars.Text], "ab", "A list is needed"),
    (scalars.Items[scalars.Text], {"a": 1}, "A list is needed"),
    (scalars.Items[scalars.Text], None, "A list is needed"),
    (scalars.NonEmptyItems[scalars.Name], [], "The list is empty; at least one entry is needed"),
    (scalars.NonEmptyItems[scalars.Name], "a", "A list is needed"),
    (scalars.NonEmptyItems[scalars.Year], ["2025"], "'2025' is text"),
]


@pytest.mark.parametrize(("scalar", "written", "read"), ACCEPTED)
def test_it_is_read_as_meant(scalar, written, read):
    value = TypeAdapter(scalar).validate_python(written)
    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize(("scalar", "written", "message"), REFUSED)
def test_it_is_refused_with_what_to_do(scalar, written, message):
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(scalar).validate_python(written)


@pytest.mark.parametrize(
    ("scalar", "schema"),
    [
        (scalars.Positive, {"type": "number", "exclusiveMinimum": 0}),
        (scalars.Percentage, {"type": "number", "minimum": 0, "maximum": 100}),
        (scalars.Year, {"type": "integer", "minimum": 1, "maximum": 9999}),
        (scalars.Name, {"type": "string", "minLength": 1}),
        (scalars.Items[scalars.Flag], {"type": "array", "items": {"type": "boolean"}}),
        (scalars.NonEmptyItems[scalars.Flag], {"type": "array", "minItems": 1, "items": {"type": "boolean"}}),
    ],
)
def test_bounds_reach_the_json_schema(scalar, schema):
    assert TypeAdapter(scalar).json_schema() == schema


@given(st.integers(scalars.INT_MIN, scalars.INT_MAX))
def test_a_whole_float_is_the_same_whole_number(number):
    assert TypeAdapter(scalars.WholeNumber).validate_python(float(number)) == number


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())))
def test_any_value_is_read_or_refused_by_every_scalar(value):
    for scalar in {id(case[0]): case[0] for case in ACCEPTED}.values():
        try:
            TypeAdapter(scalar).validate_python(value)
        except ValidationError as error:
            messages = [fault["msg"] for fault in error.errors()]
        else:
            messages = ["accepted"]
        assert all(messages)
