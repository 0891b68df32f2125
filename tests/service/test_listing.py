"""What `getWorkPackages` asks of the ledger."""

import pytest
from graphql import GraphQLError

from hcr.service.ledger_entry import Selection, Window
from hcr.service.listing import listing
from hcr.service.paging import LARGEST_PAGE, PAGE_SIZE


def test_without_arguments_it_is_the_newest_page() -> None:
    assert listing({}) == (Selection(), Window(PAGE_SIZE))


def test_null_is_as_good_as_nothing() -> None:
    arguments = {"limit": None, "offset": None, "filter": None, "sort": None}
    assert listing(arguments) == listing({})


def test_each_filter_has_its_effect() -> None:
    wanted = {"id": "a", "name": "b", "searchText": "c", "createdBy": ["d", "e"]}
    selection, _ = listing({"filter": wanted})
    assert selection == Selection("a", "b", "c", ("d", "e"))


@pytest.mark.parametrize(
    ("sort", "by_name", "descending"),
    [
        ({"createdAt": "ASC"}, False, False),
        ({"createdAt": "DESC"}, False, True),
        ({"name": "ASC"}, True, False),
        ({"name": "DESC", "createdAt": "ASC"}, True, True),
        ({}, False, True),
    ],
)
def test_packages_are_sorted_as_asked(sort: dict[str, str], by_name: bool, descending: bool) -> None:
    _, window = listing({"sort": sort, "limit": 5, "offset": 10})
    assert window == Window(5, 10, by_name=by_name, descending=descending)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"limit": -1}, "limit"),
        ({"limit": LARGEST_PAGE + 1}, "limit"),
        ({"offset": -1}, "offset"),
    ],
)
def test_what_cannot_be_is_refused_by_name(arguments: dict[str, object], argument: str) -> None:
    with pytest.raises(GraphQLError) as caught:
        listing(arguments)
    assert caught.value.extensions == {"code": "refused", "path": [argument]}
