"""Bounds on what a query may look like, checked before anything is done for it."""

from collections.abc import Iterable

from graphql import DocumentNode, FieldNode, GraphQLError, Node, parse

from hcr.service.limits import Limits


def parse_within_limits(query: str, limits: Limits = Limits()) -> DocumentNode:  # noqa: B008 - it is frozen
    """Return the parsed query.

    Raises
    ------
    GraphQLError
        It is no GraphQL, or larger than anybody needs.
    """
    try:
        document = parse(query, max_tokens=limits.tokens)
    except RecursionError:
        raise too_deep(limits) from None
    fields, aliases = 0, 0
    for node, level in _walk(document):
        if level > limits.depth:
            raise too_deep(limits)
        if isinstance(node, FieldNode):
            fields += 1
            aliases += node.alias is not None
    if fields > limits.fields:
        raise too_large(f"it has {fields} fields, at most {limits.fields} are answered")
    if aliases > limits.aliases:
        raise too_large(f"it has {aliases} aliases, at most {limits.aliases} are answered")
    return document


def _walk(document: DocumentNode) -> Iterable[tuple[Node, int]]:
    """Yield selections with their level of nesting; without recursion, which the query could exhaust."""
    waiting: list[tuple[Node, int]] = [(one, 0) for one in document.definitions]
    while waiting:
        node, level = waiting.pop()
        yield node, level
        selections = getattr(node, "selection_set", None)
        if selections is not None:
            waiting += [(one, level + 1) for one in selections.selections]


def too_deep(limits: Limits) -> GraphQLError:
    """Return the error for a query that is nested too deep."""
    return too_large(f"it is nested more than {limits.depth} levels deep")


def too_large(why: str) -> GraphQLError:
    """Return the error for a query that asks for more than is answered."""
    return GraphQLError(f"the query is too large: {why}", extensions={"code": "too_large"})
