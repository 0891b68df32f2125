"""The hosting-capacity service as typed calls, one for each operation.

Inputs are wire data as `hcr.contract` makes it; an argument that is None is not sent.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from hcr.client import operations
from hcr.client.answer_errors import CHECK_ID
from hcr.client.answers import (
    CalibrationEvidence,
    CalibrationReport,
    CalibrationRun,
    DurationCurve,
    Model,
    OpenDssModel,
    OpenDssModelPage,
    ScenarioConfigurationPage,
    TapSetting,
    TaskFailure,
    User,
    Verification,
    WorkPackage,
    WorkPackagePage,
    WorkPackageStats,
    WorkPackageTree,
)
from hcr.client.operations import Operation
from hcr.client.transport import Transport
from hcr.client.wire_values import fields_of, flag_of, items_of, number_of, text_of, texts_of
from hcr.errors import NotFoundError, ServerError, UsageError
from hcr.replacement import replacing

Wire = Mapping[str, object]
_PAGE = 100


class HostingCapacityApi:
    """Calls to one service; use it in a `with` block, or `close` it."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._extended: bool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self.transport.close()

    # ---- work packages

    def run_work_package(self, wire_input: Wire, name: str, *, engine: str | None = None) -> str:
        """The ID of the new work package (forecast or feeder override).

        `engine` (AUTO, BATCH, OPENDSS) is sent only where it is given; only our own service has a choice.
        """
        variables = {"input": wire_input, "workPackageName": name}
        if engine is None:
            return self._id(operations.RUN_WORK_PACKAGE, variables)
        self._needs_extensions("a choice of engines")
        return self._id(operations.RUN_WORK_PACKAGE_BY_ENGINE, {**variables, "engine": engine})

    def run_intrinsic_work_package(self, wire_input: Wire, name: str) -> str:
        """The ID of the new intrinsic work package."""
        return self._id(operations.RUN_INTRINSIC_WORK_PACKAGE, {"input": wire_input, "workPackageName": name})

    def run_hv_node_headroom_work_package(self, wire_input: Wire, name: str) -> str:
        """The ID of the new headroom work package."""
        return self._id(
            operations.RUN_HV_NODE_HEADROOM_WORK_PACKAGE, {"input": wire_input, "workPackageName": name}
        )

    def run_interconnection_work_package(
        self, wire_input: Wire, name: str, *, engine: str | None = None
    ) -> str:
        """The ID of the new interconnection study; our own service can do that."""
        self._needs_extensions("interconnection studies")
        variables = {"input": wire_input, "workPackageName": name, "engine": engine}
        return self._id(operations.RUN_INTERCONNECTION_WORK_PACKAGE, variables)

    def estimate_work_package_cost(self, wire_input: Wire) -> float:
        """What the package would cost, in the service's own unit."""
        value = self._ask(operations.GET_WORK_PACKAGE_COST_ESTIMATION, {"input": wire_input})
        cost = number_of(value)
        if cost is None:
            raise ServerError("The service did not name a cost", why=f"it answered {value!r}")
        return cost

    def cancel_work_package(self, work_package_id: str) -> str:
        """The ID of the package that was asked to stop."""
        return self._id(operations.CANCEL_WORK_PACKAGE, {"workPackageId": work_package_id})

    def delete_work_packages(self, work_package_ids: Sequence[str]) -> tuple[str, ...]:
        """The IDs of the packages that are gone."""
        return texts_of(self._ask(operations.DELETE_WORK_PACKAGE, {"workPackageIds": list(work_package_ids)}))

    def retry_work_package(self, work_package_id: str) -> tuple[TaskFailure, ...]:
        """The models that run again, each with the reason; our own service can do that."""
        answer = self._ask(operations.RETRY_WORK_PACKAGE, {"workPackageId": work_package_id})
        return tuple(TaskFailure.read(task) for task in items_of(answer))

    def edit_work_package(
        self, work_package_id: str, *, name: str | None = None, description: str | None = None
    ) -> bool:
        """True when the package has its new name or description."""
        answer = self._ask(
            operations.EDIT_WORK_PACKAGE,
            {"workPackageId": work_package_id, "name": name, "description": description},
        )
        return flag_of(answer) is True

    def verify_work_package(
        self, work_package_id: str, model: Model | None = None, *, lanes: int, seed: int
    ) -> tuple[Verification, ...]:
        """How stored results compare with OpenDSS, of one model or of all; our own service can do that."""
        self._needs_extensions("a check of stored results")
        only = {"feeder": model.feeder, "scenario": model.scenario, "year": model.year} if model else {}
        variables = {"id": work_package_id, "lanes": lanes, "seed": seed, **only}
        answer = self._ask(operations.VERIFY_WORK_PACKAGE, variables)
        return tuple(Verification.read(one) for one in items_of(answer))

    def active_work_packages(self) -> tuple[str, ...]:
        """The IDs of packages that are waiting or running."""
        return texts_of(self._ask(operations.GET_ACTIVE_WORK_PACKAGES))

    def work_package(self, work_package_id: str, *, with_groupings: bool = False) -> WorkPackage:
        """The package; `with_groupings` also lists its models by stage."""
        operation = (
            operations.GET_WORK_PACKAGE_BY_ID_EXTENDED
            if self.speaks_extensions()
            else operations.GET_WORK_PACKAGE_BY_ID
        )
        answer = self._ask(operation, {"id": work_package_id, "withGroupings": with_groupings or None})
        return WorkPackage.read(_found(answer, f"work package {work_package_id}"))

    def work_packages(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        where: Wire | None = None,
        sort: Wire | None = None,
    ) -> WorkPackagePage:
        """Some of the packages, newest first unless `sort` says otherwise."""
        return WorkPackagePage.read(
            self._ask(
                operations.GET_WORK_PACKAGES,
                {"limit": limit, "offset": offset, "filter": where, "sort": sort},
            )
        )

    def work_package_tree(self, work_package_id: str) -> WorkPackageTree:
        """The packages it was built on, and those built on it."""
        answer = self._ask(operations.GET_WORK_PACKAGE_TREE, {"id": work_package_id})
        return WorkPackageTree.read(_found(answer, f"work package {work_package_id}"))

    def work_package_stats(self, work_package_id: str) -> WorkPackageStats:
        """How long the package took."""
        answer = self._ask(operations.GET_WORK_PACKAGE_STATS_BY_ID, {"id": work_package_id})
        return WorkPackageStats.read(_found(answer, f"work package {work_package_id}"))

    # ---- calibration

    def run_calibration(self, name: str, arguments: Wire | None = None) -> str:
        """The ID of the new run, which fills the calibration set `name`.

        `arguments` are the others of `runCalibration`; those that only our own service has are sent only
        where they are given.
        """
        given = {**(arguments or {}), "calibrationName": name}
        more = [key for key in operations.CALIBRATION_EXTENSIONS if given.get(key) is not None]
        if not more:
            return self._id(operations.RUN_CALIBRATION, given)
        self._needs_extensions(f"calibrations with a choice of {', '.join(more)}")
        return self._id(operations.RUN_CALIBRATION_EXTENDED, given)

    def calibration_run(self, run_id: str) -> CalibrationRun:
        """The run."""
        answer = self._ask(operations.GET_CALIBRATION_RUN, {"id": run_id})
        return CalibrationRun.read(_found(answer, f"calibration run {run_id}"))

    def calibration_sets(self) -> tuple[str, ...]:
        """The names of the calibration sets."""
        return texts_of(self._ask(operations.GET_CALIBRATION_SETS))

    def calibration_runs(
        self, *, name: str | None = None, calibration_time: str | None = None, status: str | None = None
    ) -> tuple[CalibrationRun, ...]:
        """The runs that match."""
        answer = self._ask(
            operations.LIST_CALIBRATION_RUNS,
            {"name": name, "calibrationTime": calibration_time, "status": status},
        )
        return tuple(CalibrationRun.read(run) for run in items_of(answer))

    def transformer_tap_settings(
        self, calibration_name: str, *, feeder: str | None = None, transformer_mrid: str | None = None
    ) -> tuple[TapSetting, ...]:
        """The settings that the calibration set holds."""
        answer = self._ask(
            operations.GET_TRANSFORMER_TAP_SETTINGS_EXTENDED
            if self.speaks_extensions()
            else operations.GET_TRANSFORMER_TAP_SETTINGS,
            {"calibrationName": calibration_name, "feeder": feeder, "transformerMrid": transformer_mrid},
        )
        return tuple(TapSetting.read(setting) for setting in items_of(answer))

    def calibration_evidence(
        self, calibration_id: str, transformer_mrid: str, *, feeder: str | None = None
    ) -> CalibrationEvidence:
        """Why a calibration found what it found for a transformer; our own service can tell."""
        self._needs_extensions("the evidence of a calibration")
        answer = self._ask(
            operations.GET_CALIBRATION_EVIDENCE,
            {"calibrationId": calibration_id, "transformerMrid": transformer_mrid, "feeder": feeder},
        )
        thing = f"transformer {transformer_mrid} in calibration {calibration_id}"
        return CalibrationEvidence.read(_found(answer, thing))

    def calibration_report(self, calibration_id: str, feeder: str) -> CalibrationReport | None:
        """All that a calibration found on a feeder, None where it found nothing; our own service can tell."""
        self._needs_extensions("the report of a calibration")
        answer = self._ask(
            operations.GET_CALIBRATION_REPORT, {"calibrationId": calibration_id, "feeder": feeder}
        )
        return None if answer is None else CalibrationReport.read(answer)

    # ---- interconnection

    def interconnection_result(
        self, work_package_id: str, *, feeder: str | None = None
    ) -> Mapping[str, object]:
        """The document of what an interconnection study found on a feeder; our own service can tell."""
        self._needs_extensions("the results of interconnection studies")
        variables = {"id": work_package_id, "feeder": feeder}
        answer = self._ask(operations.GET_INTERCONNECTION_RESULT, variables)
        return fields_of(_found(answer, f"work package {work_package_id}"))

    # ---- OpenDSS export

    def create_open_dss_model(self, wire_input: Wire) -> str:
        """The ID of the new export."""
        return self._id(operations.CREATE_OPEN_DSS_MODEL, {"input": wire_input})

    def delete_open_dss_model(self, model_id: str) -> str:
        """The ID of the export that is gone."""
        return self._id(operations.DELETE_OPEN_DSS_MODEL, {"modelId": model_id})

    def open_dss_models(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        where: Wire | None = None,
        sort: Wire | None = None,
    ) -> OpenDssModelPage:
        """Some of the exports."""
        return OpenDssModelPage.read(
            self._ask(
                operations.PAGED_OPEN_DSS_MODELS,
                {"limit": limit, "offset": offset, "filter": where, "sort": sort},
            )
        )

    def open_dss_model(self, model_id: str) -> OpenDssModel:
        """The export; the service has no query for one, so its pages are walked, newest first."""
        offset = 0
        while True:
            page = self.open_dss_models(limit=_PAGE, offset=offset, sort={"createdAt": "DESC"})
            for model in page.models:
                if model.id == model_id:
                    return model
            offset += len(page.models)
            if not page.models or offset >= page.total:
                raise _not_found(f"OpenDSS model {model_id}")

    def download_open_dss_model(self, model_id: str, path: Path) -> Path:
        """The file `path` with the exported model; it appears when it is complete, or not at all."""
        with (
            replacing(path) as part,
            self.transport.download_open_dss_model(model_id) as pieces,
            part.open("wb") as file,
        ):
            file.writelines(pieces)
        return path

    # ---- input database, results, oneself

    def scenario_configurations(
        self, *, limit: int | None = None, offset: int | None = None, where: Wire | None = None
    ) -> ScenarioConfigurationPage:
        """Some of the scenarios of the input database."""
        return ScenarioConfigurationPage.read(
            self._ask(
                operations.GET_SCENARIO_CONFIGURATIONS, {"limit": limit, "offset": offset, "filter": where}
            )
        )

    def duration_curves(
        self, work_package_id: str, model: Model, *, conducting_equipment_mrid: str
    ) -> tuple[DurationCurve, ...]:
        """The curves of one piece of equipment in one model, one a terminal."""
        answer = self._ask(
            operations.GET_DURATION_CURVES,
            {
                "workPackageId": work_package_id,
                "scenario": model.scenario,
                "feeder": model.feeder,
                "year": model.year,
                "conductingEquipmentMrid": conducting_equipment_mrid,
            },
        )
        return tuple(DurationCurve.read(curve) for curve in items_of(answer))

    def result_file(self, work_package_id: str, path: str) -> bytes:
        """One file of a work package's results, such as `manifest.json`."""
        return self.transport.result_file(work_package_id, path)

    def current_user(self) -> User:
        """Who the service takes us for."""
        return User.read(self._ask(operations.CURRENT_USER))

    def speaks_extensions(self) -> bool:
        """True when the service is ours: it is asked once; one that refuses to tell is a plain one."""
        if self._extended is None:
            try:
                answer = fields_of(self._ask(operations.WORK_PACKAGE_FIELDS))
            except ServerError:
                answer = {}
            names = {fields_of(field).get("name") for field in items_of(answer.get("fields"))}
            self._extended = names.issuperset(operations.EXTENSION_FIELDS)
        return self._extended

    def _needs_extensions(self, what: str) -> None:
        """Refuse what a plain Evolve App Server has no word for, before anything is sent."""
        if not self.speaks_extensions():
            raise UsageError(
                f"this service does not offer {what}",
                why="it is a plain Evolve App Server, without the extensions of hcr",
                remedy="Leave the option out, or use the embedded service or `hcr DIR serve`.",
            )

    def _ask(self, operation: Operation, variables: Wire | None = None) -> object:
        given = {name: value for name, value in (variables or {}).items() if value is not None}
        return self.transport.execute(operation, given)

    def _id(self, operation: Operation, variables: Wire) -> str:
        """An ID that the answer must have."""
        identifier = text_of(self._ask(operation, variables))
        if not identifier:
            raise ServerError(f"The service did not name an ID for {operation.name}")
        return identifier


def _found(answer: object, thing: str) -> object:
    if answer is None:
        raise _not_found(thing)
    return answer


def _not_found(thing: str) -> NotFoundError:
    return NotFoundError(f"There is no {thing}", remedy=CHECK_ID)
