"""Texts of queries, parsed and validated once: clients send the same few again and again."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from graphql import DocumentNode, GraphQLError

from hcr.service.limits import Limits
from hcr.service.query_limits import parse_within_limits, too_deep

MOST_KEPT, LONGEST_KEPT = 64, 8_192
"""Texts that are kept, and characters of each."""


class Documents:
    """Parses texts within limits, and remembers the last ones; for threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parsed: OrderedDict[str, DocumentNode] = OrderedDict()
        self._valid: set[str] = set()
        self._lock = Lock()

    def parsed(self, text: str) -> DocumentNode:
        """Return the parsed text.

        Raises
        ------
        GraphQLError
            It is no GraphQL, or larger than anybody needs.
        """
        with self._lock:
            known = self._parsed.get(text)
            if known is not None:
                self._parsed.move_to_end(text)
                return known
        document = parse_within_limits(text, self._limits)
        if len(text) <= LONGEST_KEPT:
            self._keep(text, document)
        return document

    def faults(self, text: str, validate: Callable[[], list[GraphQLError]]) -> list[GraphQLError]:
        """Return what `validate` finds wrong with a text; one that was found to be right is so still.

        Fragments in a long row can be deeper than its rules can look.
        """
        if text in self._valid:
            return []
        try:
            found = validate()
        except RecursionError:
            return [too_deep(self._limits)]
        with self._lock:
            if not found and text in self._parsed:
                self._valid.add(text)
        return found

    def _keep(self, text: str, document: DocumentNode) -> None:
        with self._lock:
            self._parsed[text] = document
            while len(self._parsed) > MOST_KEPT:
                oldest, _ = self._parsed.popitem(last=False)
                self._valid.discard(oldest)
