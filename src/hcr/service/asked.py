"""What a request asks for: its operations by name, and the packages that it concerns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_operation_ast,
)
from graphql.utilities import value_from_ast_untyped

MOST_IDS, LONGEST_ID = 50, 100
"""Package IDs of one request that are noted, and characters of each: what callers send is not trusted."""


@dataclass(frozen=True, slots=True)
class RootField:
    """One operation: its name in the contract, its key in the answer, the packages that it names."""

    name: str
    key: str
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The operations of a request; `writes` where one of them may change something."""

    writes: bool
    fields: tuple[RootField, ...]

    @property
    def label(self) -> str:
        """Return one name for the request; `none` where it asks for nothing that there is."""
        names = {one.name for one in self.fields} or {"none"}
        return names.pop() if len(names) == 1 else "several"

    @property
    def packages(self) -> tuple[str, ...]:
        """Return the packages that the request names."""
        return tuple(dict.fromkeys(name for one in self.fields for name in one.packages))


def asked_of(schema: GraphQLSchema, document: DocumentNode, body: Mapping[str, Any]) -> Asked:
    """Return what is asked for.

    Where it is not plain which operation is meant, a mutation anywhere counts as writing.
    """
    operation = get_operation_ast(document, body.get("operationName"))
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    meant = operations if operation is None else [operation]
    fragments = fragments_of(document)
    variables = body.get("variables")
    given = variables if isinstance(variables, Mapping) else {}
    fields = []
    for one in meant:
        root = schema.get_root_type(one.operation)
        for node in _fields(one.selection_set, fragments):
            if root is not None and node.name.value in root.fields:
                key = node.alias.value if node.alias else node.name.value
                fields.append(RootField(node.name.value, key, _packages(node, given)))
    writes = any(one.operation is not OperationType.QUERY for one in meant)
    return Asked(writes, tuple(fields))


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Return the fragments of a document by name."""
    found = (one for one in document.definitions if isinstance(one, FragmentDefinitionNode))
    return {one.name.value: one for one in found}


def _fields(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """Yield the fields of the topmost level, fragments unfolded once each."""
    waiting, seen = list(reversed(selections.selections)), set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            waiting += reversed(node.selection_set.selections)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            fragment = fragments.get(node.name.value)
            waiting += reversed(fragment.selection_set.selections) if fragment else ()


def _packages(node: FieldNode, variables: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[object] = []
    for argument in node.arguments:
        name = argument.name.value
        if not (name.startswith("workPackageId") or (name == "id" and "WorkPackage" in node.name.value)):
            continue
        value = argument.value
        given = variables.get(value.name.value) if isinstance(value, VariableNode) else _plain(value)
        found.extend(given if isinstance(given, list) else [given])
    return noted_ids(found)


def noted_ids(values: Sequence[object]) -> tuple[str, ...]:
    """Return IDs as they are written down: only texts, not too many and not too long."""
    return tuple(one[:LONGEST_ID] for one in values if isinstance(one, str))[:MOST_IDS]


def _plain(value: Any) -> object:
    try:
        return value_from_ast_untyped(value)
    except (RecursionError, ValueError):
        return None
