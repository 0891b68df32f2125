"""Values that no request may hold: text that nothing can keep, and numbers that nothing can count."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, IntValueNode, Node, StringValueNode

LONGEST_NUMBER = 100
"""Digits of a whole number in a query; the largest number of the contract has 19."""

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""NUL, which no text of a database holds, and halves of surrogate pairs, which are no characters."""

_SUSPECT = re.compile(rf"\\u|\x00|[0-9]{{{LONGEST_NUMBER + 1}}}")
"""What a query has somewhere if one of its literals is at fault."""


def check_values(query: str, document: DocumentNode, variables: object) -> None:
    """Refuse a request with a value that could be neither kept nor counted.

    Raises
    ------
    GraphQLError
        A literal or a variable is such a value.
    """
    if isinstance(variables, Mapping):
        for name, value in variables.items():
            if any(_NO_TEXT.search(text) for text in _texts(value)):
                raise _refused(f"variable {name!r:.100} has {_WHY}")
    if _SUSPECT.search(query):
        for node in _nodes(document):
            _check_literal(node)


_WHY = "a NUL or half a surrogate pair in a text; neither can be kept"


def _check_literal(node: Node) -> None:
    if isinstance(node, StringValueNode) and _NO_TEXT.search(node.value):
        raise _refused(f"the query has {_WHY}", node)
    if isinstance(node, IntValueNode) and len(node.value) > LONGEST_NUMBER:
        raise _refused(f"the query has a number of {len(node.value)} digits", node)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text within a JSON value; without recursion, which the value could exhaust."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, Mapping):
            waiting += (*one.keys(), *one.values())


def _nodes(document: DocumentNode) -> Iterator[Node]:
    """Yield every node of a document; without recursion too."""
    waiting: list[Any] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Node):
            yield node
            waiting += (getattr(node, key) for key in node.keys if key != "loc")
        elif isinstance(node, list | tuple):
            waiting += node


def _refused(why: str, node: Node | None = None) -> GraphQLError:
    return GraphQLError(why, node, extensions={"code": "refused"})
