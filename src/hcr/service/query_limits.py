"""Bounds on what a query may look like, checked before anything is done for it."""

from collections.abc import Iterable

from graphql import DocumentNode, FieldNode, GraphQLError, Node, parse

MOST_TOKENS = 15_000
"""Words and signs of a query, as graphql-java has it; values of any length travel as variables."""

MOST_FIELDS = 1_000
"""Fields of a query: the check for conflicting fields takes time with the square of their number."""

MOST_ALIASES = 50
"""Fields under another name: the same work, asked for many times in one request."""

DEEPEST = 30
"""Levels of nesting; the introspection of common tools has 13."""


def parse_within_limits(query: str) -> DocumentNode:
    """Return the parsed query.

    Raises
    ------
    GraphQLError
        It is no GraphQL, or larger than anybody needs.
    """
    try:
        document = parse(query, max_tokens=MOST_TOKENS)
    except RecursionError:
        raise _too_large(f"it is nested more than {DEEPEST} levels deep") from None
    fields, aliases = 0, 0
    for node, level in _walk(document):
        if level > DEEPEST:
            raise _too_large(f"it is nested more than {DEEPEST} levels deep")
        if isinstance(node, FieldNode):
            fields += 1
            aliases += node.alias is not None
    if fields > MOST_FIELDS:
        raise _too_large(f"it has {fields} fields, at most {MOST_FIELDS} are answered")
    if aliases > MOST_ALIASES:
        raise _too_large(f"it has {aliases} aliases, at most {MOST_ALIASES} are answered")
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


def _too_large(why: str) -> GraphQLError:
    return GraphQLError(f"the query is too large: {why}", extensions={"code": "too_large"})
