"""Queries that were parsed and validated before."""

import pytest
from graphql import GraphQLError

from hcr.service.documents import LONGEST_KEPT, MOST_KEPT, Documents
from hcr.service.limits import Limits


def test_the_same_text_is_parsed_and_validated_once() -> None:
    documents, looked = Documents(Limits()), []
    first = documents.parsed("{ a }")
    assert documents.parsed("{ a }") is first
    for _ in range(3):
        assert documents.faults("{ a }", lambda: looked.append(1) or []) == []  # type: ignore[func-returns-value]
    assert looked == [1]


def test_a_text_that_is_wrong_is_wrong_each_time() -> None:
    documents = Documents(Limits())
    documents.parsed("{ b }")
    fault = GraphQLError("there is no b")
    assert documents.faults("{ b }", lambda: [fault]) == [fault]
    assert documents.faults("{ b }", lambda: [fault]) == [fault]
    for _ in range(2):
        with pytest.raises(GraphQLError, match="Syntax"):
            documents.parsed("{ b ")


def test_only_the_last_texts_are_kept_and_no_long_ones() -> None:
    documents = Documents(Limits())
    first = documents.parsed("{ a }")
    documents.faults("{ a }", list)
    for number in range(MOST_KEPT):
        documents.parsed(f"{{ a{number} }}")
    assert documents.parsed("{ a }") is not first
    long = "{ a }" + " " * LONGEST_KEPT
    assert documents.parsed(long) is not documents.parsed(long)
