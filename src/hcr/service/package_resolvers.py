"""What answers about work packages: submitting, listing, changing them, and reading their results."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from ariadne import MutationType, QueryType
from graphql import GraphQLError

from hcr.service import package_view
from hcr.service.calibration_results import CalibrationResults
from hcr.service.clock import utc_now
from hcr.service.cost import estimate_cost, measured_tasks
from hcr.service.deleted_results import remove_deleted
from hcr.service.duration_curves import CurveOf, duration_curves
from hcr.service.interconnection_submission import examine_interconnection
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage
from hcr.service.listing import listing
from hcr.service.missing_results import missing_results
from hcr.service.package_plan import StoredRequest, tasks_of
from hcr.service.package_tree import ancestors, children
from hcr.service.package_view import View
from hcr.service.paging import refuse_long
from hcr.service.place import Place
from hcr.service.refusals import answered, faults_of, not_found, refused
from hcr.service.states import CALIBRATION
from hcr.service.submission import LONGEST_DESCRIPTION, Refused, examine, name_faults
from hcr.service.user import author, authors, calling
from hcr.service.verification import verify_package, wanted


class Service(Protocol):
    """What these resolvers need."""

    ledger: Ledger
    place: Place
    calibrations: CalibrationResults

    def wake(self) -> None:
        """See to it that somebody works on active packages."""

    def stay_awake(self) -> None:
        """Do the same, for those who only ask."""


def bind_packages(service: Service, query: QueryType, mutation: MutationType) -> None:
    """Answer what submits, cancels, shows and lists packages."""
    _bind_submission(service, mutation)
    _bind_views(service, query)
    _bind_lists(service.ledger, query)


def _bind_submission(service: Service, mutation: MutationType) -> None:
    ledger = service.ledger

    @mutation.field("runWorkPackage")
    def run(_: object, info: Any, *, input: Mapping[str, object], workPackageName: str, **more: Any) -> str:  # noqa: A002, N803
        engine = str(more.get("engine") or "AUTO").lower()
        return _entered(service, _examined(service, workPackageName, input, engine=engine), info)

    @mutation.field("runInterconnectionWorkPackage")
    def study(_: object, info: Any, *, input: Mapping[str, object], workPackageName: str, **more: Any) -> str:  # noqa: A002, N803
        engine = str(more.get("engine") or "AUTO").lower()
        package = _accepted(
            lambda: examine_interconnection(workPackageName, input, service.place.library, engine=engine)
        )
        return _entered(service, package, info)

    @mutation.field("cancelWorkPackage")
    def cancel(*_: object, workPackageId: str) -> str:  # noqa: N803
        if not ledger.cancel(workPackageId):
            raise GraphQLError(
                f"404: there is no running work package {workPackageId}", extensions={"code": "not_found"}
            )
        return workPackageId


def _bind_views(service: Service, query: QueryType) -> None:
    """Answer what people look at while packages run; a worker that is missing meanwhile is started."""
    ledger = service.ledger

    @query.field("getActiveWorkPackages")
    def active(*_: object) -> list[str]:
        service.stay_awake()
        return ledger.active()

    @query.field("getWorkPackageById")
    def by_id(*_: object, id: str, withGroupings: bool | None = None) -> View | None:  # noqa: A002, N803
        service.stay_awake()
        row = ledger.package(id)
        return None if row is None else package_view.view(row, grouped=bool(withGroupings))


def _bind_lists(ledger: Ledger, query: QueryType) -> None:
    @query.field("getWorkPackages")
    def page(*_: object, **arguments: Any) -> View:
        selection, window = listing(arguments)
        rows = ledger.packages(selection, window)
        return {
            "totalCount": ledger.count(selection),
            "offset": window.offset,
            "allUsers": authors(ledger),
            "workPackages": [
                package_view.view(row, grouped=bool(arguments.get("withGroupings"))) for row in rows
            ],
        }

    @query.field("getAllWorkPackagesAuthors")
    def all_authors(*_: object) -> list[View | None]:
        return [author(name) for name in authors(ledger)]

    @query.field("getWorkPackageTree")
    def tree(*_: object, id: str) -> View | None:  # noqa: A002
        row = ledger.package(id)
        if row is None:
            return None
        above, below = ancestors(ledger, row), children(ledger, id)
        return {
            "ancestors": [package_view.view(one) for one in above],
            "children": [package_view.view(one) for one in below],
        }


def bind_package_changes(service: Service, mutation: MutationType) -> None:
    """Answer what deletes, edits and retries packages."""
    changes = service.ledger.changes

    @mutation.field("deleteWorkPackage")
    def delete(*_: object, workPackageIds: list[str]) -> list[str]:  # noqa: N803
        refuse_long(workPackageIds, "workPackageIds")
        return _deleted(service, workPackageIds)

    @mutation.field("editWorkPackage")
    def edit(*_: object, workPackageId: str, **values: str | None) -> bool:  # noqa: N803
        given = {key: value for key, value in values.items() if value is not None}
        if faults := list(name_faults(given["name"], "name")) if "name" in given else []:
            raise faults_of(Refused(tuple(faults)))
        if len(given.get("description", "")) > LONGEST_DESCRIPTION:
            raise refused(f"the description is longer than {LONGEST_DESCRIPTION} characters", "description")
        _refuse_new_name(service.ledger, workPackageId, given.get("name"))
        if not changes.edit(workPackageId, **given):
            raise _no_package(workPackageId)
        return True

    @mutation.field("retryWorkPackage")
    def retry(*_: object, workPackageId: str) -> list[View]:  # noqa: N803
        missing = missing_results(
            service.ledger.tasks_of(workPackageId), service.place.results(workPackageId)
        )
        again = changes.retry(workPackageId, missing)
        if again is None:
            if service.ledger.package(workPackageId) is None:
                raise _no_package(workPackageId)
            raise GraphQLError(
                f"work package {workPackageId} still runs; wait for its end, or cancel it",
                extensions={"code": "refused"},
            )
        service.wake()
        return package_view.retried(again, missing)


def bind_results(service: Service, query: QueryType) -> None:
    """Answer how long packages take, what they would cost, and what came out of them."""
    ledger = service.ledger

    @query.field("getWorkPackageStatsById")
    def stats(*_: object, id: str) -> View | None:  # noqa: A002
        row = ledger.package(id)
        return None if row is None else package_view.stats(row, utc_now())

    @query.field("getWorkPackageCostEstimation")
    def cost(*_: object, input: Mapping[str, object]) -> float:  # noqa: A002
        package = _examined(service, "cost", input)
        planned = tasks_of(StoredRequest(package.kind, package.request))
        estimated: float = answered(lambda: estimate_cost(measured_tasks(ledger), planned))
        return estimated

    @query.field("verifyWorkPackage")
    def verify(*_: object, id: str, **arguments: Any) -> list[View]:  # noqa: A002
        if ledger.package(id) is None:
            raise _no_package(id)
        found: list[View] = answered(lambda: verify_package(service.place, id, wanted(arguments)))
        return found

    @query.field("getDurationCurves")
    def curves(*_: object, workPackageId: str, conductingEquipmentMrid: str, **model: Any) -> list[View]:  # noqa: N803
        if ledger.package(workPackageId) is None:
            raise _no_package(workPackageId)
        asked = CurveOf(workPackageId, equipment=conductingEquipmentMrid, **model)
        tasks = {(one.feeder, one.scenario, one.year): one for one in ledger.tasks_of(workPackageId)}
        task = tasks.get((asked.feeder, asked.scenario, asked.year))
        folder = service.place.results(workPackageId)
        found: list[View] = answered(lambda: duration_curves(asked, task, folder))
        return found


def _refuse_new_name(ledger: Ledger, package_id: str, name: str | None) -> None:
    """Refuse another name for a calibration: its tables and all who use its taps know the one it has.

    Raises
    ------
    GraphQLError
        The package is a calibration of another name.
    """
    row = None if name is None else ledger.package(package_id)
    if row is not None and row.kind == CALIBRATION and row.name != name:
        raise refused(
            f"calibration {row.name!r} cannot be renamed to {name!r}: its tap settings are known by its name;"
            " run a calibration under the new name, or change the description only",
            "name",
        )


def _deleted(service: Service, package_ids: list[str]) -> list[str]:
    """Delete packages, remove their results, and return which were there."""
    deleted = service.ledger.changes.delete(package_ids)
    if not deleted:
        raise _no_package(", ".join(package_ids) or "without an ID")
    if not service.ledger.runner_lease.is_held():  # else its holder removes them: tasks may still write
        remove_deleted(service.ledger, service.place)
    return deleted


def _examined(service: Service, name: str, wire: Mapping[str, object], *, engine: str = "auto") -> NewPackage:
    """Return the package that a request makes.

    Raises
    ------
    GraphQLError
        It makes none; the error has all reasons.
    """
    return _accepted(
        lambda: examine(name, wire, service.place.library, engine=engine, sets=service.calibrations)
    )


def _accepted(examine: Callable[[], NewPackage | Refused]) -> NewPackage:
    """Return the package that a request makes.

    Raises
    ------
    GraphQLError
        It makes none; the error has all reasons.
    """
    examined = answered(examine)
    if isinstance(examined, Refused):
        raise faults_of(examined)
    package: NewPackage = examined
    return package


def _entered(service: Service, package: NewPackage, info: Any) -> str:
    """Enter a package, see to it that somebody works on it, and return its ID."""
    service.ledger.add(replace(package, author=calling(info).name))
    service.wake()
    return package.id


def _no_package(what: str) -> GraphQLError:
    return not_found(f"work package {what}")
