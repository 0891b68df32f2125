"""The GraphQL schema with what answers it."""

from collections.abc import Callable, Mapping
from typing import Any

from ariadne import MutationType, ObjectType, QueryType, ScalarType, make_executable_schema
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema

from hcr.contract.schema import schema_text
from hcr.errors import FeederError, HcrError, ModelError, UsageError
from hcr.service import package_view
from hcr.service.lease import utc_now
from hcr.service.ledger import Ledger
from hcr.service.listing import listing
from hcr.service.place import Place
from hcr.service.submission import BASE_SCENARIO, Refused, examine
from hcr.service.verification import verify_package, wanted

Resolver = Callable[..., Any]


class Service:
    """What the resolvers need: ledger, place, and a way to get work going."""

    def __init__(self, place: Place, wake: Callable[[Ledger, Place], None]) -> None:
        self.place = place
        self.ledger = Ledger(place.ledger)
        self._wake = wake

    def wake(self) -> None:
        """See to it that somebody works on active packages."""
        self._wake(self.ledger, self.place)

    def close(self) -> None:
        """Let go of the ledger."""
        self.ledger.close()


def executable_schema(service: Service) -> GraphQLSchema:
    """Return the schema of the contract; operations that the service does not have say so."""
    schema = make_executable_schema(
        schema_text(), _queries(service), _mutations(service), _packages(service), *_scalars()
    )
    for kind in (schema.query_type, schema.mutation_type):
        _say_what_is_missing(kind)
    return schema


def _queries(service: Service) -> QueryType:
    query = QueryType()

    @query.field("getActiveWorkPackages")
    def active(*_: object) -> list[str]:
        service.wake()
        return service.ledger.active()

    @query.field("getWorkPackageById")
    def by_id(*_: object, id: str, **__: object) -> package_view.View | None:  # noqa: A002 - the contract's name
        service.wake()
        row = service.ledger.package(id)
        return None if row is None else package_view.view(row)

    @query.field("getWorkPackages")
    def page(*_: object, **arguments: Any) -> package_view.View:
        selection, window = listing(arguments)
        rows = service.ledger.packages(selection, window)
        return package_view.page(rows, offset=window.offset, total=service.ledger.count(selection))

    @query.field("verifyWorkPackage")
    def verify(*_: object, id: str, **arguments: Any) -> list[package_view.View]:  # noqa: A002
        if service.ledger.package(id) is None:
            raise _not_found(id)
        try:
            return verify_package(service.place, id, wanted(arguments))
        except HcrError as error:
            text = f"{error} — {error.remedy}" if error.remedy else str(error)
            raise GraphQLError(text, extensions={"code": _code_of(error)}) from error

    @query.field("getWorkPackageStatsById")
    def stats(*_: object, id: str) -> package_view.View | None:  # noqa: A002
        row = service.ledger.package(id)
        return None if row is None else package_view.stats(row, utc_now())

    @query.field("getScenarioConfigurations")
    def scenarios(*_: object, **arguments: Any) -> package_view.View:
        wanted = arguments.get("filter") or {}
        parts = [(wanted.get(key) or "").lower() for key in ("id", "name")]
        known = [name for name in (BASE_SCENARIO,) if all(part in name for part in parts)]
        rows = [{"id": name, "scenarioName": name} for name in known]
        first, size = arguments.get("offset") or 0, arguments.get("limit")
        end = None if size is None else first + size
        return {"totalCount": len(rows), "offset": first, "scenarioConfigs": rows[first:end]}

    return query


def _code_of(error: HcrError) -> str:
    """Return the code under which a client understands an error: what the user can mend is refused."""
    return "refused" if isinstance(error, FeederError | ModelError | UsageError) else error.code


def _mutations(service: Service) -> MutationType:
    mutation = MutationType()

    @mutation.field("runWorkPackage")
    def run(
        *_: object,
        input: Mapping[str, object],  # noqa: A002
        workPackageName: str,  # noqa: N803
        engine: str | None = None,
    ) -> str:
        wanted = (engine or "AUTO").lower()
        examined = examine(workPackageName, input, service.place.library, engine=wanted)
        if isinstance(examined, Refused):
            raise _refusals(examined)
        service.ledger.add(examined)
        service.wake()
        return examined.id

    @mutation.field("cancelWorkPackage")
    def cancel(*_: object, workPackageId: str) -> str:  # noqa: N803
        if not service.ledger.cancel(workPackageId):
            raise GraphQLError(
                f"404: there is no running work package {workPackageId}", extensions={"code": "not_found"}
            )
        return workPackageId

    _change_packages(service, mutation)
    return mutation


def _change_packages(service: Service, mutation: MutationType) -> None:
    @mutation.field("deleteWorkPackage")
    def delete(*_: object, workPackageIds: list[str]) -> list[str]:  # noqa: N803
        deleted = service.ledger.changes.delete(workPackageIds)
        if not deleted:
            raise _not_found(", ".join(workPackageIds) or "without an ID")
        return deleted

    @mutation.field("editWorkPackage")
    def edit(*_: object, workPackageId: str, **values: str | None) -> bool:  # noqa: N803
        given = {key: value for key, value in values.items() if value is not None}
        if not service.ledger.changes.edit(workPackageId, **given):
            raise _not_found(workPackageId)
        return True

    @mutation.field("retryWorkPackage")
    def retry(*_: object, workPackageId: str) -> list[package_view.View]:  # noqa: N803
        again = service.ledger.changes.retry(workPackageId)
        if again is None:
            if service.ledger.package(workPackageId) is None:
                raise _not_found(workPackageId)
            raise GraphQLError(
                f"work package {workPackageId} still runs; wait for its end, or cancel it",
                extensions={"code": "refused"},
            )
        service.wake()
        return package_view.retried(again)


def _not_found(what: str) -> GraphQLError:
    return GraphQLError(f"there is no work package {what}", extensions={"code": "not_found"})


def _packages(service: Service) -> ObjectType:
    package = ObjectType("HcWorkPackage")

    @package.field("progressDetails")
    def progress(row: package_view.View, info: Any) -> package_view.View:
        return package_view.progress(_tasks(service, row))

    @package.field("failures")
    def failures(row: package_view.View, info: Any) -> list[package_view.View]:
        return package_view.failures(_tasks(service, row))

    @package.field("warnings")
    def warnings(row: package_view.View, info: Any) -> list[str]:
        return [*row["warnings"], *package_view.task_warnings(_tasks(service, row))]

    @package.field("engine")
    def engine(row: package_view.View, info: Any) -> str:
        return package_view.engines(row["engine"], _tasks(service, row))

    @package.field("resultsPath")
    def results_path(row: package_view.View, info: Any) -> str | None:
        folder = service.place.results(str(row["id"]))
        return str(folder.resolve()) if folder.is_dir() else None

    return package


def _tasks(service: Service, row: package_view.View) -> list[Any]:
    """Return the tasks of a package, read once a request however many fields ask for them."""
    if "tasks" not in row:
        row["tasks"] = service.ledger.tasks_of(str(row["id"]))
    tasks: list[Any] = row["tasks"]
    return tasks


def _scalars() -> list[ScalarType]:
    plain = [ScalarType(name, serializer=_as_is, value_parser=_as_is) for name in ("LocalDateTime", "JSON")]
    return [
        *plain,
        ScalarType("DateTime", serializer=package_view.instant, value_parser=_as_is),
        ScalarType("Long", serializer=_as_is, value_parser=_long),
    ]


def _as_is(value: object) -> object:
    return value


def _long(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise GraphQLError(f"Long cannot represent {value!r:.100}")
    return value


def _say_what_is_missing(kind: GraphQLObjectType | None) -> None:
    """Give each operation without a resolver one that refuses by name."""
    for name, field in kind.fields.items() if kind else ():
        if field.resolve is None:
            field.resolve = _unsupported(name)


def _unsupported(name: str) -> Resolver:
    def resolve(*_: object, **__: object) -> None:
        raise GraphQLError(f"{name} is not supported by this service yet", extensions={"code": "unsupported"})

    return resolve


def _refusals(refused: Refused) -> GraphQLError:
    """Return one error that carries all faults; the application makes one error of each."""
    faults = [{"path": list(fault.path), "message": fault.message} for fault in refused.faults]
    text = "; ".join(fault.message for fault in refused.faults)
    return GraphQLError(text, extensions={"code": "refused", "faults": faults})
