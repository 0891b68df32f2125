"""The enumerations against the SDL, both ways."""

import inspect
import subprocess
import sys
from enum import StrEnum

import pytest
from graphql import GraphQLEnumType, build_schema

from hcr.contract import enums
from hcr.contract.schema import schema_text

SCHEMA_ENUMS = {
    name: type_
    for name, type_ in build_schema(schema_text()).type_map.items()
    if isinstance(type_, GraphQLEnumType) and not name.startswith("__")
}
CLASSES = {
    name: class_
    for name, class_ in inspect.getmembers(enums, inspect.isclass)
    if issubclass(class_, StrEnum) and class_ is not StrEnum
}


def test_the_same_enums_exist_on_both_sides():
    assert set(CLASSES) == set(SCHEMA_ENUMS)


@pytest.mark.parametrize("name", sorted(SCHEMA_ENUMS))
def test_an_enum_has_the_values_of_the_schema_in_their_order(name):
    assert [member.value for member in CLASSES[name]] == list(SCHEMA_ENUMS[name].values)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_member_is_named_as_its_value(name):
    assert [member.name for member in CLASSES[name]] == [member.value for member in CLASSES[name]]


def test_enums_start_without_pydantic_and_numpy():
    code = "import sys, hcr.contract, hcr.contract.enums, hcr.contract.schema; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert {"pydantic", "numpy", "graphql"}.isdisjoint(loaded.stdout.split())
