"""The GraphQL schema with what answers it."""

from collections.abc import Callable, Mapping
from typing import Any

from ariadne import MutationType, ObjectType, QueryType, ScalarType, make_executable_schema
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema

from hcr.contract.schema import schema_text
from hcr.service import package_view
from hcr.service.ledger import Ledger
from hcr.service.listing import listing
from hcr.service.place import Place
from hcr.service.submission import Refused, examine

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

    return query


def _mutations(service: Service) -> MutationType:
    mutation = MutationType()

    @mutation.field("runWorkPackage")
    def run(*_: object, input: Mapping[str, object], workPackageName: str) -> str:  # noqa: A002, N803
        examined = examine(workPackageName, input, service.place.library)
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

    return mutation


def _packages(service: Service) -> ObjectType:
    package = ObjectType("HcWorkPackage")

    @package.field("progressDetails")
    def progress(row: package_view.View, info: Any) -> package_view.View:
        return package_view.progress(service.ledger.tasks_of(str(row["id"])))

    @package.field("failures")
    def failures(row: package_view.View, info: Any) -> list[package_view.View]:
        return package_view.failures(service.ledger.tasks_of(str(row["id"])))

    @package.field("warnings")
    def warnings(row: package_view.View, info: Any) -> list[str]:
        return [*row["warnings"], *package_view.task_warnings(service.ledger.tasks_of(str(row["id"])))]

    @package.field("resultsPath")
    def results_path(row: package_view.View, info: Any) -> str | None:
        folder = service.place.results(str(row["id"]))
        return str(folder.resolve()) if folder.is_dir() else None

    return package


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
