"""Queries that are larger than anybody needs are refused quickly."""

import time

import pytest
from graphql import GraphQLError, get_introspection_query

from hcr.client import operations
from hcr.service.query_limits import parse_within_limits


def nested(levels: int) -> str:
    return "{ __typename " + "{ a " * levels + "}" * levels + "}"


def test_all_queries_of_our_client_pass() -> None:
    documents = [one.document for one in vars(operations).values() if isinstance(one, operations.Operation)]
    assert len(documents) > 10
    for document in documents:
        parse_within_limits(document)


def test_the_introspection_of_common_tools_passes() -> None:
    parse_within_limits(get_introspection_query(specified_by_url=True, input_value_deprecation=True))


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("{" + "a " * 20_000 + "}", "more than 15000 tokens"),
        ("{" + "a " * 2_000 + "}", "2000 fields"),
        ("{" + " ".join(f"a{number}: b" for number in range(60)) + "}", "60 aliases"),
        ("{a" + "{a" * 40 + "}" * 41, "levels deep"),
        ("{a" + "{a" * 4000 + "}" * 4001, "levels deep"),
        ("{a" + "{...on A" * 40 + "{a}" + "}" * 41, "levels deep"),
        ("{a(b: " + "[" * 7000 + "]" * 7000 + ")}", "levels deep"),
    ],
    ids=["tokens", "fields", "aliases", "deep", "very deep", "fragments", "deep value"],
)
def test_a_larger_query_is_refused_at_once(query: str, why: str) -> None:
    began = time.thread_time()
    with pytest.raises(GraphQLError) as caught:
        parse_within_limits(query)
    assert why in caught.value.message
    assert time.thread_time() - began < 2.0


def test_a_syntax_error_is_one() -> None:
    with pytest.raises(GraphQLError, match="Syntax Error"):
        parse_within_limits("{ getActiveWorkPackages ")
