"""What a query would cost is known before it is answered."""

import time

import pytest
from graphql import GraphQLError, build_ast_schema, get_introspection_query, parse

from hcr.client import operations
from hcr.contract.schema import schema_text
from hcr.service.limits import Limits
from hcr.service.query_cost import check_cost
from hcr.service.query_limits import parse_within_limits

USUAL = Limits()
SCHEMA = build_ast_schema(parse(schema_text()))


def check(query: str, limits: Limits = USUAL, **variables: object) -> None:
    check_cost(SCHEMA, parse_within_limits(query), {"variables": variables}, limits)


def cost(query: str, **variables: object) -> int:
    """The least limit under which a query passes, by halving."""
    low, high = 0, 10**7
    while low < high:
        middle = (low + high) // 2
        try:
            check(query, Limits(cost=middle), **variables)
            high = middle
        except GraphQLError:
            low = middle + 1
    return low


def test_all_queries_of_our_client_pass_at_the_longest_page() -> None:
    for one in vars(operations).values():
        if isinstance(one, operations.Operation):
            check(one.document, limit=1000)


def test_the_introspection_of_common_tools_passes() -> None:
    check(get_introspection_query(specified_by_url=True, input_value_deprecation=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ getActiveWorkPackages }", 1),
        ("{ a: getActiveWorkPackages b: getActiveWorkPackages }", 2),
        ("{ getWorkPackages(limit: 7) { totalCount workPackages { id name } } }", 1 + 1 + 1 + 7 * 2),
        ("{ getWorkPackages { workPackages { id } } }", 1 + 1 + 100),
        ("{ getWorkPackages(limit: 3) { workPackages { failures { code } } } }", 2 + 3 * (5 + 10)),
        ("query ($limit: Int) { getWorkPackages(limit: $limit) { workPackages { id } } }", 2 + 9),
        ("query ($n: Int = 8) { getWorkPackages(limit: $n) { workPackages { id } } }", 2 + 8),
        ("{ ...f ...f } fragment f on Query { getActiveWorkPackages }", 2),
        ("{ ... on Query { getActiveWorkPackages } }", 1),
        ("{ nonsense { deeper } }", 2),
        ('{ verifyWorkPackage(id: "x") { feeder } }', 120_000 + 10),
    ],
)
def test_fields_count_and_lists_multiply(query: str, expected: int) -> None:
    assert cost(query, limit=9) == expected


@pytest.mark.parametrize("limit", [1001, -1, 2**40])
def test_a_page_that_is_too_long_is_refused_by_name(limit: int) -> None:
    for query, variables in (
        (f"{{ getWorkPackages(limit: {limit}) {{ totalCount }} }}", {}),
        (f"{{ pagedOpenDssModels(limit: {limit}) {{ totalCount }} }}", {}),
        ("query ($l: Int) { getScenarioConfigurations(limit: $l) { totalCount } }", {"l": limit}),
    ):
        with pytest.raises(GraphQLError, match="limit must be from 0 to 1000") as caught:
            check(query, **variables)
        assert caught.value.extensions == {"code": "refused", "path": ["limit"]}
    with pytest.raises(GraphQLError, match="from 0 to 10"):
        check("{ getWorkPackages(limit: 11) { totalCount } }", Limits(page=10))


def doubling(levels: int) -> str:
    """Fragments that each spread the next one twice: 2 ** levels fields in a short text."""
    spreads = [f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(levels)]
    return " ".join(["{ ...f0 }", *spreads, f"fragment f{levels} on Query {{ getActiveWorkPackages }}"])


def chained(levels: int) -> str:
    """Fragments that nest types, each a little deeper than the one before."""
    links = [f"fragment f{n} on __Type {{ ofType {{ ...f{n + 1} }} }}" for n in range(levels)]
    last = f"fragment f{levels} on __Type {{ name }}"
    return " ".join(['{ __type(name: "Query") { ...f0 } }', *links, last])


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (doubling(40), "its answer could hold"),
        (chained(40), "levels deep"),
        (chained(900), "levels deep"),
        ("{ " + " ".join(f'v{n}: verifyWorkPackage(id: "x") {{ feeder }}' for n in range(2)) + "}", "could"),
        ("{__schema{types" + "{fields{type" * 6 + "{name}" + "}}" * 6 + "}}", "could hold"),
    ],
    ids=["doubling", "chained", "long chain", "verifications", "introspection"],
)
def test_what_a_short_text_hides_is_found_at_once(query: str, why: str) -> None:
    began = time.thread_time()
    with pytest.raises(GraphQLError, match=why) as caught:
        check(query)
    assert caught.value.extensions == {"code": "too_large"}
    assert time.thread_time() - began < 1.0


def test_what_validation_will_refuse_is_left_to_it() -> None:
    for query in (
        "{ ...f } fragment f on Query { ...f }",
        "{ ...nowhere }",
        "{ ... on Nowhere { a } }",
        "query a { a } query b { b }",
        '{ getWorkPackages(limit: "x") { totalCount } }',
        "{ getWorkPackages(limit: $unknown) { totalCount } }",
        "subscription { a }",
    ):
        check(query)
    check_cost(SCHEMA, parse("{ a }"), {"variables": [3]}, Limits())
