"""The GraphQL schema with what answers it."""

import secrets
import time
from collections.abc import Callable
from typing import Any

from ariadne import MutationType, ObjectType, QueryType, ScalarType, make_executable_schema
from graphql import GraphQLError, GraphQLSchema

from hcr.contract.schema import schema_text
from hcr.service import package_view
from hcr.service.calibration_evidence import bind_evidence
from hcr.service.calibration_resolvers import bind_calibration, calibration_type
from hcr.service.calibration_results import CalibrationResults
from hcr.service.calibration_runs import CalibrationRuns
from hcr.service.difference_resolvers import bind_differences, difference_type
from hcr.service.interconnection_results import bind_interconnection
from hcr.service.ledger import Ledger
from hcr.service.model_export import ModelExports
from hcr.service.model_export_process import start_maker
from hcr.service.model_export_resolvers import bind_exports
from hcr.service.package_activity import package_activity
from hcr.service.package_difference import Differences
from hcr.service.package_resolvers import bind_package_changes, bind_packages, bind_results
from hcr.service.package_tasks import PackageTasks, TaskReader
from hcr.service.paging import members, page
from hcr.service.place import Place
from hcr.service.submission import BASE_SCENARIO
from hcr.service.unsupported import refuse_the_rest
from hcr.service.user import calling


class Service:
    """What the resolvers need: ledger, place, exports, and a way to get work going."""

    def __init__(self, place: Place, wake: Callable[[Ledger, Place], None]) -> None:
        self.place = place
        self.ledger = Ledger(place.ledger)
        self.tasks = TaskReader(self.ledger)
        self.exports = ModelExports(place, start_maker)
        self.calibrations = CalibrationResults(CalibrationRuns(self.ledger), place)
        self.secret = secrets.token_bytes(32)
        self._wake = wake
        self._woken = float("-inf")

    def wake(self) -> None:
        """See to it that somebody works on active packages."""
        self._woken = time.monotonic()
        self._wake(self.ledger, self.place)

    def stay_awake(self) -> None:
        """Do the same for those who only ask, of whom there may be many: once a second is enough."""
        if time.monotonic() - self._woken > 1.0:
            self.wake()

    def close(self) -> None:
        """Let go of the ledger."""
        self.ledger.close()


def executable_schema(service: Service) -> GraphQLSchema:
    """Return the schema of the contract; operations that the service does not have say so."""
    query, mutation = QueryType(), MutationType()
    bind_packages(service, query, mutation)
    bind_package_changes(service, mutation)
    bind_results(service, query)
    bind_calibration(service, query, mutation)
    bind_evidence(service.calibrations, query)
    bind_interconnection(service, query)
    bind_exports(service, query, mutation)
    bind_differences(Differences(service.ledger, service.place), query, mutation)
    _bind_the_rest(query)
    types = [
        _packages(service),
        calibration_type(service.tasks),
        difference_type(service.ledger),
        *_scalars(),
    ]
    schema = make_executable_schema(schema_text(), query, mutation, *types)
    refuse_the_rest(schema)
    return schema


def _bind_the_rest(query: QueryType) -> None:
    """Answer who calls, and which scenarios there are."""

    @query.field("currentUser")
    def current_user(_: object, info: Any) -> package_view.View:
        user = calling(info)
        return {
            "id": user.name,
            "username": user.name,
            "email": user.email,
            "identityProvider": user.provider,
            "permissions": list(user.permissions),
        }

    @query.field("getScenarioConfigurations")
    def scenarios(*_: object, **arguments: Any) -> package_view.View:
        wanted = members(arguments.get("filter"))
        parts = [(wanted.get(key) or "").lower() for key in ("id", "name")]
        known = [name for name in (BASE_SCENARIO,) if all(part in name for part in parts)]
        return page([{"id": name, "scenarioName": name} for name in known], arguments, "scenarioConfigs")


def _packages(service: Service) -> ObjectType:
    package = ObjectType("HcWorkPackage")

    @package.field("progressDetails")
    def progress(row: package_view.View, info: Any) -> package_view.View:
        return package_view.progress(_tasks(service, row), grouped=row["grouped"])

    @package.field("failures")
    def failures(row: package_view.View, info: Any) -> list[package_view.View]:
        return package_view.failures(_tasks(service, row))

    @package.field("warnings")
    def warnings(row: package_view.View, info: Any) -> list[str]:
        return [*row["warnings"], *package_view.task_warnings(_tasks(service, row))]

    @package.field("engine")
    def engine(row: package_view.View, info: Any) -> str:
        return package_view.engines(row["engine"], _tasks(service, row))

    @package.field("activity")
    def activity(row: package_view.View, info: Any) -> str | None:
        return package_activity(_tasks(service, row), service.place.results(str(row["id"])))

    @package.field("resultsPath")
    def results_path(row: package_view.View, info: Any) -> str | None:
        folder = service.place.results(str(row["id"]))
        return str(folder.resolve()) if folder.is_dir() else None

    return package


def _tasks(service: Service, row: package_view.View) -> PackageTasks:
    """Return the tasks of a package, read once a request however many fields ask for them."""
    if "tasks" not in row:
        row["tasks"] = service.tasks.of(str(row["id"]))
    tasks: PackageTasks = row["tasks"]
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
