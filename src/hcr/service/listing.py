"""From the arguments of `getWorkPackages` to what is asked of the ledger."""

from collections.abc import Mapping

from graphql import GraphQLError

from hcr.service.ledger_entry import Selection, Window

PAGE_SIZE = 100
LARGEST_PAGE = 1000


def listing(arguments: Mapping[str, object]) -> tuple[Selection, Window]:
    """Return which packages are asked for, and which part of them.

    Raises
    ------
    GraphQLError
        A number is out of range, or a filter is not known to this service.
    """
    limit = _number(arguments.get("limit"), PAGE_SIZE)
    offset = _number(arguments.get("offset"), 0)
    if not 0 <= limit <= LARGEST_PAGE:
        raise _refused("limit", f"limit must be from 0 to {LARGEST_PAGE}")
    if offset < 0:
        raise _refused("offset", "offset must not be negative")
    wanted = _members(arguments.get("filter"))
    if wanted.get("createdBy"):
        raise _refused("filter", "this service does not note who submits; createdBy cannot be a filter")
    selection = Selection(
        id=str(wanted.get("id") or ""),
        name=str(wanted.get("name") or ""),
        any_text=str(wanted.get("searchText") or ""),
    )
    sort = _members(arguments.get("sort"))
    by_name = sort.get("name") is not None
    order = sort.get("name") or sort.get("createdAt") or "DESC"
    return selection, Window(limit, offset, by_name=by_name, descending=not str(order).startswith("ASC"))


def _number(value: object, usual: int) -> int:
    return value if isinstance(value, int) else usual


def _members(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _refused(argument: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "refused", "path": [argument]})
