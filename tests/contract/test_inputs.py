"""Every input model against the SDL, field by field and both ways."""

import types
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Union, get_args, get_origin

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLType,
    build_schema,
)
from pydantic import TypeAdapter

from hcr.contract import enums, inputs
from hcr.contract.input_model import InputModel
from hcr.contract.schema import schema_text

SCHEMA_INPUTS = {
    name: type_
    for name, type_ in build_schema(schema_text()).type_map.items()
    if isinstance(type_, GraphQLInputObjectType)
}
MODELS = {
    name: model
    for name, model in vars(inputs).items()
    if isinstance(model, type) and issubclass(model, InputModel) and model is not InputModel
}
SCALARS = {
    "String": str,
    "ID": str,
    "Int": int,
    "Float": float,
    "Boolean": bool,
    "LocalDateTime": datetime,
}
FIELDS = [(name, field) for name, type_ in SCHEMA_INPUTS.items() for field in type_.fields]


def expected(type_: GraphQLType) -> str:
    """Spelling of an SDL type in Python words, nullability included."""
    if isinstance(type_, GraphQLNonNull):
        return expected(type_.of_type).removesuffix(" | None")
    if isinstance(type_, GraphQLList):
        return f"tuple[{expected(type_.of_type)}] | None"
    if isinstance(type_, GraphQLEnumType | GraphQLInputObjectType):
        return f"{type_.name} | None"
    return f"{SCALARS[type_.name].__name__} | None"


def spelled(annotation: object) -> str:
    """Spelling of a Python annotation, without what only narrows its values."""
    if get_origin(annotation) is Annotated:
        return spelled(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        (inner,) = (part for part in get_args(annotation) if part is not type(None))
        return f"{spelled(inner)} | None"
    if get_origin(annotation) is tuple:
        item, rest = get_args(annotation)
        assert rest is Ellipsis
        return f"tuple[{spelled(item)}]"
    assert isinstance(annotation, type)
    return annotation.__name__


def leaves(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        yield annotation
    for part in get_args(annotation):
        yield from leaves(part)


def field_of(model: type[InputModel], wire_name: str):
    return next(field for field in model.model_fields.values() if field.alias == wire_name)


def test_every_input_of_the_schema_has_a_model_and_every_model_an_input():
    assert set(MODELS) == set(SCHEMA_INPUTS)


def test_the_public_names_are_sorted_and_complete():
    assert inputs.__all__ == sorted({*MODELS, "Fault", "InputModel", "to_wire"})
    assert all(hasattr(inputs, name) for name in inputs.__all__)


@pytest.mark.parametrize("name", sorted(SCHEMA_INPUTS))
def test_a_model_has_the_fields_of_the_schema_in_their_order(name):
    fields = MODELS[name].model_fields.values()
    assert [field.alias for field in fields] == list(SCHEMA_INPUTS[name].fields)


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_has_the_type_of_the_schema(name, field):
    ours = field_of(MODELS[name], field)
    assert spelled(ours.annotation) == expected(SCHEMA_INPUTS[name].fields[field].type)


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_is_required_exactly_where_the_schema_requires_it(name, field):
    ours = field_of(MODELS[name], field)
    assert ours.is_required() == isinstance(SCHEMA_INPUTS[name].fields[field].type, GraphQLNonNull)
    assert ours.is_required() or ours.default is None


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_has_one_wire_name_for_both_directions(name, field):
    ours = field_of(MODELS[name], field)
    assert (ours.validation_alias, ours.serialization_alias) == (field, field)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_is_closed_and_frozen(name):
    assert MODELS[name].model_config["extra"] == "forbid"
    assert MODELS[name].model_config["frozen"]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_attributes_are_snake_case(name):
    assert all(field == field.lower() for field in MODELS[name].model_fields)


def test_enum_fields_use_the_contract_enums():
    used = {
        leaf
        for model in MODELS.values()
        for field in model.model_fields.values()
        for leaf in leaves(field.annotation)
        if issubclass(leaf, StrEnum)
    }
    assert used
    assert all(getattr(enums, enum.__name__) is enum for enum in used)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_null_and_absent_mean_the_same_for_optional_fields(name):
    model = MODELS[name]
    for attribute, field in model.model_fields.items():
        if not field.is_required():
            assert TypeAdapter(field.annotation).validate_python(None) is None, attribute


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_json_schema_speaks_wire_names(name):
    properties = MODELS[name].model_json_schema(by_alias=True)
    while "$ref" in properties:
        properties = properties["$defs"][properties["$ref"].rsplit("/", 1)[1]]
    assert set(properties["properties"]) == set(SCHEMA_INPUTS[name].fields)


@pytest.mark.parametrize(
    ("model", "attribute", "wire_name"),
    [
        ("HcModelConfigInput", "load_v_min_pu", "loadVMinPu"),
        ("HcModelConfigInput", "collapse_swer", "collapseSWER"),
        ("HcModelConfigInput", "split_phase_lv_kv", "splitPhaseLVKV"),
        ("HcModelConfigInput", "simplify_plsi_threshold", "simplifyPLSIThreshold"),
        ("HcModelConfigInput", "p_factor_base_exports", "pFactorBaseExports"),
        ("HcModelConfigInput", "closed_loop_v_reg_set_point", "closedLoopVRegSetPoint"),
        ("HcSolveConfigInput", "norm_v_min_pu", "normVMinPu"),
        ("HcEnhancedMetricsConfigInput", "calculate_co2", "calculateCO2"),
        ("ProcessedDiffFilterInput", "work_package_id", "wPId"),
        ("FlaForecastConfigInput", "scenario_id", "scenarioID"),
    ],
)
def test_names_that_snake_case_does_not_give_away(model, attribute, wire_name):
    assert MODELS[model].model_fields[attribute].alias == wire_name
