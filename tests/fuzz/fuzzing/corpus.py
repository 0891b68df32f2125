"""A valid request for every operation of the contract, made from its schema."""

from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from fuzzing.service_process import DONE
from hcr.contract.schema import schema_text

DEPTH = 3
"""Levels of objects below an operation that are asked for."""

USUAL = {"Int": 1, "Long": 0, "Float": 0.5, "Boolean": True, "ID": DONE, "String": "a", "JSON": {}}

NAMED: dict[str, object] = {
    "feeder": "north",
    "scenario": "base",
    "year": 2025,
    "minYear": 2025,
    "maxYear": 2026,
    "loadTime": "2025-01-15T00:00:00",
    "startTime": "2025-01-15T00:00:00",
    "endTime": "2025-01-16T00:00:00",
    "workPackageName": "summer",
    "diffId": "difference-1",
    "modelId": "1",
    "workPackageId": DONE,
    "limit": 10,
    "conductingEquipmentMrid": "t001",
    "upperLimit": 1.1,
    "parentWorkPackageId": DONE,
}
"""Values of fields and arguments by name; `feeders` takes that of `feeder`, and so on."""

ITEMS = {"workPackageIds": "gone"}
"""Names of the entries of a list that has another name than they: the solved package is not deleted."""

LEFT_OUT = frozenset({"feederConfigs", "fixedTime", "overrides"})
"""What excludes something else, or needs lists of a certain length."""

SMALL = frozenset(
    {"executorConfig", "intervention", "generatorConfig", "resultProcessorConfig", "generator"}
    | {"qualityAssuranceProcessing", *LEFT_OUT}
)
"""Left out of requests that are to be taken, not only to be understood."""


@dataclass(frozen=True)
class Valid:
    """A valid request: its operation, its text, and its variables."""

    operation: str
    query: str
    variables: dict[str, Any]


def schema() -> GraphQLSchema:
    """Return the schema of the contract."""
    return build_schema(schema_text())


def corpus() -> list[Valid]:
    """Return requests for each operation: one with every field that can be set, then one with few fields."""
    whole = schema()
    found = []
    for kind, root in (("query", whole.query_type), ("mutation", whole.mutation_type)):
        assert root is not None
        for name, field in root.fields.items():
            whole_one, small = (_valid(kind, name, field, left_out) for left_out in (LEFT_OUT, SMALL))
            found += [whole_one] if small == whole_one else [whole_one, small]
    return found


def _valid(kind: str, name: str, field: GraphQLField, left_out: frozenset[str]) -> Valid:
    declared = ", ".join(f"${key}: {argument.type}" for key, argument in field.args.items())
    given = ", ".join(f"{key}: ${key}" for key in field.args)
    head = f"{kind} it{f'({declared})' if declared else ''}"
    call = f"{name}{f'({given})' if given else ''}{_selection(get_named_type(field.type), DEPTH)}"
    variables = {key: _value(key, argument.type, left_out) for key, argument in field.args.items()}
    return Valid(name, f"{head} {{ {call} }}", variables)


def _selection(kind: Any, depth: int) -> str:
    if is_leaf_type(kind):
        return ""
    assert isinstance(kind, GraphQLObjectType)
    parts = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if is_leaf_type(below):
            parts.append(name)
        elif depth and not any(is_non_null_type(one.type) for one in field.args.values()):
            parts.append(name + _selection(below, depth - 1))
    return f" {{ {' '.join(parts or ['__typename'])} }}"


def _value(name: str, kind: GraphQLInputType, left_out: frozenset[str]) -> Any:
    plain = get_nullable_type(kind)
    if is_list_type(plain):
        return [_value(ITEMS.get(name, name.removesuffix("s")), plain.of_type, left_out)]
    if isinstance(plain, GraphQLInputObjectType):
        return {
            key: _value(key, field.type, left_out)
            for key, field in plain.fields.items()
            if key not in left_out
        }
    if isinstance(plain, GraphQLEnumType):
        return next(iter(plain.values))
    if name in NAMED:
        return NAMED[name]
    return "2025-01-15T00:00:00" if "Time" in str(plain) else USUAL[str(plain)]
