"""What a query would cost, before it is answered: the fields of its answer, lists counted by their size.

Each field counts 1, or its weight, and what is below a list counts once for each entry. The list below a
field with `limit` has as many entries as that says; others are taken to have `USUAL_ENTRIES`. Fragments are
unfolded, so that nesting them hides neither depth nor cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_operation_ast,
    introspection_types,
    is_list_type,
)

from hcr.service.asked import fragments_of
from hcr.service.limits import Limits
from hcr.service.paging import PAGE_SIZE
from hcr.service.query_limits import too_deep, too_large

USUAL_ENTRIES = 10
"""Entries of a list that has no `limit`."""

WEIGHTS = {
    "verifyWorkPackage": 120_000,
    "getCalibrationReport": 50_000,
    "getCalibrationEvidence": 10_000,
    "getInterconnectionResult": 50_000,
    **dict.fromkeys(("progressDetails", "failures", "warnings", "engine", "activity", "runInfo"), 5),
}
"""Fields that take more than a look: a verification solves power flows, so one fits into a request; those of
calibrations read whole tables, that of interconnection studies a document of megabytes, the others all tasks
of a package."""

_META = {"__schema": introspection_types["__Schema"], "__type": introspection_types["__Type"]}


def check_cost(
    schema: GraphQLSchema, document: DocumentNode, body: Mapping[str, Any], limits: Limits
) -> None:
    """Refuse a query that asks for a longer page, or costs more, than is answered.

    What else may be wrong with it is not looked at; its validation follows.

    Raises
    ------
    GraphQLError
        `limit` is out of range, or cost or depth are above their limits.
    """
    operation = get_operation_ast(document, body.get("operationName"))
    root = schema.get_root_type(operation.operation) if operation is not None else None
    if operation is None or root is None:
        return
    fragments = fragments_of(document)
    reckoning = _Reckoning(schema, fragments, _numbers(operation, body), limits)
    try:
        found = reckoning.of(operation.selection_set, root, None)
    except RecursionError:
        raise too_deep(limits) from None
    if found.depth > limits.depth:
        raise too_deep(limits)
    if found.cost > limits.cost:
        raise too_large(f"its answer could hold {found.cost} values, at most {limits.cost} are answered")


@dataclass(frozen=True, slots=True)
class _Found:
    cost: int = 0
    depth: int = 0


@dataclass(slots=True)
class _Reckoning:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    numbers: Mapping[str, int]
    limits: Limits
    _known: dict[tuple[str, int | None], _Found] = field(default_factory=dict)

    def of(
        self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None, page: int | None
    ) -> _Found:
        """Return what a selection on one object costs; `page` is the length of the list that it holds."""
        cost, depth = 0, 0
        for one in selections.selections if selections else ():
            found = self._one(one, parent, page)
            cost, depth = cost + found.cost, max(depth, found.depth)
        return _Found(cost, depth)

    def _one(self, node: Node, parent: GraphQLNamedType | None, page: int | None) -> _Found:
        if isinstance(node, FieldNode):
            return self._field(node, parent, page)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, page)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            kind = self.schema.get_type(condition.name.value) if condition else parent
            return self.of(node.selection_set, kind, page)
        return _Found()

    def _fragment(self, name: str, page: int | None) -> _Found:
        """Return what a fragment costs; reckoned once, for fragments can double each other."""
        key = (name, page)
        fragment = self.fragments.get(name)
        if key not in self._known and fragment is not None:
            self._known[key] = _Found()  # a cycle costs nothing more: validation refuses it
            kind = self.schema.get_type(fragment.type_condition.name.value)
            self._known[key] = self.of(fragment.selection_set, kind, page)
        return self._known.get(key, _Found())

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, page: int | None) -> _Found:
        name = node.name.value
        definition: GraphQLField | None = getattr(parent, "fields", {}).get(name)
        kind = get_named_type(definition.type) if definition else _META.get(name)
        within = self._page(node, definition)
        listed = definition is not None and _is_list(definition.type)
        entries = (USUAL_ENTRIES if page is None else page) if listed else 1
        below = self.of(node.selection_set, kind, within)
        return _Found(WEIGHTS.get(name, 1) + entries * below.cost, below.depth + 1)

    def _page(self, node: FieldNode, definition: GraphQLField | None) -> int | None:
        """Return how long the list below a field is, where the field has a `limit`."""
        if definition is None or "limit" not in definition.args:
            return None
        given = next((one.value for one in node.arguments if one.name.value == "limit"), None)
        number = PAGE_SIZE
        if isinstance(given, IntValueNode):
            number = int(given.value)
        elif isinstance(given, VariableNode):
            number = self.numbers.get(given.name.value, PAGE_SIZE)
        if given is not None and not 0 <= number <= self.limits.page:
            raise GraphQLError(
                f"limit must be from 0 to {self.limits.page}",
                node,
                extensions={"code": "refused", "path": ["limit"]},
            )
        return number


def _is_list(kind: GraphQLOutputType) -> bool:
    return is_list_type(kind.of_type if isinstance(kind, GraphQLNonNull) else kind)


def _numbers(operation: OperationDefinitionNode, body: Mapping[str, Any]) -> dict[str, int]:
    """Return the whole numbers among the variables, defaults included."""
    numbers = {
        one.variable.name.value: int(one.default_value.value)
        for one in operation.variable_definitions or ()
        if isinstance(one.default_value, IntValueNode)
    }
    given = body.get("variables")
    for name, value in given.items() if isinstance(given, Mapping) else ():
        if isinstance(value, int) and not isinstance(value, bool):
            numbers[name] = value
        elif isinstance(value, float) and value.is_integer():  # GraphQL takes it for an Int
            numbers[name] = int(value)
    return numbers
