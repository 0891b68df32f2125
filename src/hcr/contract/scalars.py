"""Scalars and lists of inputs, strict wherever lax reading would change what a planner wrote.

YAML turns an unquoted `010` into 8 and `on` into true, and JSON has one kind of number. So text must be
text and numbers must be numbers; the one liberty is that a whole number may be written `30.0`.

In the types below bounds stand before the reader: so they reach the JSON Schema that editors use.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

T = TypeVar("T")

INT_MIN: Final = -(2**31)
INT_MAX: Final = 2**31 - 1
"""Range of `Int`: 32 bits by the GraphQL specification, section 3.5.1."""


def read_text(value: object) -> str:
    """The text itself; refuses what was meant as text but was read as a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        raise PydanticCustomError(
            "text_type",
            "Text is needed, but this was read as the {kind} {value}; put quotes around it",
            {"kind": "truth value" if isinstance(value, bool) else "number", "value": str(value).lower()},
        )
    raise PydanticCustomError("text_type", "Text is needed")


def read_name(value: object) -> str:
    """The text itself; refuses blank text too."""
    name = read_text(value)
    if not name.strip():
        raise PydanticCustomError("name_blank", "This is empty; a name is needed")
    return name


def read_number(value: object) -> int | float:
    """The number itself; refuses truth values, text, and what is not finite (JSON has no such numbers)."""
    if isinstance(value, bool):
        raise PydanticCustomError("number_type", "A number is needed, not true or false")
    if isinstance(value, int | float):
        return _finite(value)
    if isinstance(value, str):
        raise PydanticCustomError(
            "number_type",
            "A number is needed, but '{value}' is text; write a number without quotes",
            {"value": value},
        )
    raise PydanticCustomError("number_type", "A number is needed")


def _finite(number: int | float) -> int | float:
    try:
        finite = math.isfinite(number)
    except OverflowError as error:
        # Python reads whole numbers of any size, a float ends near 1.8e308.
        raise PydanticCustomError("number_size", "The number is too large") from error
    if not finite:
        raise PydanticCustomError(
            "number_finite", "A finite number is needed, not {value}", {"value": number}
        )
    return number


def read_whole_number(value: object) -> int:
    """The whole number itself, also of `30.0`; refuses fractions."""
    number = read_number(value)
    if isinstance(number, int):
        return number
    if not number.is_integer():
        raise PydanticCustomError("whole_number", "A whole number is needed, not {value}", {"value": number})
    return int(number)


def read_flag(value: object) -> bool:
    """True or false; refuses numbers and words that might mean them."""
    if isinstance(value, bool):
        return value
    raise PydanticCustomError("flag_type", "Write true or false, without quotes")


def read_list(value: object) -> list[object] | tuple[object, ...]:
    """The list itself; refuses a single value, which may be a list that was mistyped."""
    if isinstance(value, list | tuple):
        return value
    raise PydanticCustomError("list_type", "A list is needed; put [ ] around a single value")


def read_filled_list(value: object) -> list[object] | tuple[object, ...]:
    """The list itself; refuses an empty one too."""
    items = read_list(value)
    if not items:
        raise PydanticCustomError("list_empty", "The list is empty; at least one entry is needed")
    return items


def _power_factor(value: float) -> float:
    if not 0 < abs(value) <= 1:
        raise PydanticCustomError(
            "power_factor",
            "A power factor lies between -1 and 1 and is not 0, but this is {value}",
            {"value": value},
        )
    return value


@dataclass(frozen=True, slots=True)
class ItemCount:
    """Number of entries of a list, for the JSON Schema alone; the reader of the list checks it.

    A length given to pydantic would be checked again after the entries, and one bad entry in a list of
    one would be reported as an empty list too.
    """

    least: int
    most: int | None = None

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        most = {} if self.most is None else {"maxItems": self.most}
        return {**handler(schema), "minItems": self.least, **most}


Text = Annotated[str, BeforeValidator(read_text)]
"""Any text."""

Name = Annotated[str, Field(min_length=1), BeforeValidator(read_name)]
"""Text that names something, so it cannot be blank: mRIDs, scenarios, load ids."""

Flag = Annotated[bool, BeforeValidator(read_flag)]
"""True or false."""

Number = Annotated[float, BeforeValidator(read_number)]
"""Any finite number."""

Positive = Annotated[float, Field(gt=0), BeforeValidator(read_number)]
NotNegative = Annotated[float, Field(ge=0), BeforeValidator(read_number)]
Percentage = Annotated[float, Field(ge=0, le=100), BeforeValidator(read_number)]
"""Number from 0 to 100 [%]."""

PowerFactor = Annotated[
    float, Field(ge=-1, le=1), BeforeValidator(read_number), AfterValidator(_power_factor)
]
"""Power factor [1], -1 to 1 without 0; the sign follows OpenDSS."""

WholeNumber = Annotated[int, Field(ge=INT_MIN, le=INT_MAX), BeforeValidator(read_whole_number)]
"""Any whole number of 32 bits."""

Count = Annotated[int, Field(ge=1, le=INT_MAX), BeforeValidator(read_whole_number)]
"""Whole number from 1 up."""

NotNegativeWholeNumber = Annotated[int, Field(ge=0, le=INT_MAX), BeforeValidator(read_whole_number)]
"""Whole number from 0 up."""

Year = Annotated[int, Field(ge=1, le=9999), BeforeValidator(read_whole_number)]
"""Model year; the bounds are those of the default year range of candidate interventions."""

Items = Annotated[tuple[T, ...], BeforeValidator(read_list)]
"""List of any length."""

NonEmptyItems = Annotated[tuple[T, ...], ItemCount(least=1), BeforeValidator(read_filled_list)]
"""List with at least one entry."""
