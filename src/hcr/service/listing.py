"""From the arguments of `getWorkPackages` to what is asked of the ledger."""

from collections.abc import Mapping

from hcr.service.ledger_entry import Selection, Window
from hcr.service.paging import bounds, members, refuse_long


def listing(arguments: Mapping[str, object]) -> tuple[Selection, Window]:
    """Return which packages are asked for, and which part of them.

    Raises
    ------
    GraphQLError
        A number is out of range, or a filter too long.
    """
    limit, offset = bounds(arguments)
    wanted = members(arguments.get("filter"))
    for name, value in wanted.items():
        refuse_long(value, "filter", name)
    selection = Selection(
        id=str(wanted.get("id") or ""),
        name=str(wanted.get("name") or ""),
        any_text=str(wanted.get("searchText") or ""),
        authors=tuple(wanted.get("createdBy") or ()),
    )
    sort = members(arguments.get("sort"))
    by_name = sort.get("name") is not None
    order = sort.get("name") or sort.get("createdAt") or "DESC"
    return selection, Window(limit, offset, by_name=by_name, descending=not str(order).startswith("ASC"))
