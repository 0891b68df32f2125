"""What answers about calibration: starting runs, listing them, and the tap settings that they found."""

from dataclasses import replace
from typing import Any

from ariadne import MutationType, ObjectType, QueryType
from pydantic_core import PydanticCustomError

from hcr.contract.local_date_time import format_local_date_time, parse_local_date_time
from hcr.service.calibration_results import CalibrationResults
from hcr.service.calibration_submission import examine_calibration
from hcr.service.calibration_view import run_info, run_view
from hcr.service.ledger_entry import NewPackage
from hcr.service.package_resolvers import Service
from hcr.service.package_tasks import TaskReader
from hcr.service.package_view import View
from hcr.service.paging import refuse_long
from hcr.service.refusals import answered, faults_of, refused
from hcr.service.submission import Refused
from hcr.service.user import calling


def bind_calibration(service: Service, query: QueryType, mutation: MutationType) -> None:
    """Answer the operations on calibration runs, sets and tap settings."""
    _bind_submission(service, mutation)
    _bind_runs(service, query)
    _bind_sets(service.calibrations, query)


def _bind_submission(service: Service, mutation: MutationType) -> None:
    @mutation.field("runCalibration")
    def start(_: object, info: Any, **arguments: Any) -> str:
        engine = str(arguments.pop("engine", None) or "AUTO").lower()
        package = _examined(service, arguments, engine=engine)
        service.ledger.add(replace(package, author=calling(info).name))
        service.wake()
        return package.id


def _bind_runs(service: Service, query: QueryType) -> None:
    """Answer what people look at while runs go on; a worker that is missing meanwhile is started."""
    runs = service.calibrations.runs

    @query.field("getCalibrationRun")
    def one(*_: object, id: str) -> View | None:  # noqa: A002 - the contract's name
        refuse_long(id, "id")
        service.stay_awake()
        row = runs.meant(id)
        return None if row is None else run_view(row)

    @query.field("listCalibrationRuns")
    def some(*_: object, **arguments: Any) -> list[View]:
        service.stay_awake()
        name, status = arguments.get("name"), arguments.get("status")
        refuse_long(name, "name")
        when = _instant(arguments.get("calibrationTime"))
        return [
            view
            for view in map(run_view, runs.all(name))
            if (when is None or when in view["times"]) and (status is None or view["status"] == status)
        ]


def _bind_sets(results: CalibrationResults, query: QueryType) -> None:
    @query.field("getCalibrationSets")
    def names(*_: object) -> list[str]:
        return results.names()

    @query.field("getTransformerTapSettings")
    def taps(*_: object, calibrationName: str, **only: str | None) -> list[View]:  # noqa: N803
        refuse_long(calibrationName, "calibrationName")
        found: list[View] = answered(
            lambda: results.records(
                calibrationName, feeder=only.get("feeder"), transformer=only.get("transformerMrid")
            )
        )
        return [_tap_record(row) for row in found]


def calibration_type(tasks: TaskReader) -> ObjectType:
    """Return what resolves the remarks of a run."""
    run = ObjectType("HcCalibration")

    @run.field("runInfo")
    def remarks(view: View, info: Any) -> str:
        return run_info(view["row"], tasks.of(view["id"]))

    return run


def _examined(service: Service, arguments: dict[str, Any], *, engine: str) -> NewPackage:
    """Return the package that a call makes.

    Raises
    ------
    GraphQLError
        It makes none; the error has all reasons.
    """
    examined = answered(
        lambda: examine_calibration(
            arguments, service.place.library, engine=engine, sets=service.calibrations
        )
    )
    if isinstance(examined, Refused):
        raise faults_of(examined)
    package: NewPackage = examined
    return package


def _instant(given: object) -> str | None:
    """Return a time as requests keep it, None where none is given."""
    if given is None:
        return None
    try:
        return format_local_date_time(parse_local_date_time(given))
    except PydanticCustomError as error:
        raise refused(error.message(), "calibrationTime") from error


def _tap_record(row: View) -> View:
    return {
        "id": row["transformer_id"],
        "lowStep": row["tap_low_limit"],
        "highStep": row["tap_high_limit"],
        "nominalTapNum": row["nominal_tap_pos"],
        "tapPosition": row["tap_set_pos"],
        "controlEnabled": row["control_enabled"],
        "stepVoltageIncrement": row["step_voltage_increment"],
        "feeder": row["feeder"],
    }
