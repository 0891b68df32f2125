"""Pages, filters and orders of lists that are short enough to be held in memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from hcr.service.refusals import refused

T = TypeVar("T")

PAGE_SIZE = 100
LARGEST_PAGE = 1000


def bounds(arguments: Mapping[str, object]) -> tuple[int, int]:
    """Return limit and offset of a call.

    Raises
    ------
    GraphQLError
        A number is out of range.
    """
    limit = _number(arguments.get("limit"), PAGE_SIZE)
    offset = _number(arguments.get("offset"), 0)
    if not 0 <= limit <= LARGEST_PAGE:
        raise refused(f"limit must be from 0 to {LARGEST_PAGE}", "limit")
    if offset < 0:
        raise refused("offset must not be negative", "offset")
    return limit, offset


def members(value: object) -> Mapping[str, Any]:
    """Return a filter or a sort order as a mapping, empty where none was given."""
    return value if isinstance(value, Mapping) else {}


def ordered(views: Iterable[Mapping[str, Any]], sort: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return views in the order of sort criteria, the first in the contract being the most important.

    Nulls come last, or first where the order says so; views that are equal stay as they were.
    """
    found = list(views)
    for key, order in reversed([(key, str(order)) for key, order in sort.items() if order is not None]):
        known = [view for view in found if view[key] is not None]
        unknown = [view for view in found if view[key] is None]
        known.sort(key=lambda view: _comparable(view[key]), reverse=order.startswith("DESC"))
        found = unknown + known if order.endswith("NULLS_FIRST") else known + unknown
    return found


def page(found: Sequence[T], arguments: Mapping[str, object], name: str) -> dict[str, Any]:
    """Return one page of a list in the shape of the contract; `name` is the field of its entries."""
    limit, offset = bounds(arguments)
    return {"totalCount": len(found), "offset": offset, name: list(found[offset : offset + limit])}


def _comparable(value: object) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _number(value: object, usual: int) -> int:
    return value if isinstance(value, int) else usual
