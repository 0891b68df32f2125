"""Pages, filters and orders of lists that are short enough to be held in memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from hcr.service.refusals import refused

T = TypeVar("T")

PAGE_SIZE = 100
LARGEST_PAGE = 1000

LONGEST_TEXT, MOST_ENTRIES = 1000, 1000
"""Characters of a text that is looked for, and entries of a list: what a statement of SQL can surely take."""


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


def refuse_long(value: object, *path: str) -> None:
    """Refuse a text, or a list of texts, that is longer than anybody needs.

    Raises
    ------
    GraphQLError
        It is; `path` leads to it in the arguments.
    """
    texts = value if isinstance(value, list) else [value]
    if len(texts) > MOST_ENTRIES:
        raise refused(f"{path[-1]} has {len(texts)} entries; at most {MOST_ENTRIES} are possible", *path)
    longest = max((len(one) for one in texts if isinstance(one, str)), default=0)
    if longest > LONGEST_TEXT:
        raise refused(f"{path[-1]} has {longest} characters; at most {LONGEST_TEXT} are possible", *path)


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
