"""What answers about differences between two packages."""

from collections.abc import Mapping
from typing import Any

from ariadne import MutationType, ObjectType, QueryType

from hcr.contract.enums import DiffType
from hcr.service import package_view
from hcr.service.ledger import Ledger
from hcr.service.package_difference import BASIC, ENHANCED, Comparison, Differences, View
from hcr.service.paging import members, ordered, page
from hcr.service.refusals import answered, not_found, refused

SIDES = {"wPId1": "workPackageId1", "wPId2": "workPackageId2"}
"""Fields of the contract that show a package, and where its ID is kept."""


def bind_differences(differences: Differences, query: QueryType, mutation: MutationType) -> None:
    """Answer the operations on differences."""

    @query.field("getProcessedDiff")
    def one(*_: object, diffId: str) -> View | None:  # noqa: N803 - the contract's name
        return differences.one(diffId)

    @query.field("getProcessedDiffs")
    def some(*_: object, **arguments: Any) -> View:
        wanted, sort = members(arguments.get("filter")), members(arguments.get("sort"))
        by = {"type": sort.get("type"), "workPackageId1": sort.get("workPackagedId1")}
        found = [one for one in differences.all() if _passes(one, wanted)]
        return page(ordered(found, by), arguments, "processedDiff")

    @mutation.field("editDiffPackage")
    def edit(*_: object, diffId: str, **values: str | None) -> bool:  # noqa: N803
        given = {key: value for key, value in values.items() if value is not None}
        if not differences.edit(diffId, given):
            raise not_found(f"difference {diffId}")
        return True

    for operation, kind in (
        ("generateNetworkPerformanceDiff", BASIC),
        ("generateEnhancedNetworkPerformanceDiff", ENHANCED),
    ):
        mutation.set_field(operation, _maker(differences, kind))


def difference_type(ledger: Ledger) -> ObjectType:
    """Return the type that shows the two packages of a difference; null where one was deleted."""
    kind = ObjectType("ProcessedDiff")
    for field, key in SIDES.items():

        def side(view: View, *_: object, key: str = key) -> package_view.View | None:
            row = ledger.package(view[key])
            return None if row is None else package_view.view(row)

        kind.set_field(field, side)
    return kind


def _maker(differences: Differences, kind: str) -> Any:
    def make(
        *_: object,
        diffId: str,  # noqa: N803
        workPackageId1: str,  # noqa: N803
        workPackageId2: str,  # noqa: N803
        **chosen: Any,
    ) -> View:
        names = {"diffName": "name", "timeOfDay": "time_of_day"}
        parts = {names.get(key, key): value for key, value in chosen.items()}
        asked = Comparison(diffId, kind, workPackageId1, workPackageId2, **parts)
        return {"id": diffId, "entries": answered(lambda: differences.make(asked))}

    return make


def _passes(view: View, wanted: Mapping[str, Any]) -> bool:
    """Return whether a difference passes a filter.

    Raises
    ------
    GraphQLError
        The filter names a type that there is not.
    """
    kind, package_id = wanted.get("type"), wanted.get("wPId")
    if kind and kind not in list(DiffType):
        raise refused(f"there is no type {kind}; types are {', '.join(DiffType)}", "filter", "type")
    sides = [view[key] for key in SIDES.values()]
    return (not kind or view["type"] == kind) and (not package_id or package_id in sides)
