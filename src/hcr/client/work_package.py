"""Work packages as the service answers them; a field that is missing or strange becomes empty."""

from dataclasses import dataclass
from datetime import datetime

from hcr.client.user import User
from hcr.client.wire_values import fields_of, instant_of, integer_of, items_of, text_of, texts_of

FINAL_WORK_PACKAGE_STATES = frozenset({"COMPLETED", "FAILED", "CANCELLED", "TIMEDOUT"})


@dataclass(frozen=True, slots=True)
class ModelTotals:
    """How many models (feeder x scenario x year) of a work package are in which state."""

    total: int = 0
    pending: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    timed_out: int = 0

    @classmethod
    def read(cls, value: object) -> "ModelTotals":
        """The totals of an answer; a missing one is 0."""
        fields = fields_of(value)

        def count(name: str) -> int:
            return integer_of(fields.get(name)) or 0

        return cls(
            total=count("totalModels"),
            pending=count("totalPending"),
            running=count("totalRunning"),
            succeeded=count("totalSucceeded"),
            failed=count("totalFailed"),
            cancelled=count("totalCancelled"),
            timed_out=count("totalTimedOut"),
        )

    @property
    def finished(self) -> int:
        """Models that will not change any more."""
        return self.succeeded + self.failed + self.cancelled + self.timed_out


@dataclass(frozen=True, slots=True)
class Model:
    """One feeder in one scenario and year."""

    feeder: str
    scenario: str
    year: int | None

    @classmethod
    def read(cls, value: object) -> "Model":
        """The model of an answer."""
        fields = fields_of(value)
        return cls(
            text_of(fields.get("feeder")), text_of(fields.get("scenario")), integer_of(fields.get("year"))
        )


@dataclass(frozen=True, slots=True)
class ModelGrouping:
    """The models in one stage of the work, by the stage's name on the wire (`resultProcessing`)."""

    stage: str
    models: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """Why one model of a work package has no result; our own service tells."""

    feeder: str
    scenario: str
    year: int | None
    code: str
    message: str

    @classmethod
    def read(cls, value: object) -> "TaskFailure":
        """The failure of an answer."""
        fields = fields_of(value)
        return cls(
            feeder=text_of(fields.get("feeder")),
            scenario=text_of(fields.get("scenario")),
            year=integer_of(fields.get("year")),
            code=text_of(fields.get("code")),
            message=text_of(fields.get("message")),
        )


@dataclass(frozen=True, slots=True)
class WorkPackage:
    """A work package as far as the answer tells; the last five only from our own service."""

    id: str
    name: str = ""
    status: str = ""
    description: str = ""
    created_at: datetime | None = None
    created_by: User | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None
    parent_id: str = ""
    feeders: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    load_type: str = ""
    time_period_start: str = ""
    time_period_end: str = ""
    config: str = ""
    totals: ModelTotals | None = None
    groupings: tuple[ModelGrouping, ...] = ()
    warnings: tuple[str, ...] = ()
    failures: tuple[TaskFailure, ...] = ()
    results_path: str = ""
    engine: str = ""
    activity: str = ""

    @classmethod
    def read(cls, value: object) -> "WorkPackage":
        """The work package of an answer."""
        fields = fields_of(value)
        progress = fields_of(fields.get("progressDetails"))
        years = (integer_of(year) for year in items_of(fields.get("years")))
        return cls(
            id=text_of(fields.get("id")),
            name=text_of(fields.get("name")),
            status=text_of(fields.get("status")),
            description=text_of(fields.get("description")),
            created_at=instant_of(fields.get("createdAt")),
            created_by=User.read(fields["createdBy"]) if fields.get("createdBy") else None,
            updated_at=instant_of(fields.get("updatedAt")),
            completed_at=instant_of(fields.get("completedAt")),
            parent_id=text_of(fields.get("parentId")),
            feeders=texts_of(fields.get("feeders")),
            scenarios=texts_of(fields.get("scenarios")),
            years=tuple(year for year in years if year is not None),
            load_type=text_of(fields.get("loadType")),
            time_period_start=text_of(fields.get("timePeriodStart")),
            time_period_end=text_of(fields.get("timePeriodEnd")),
            config=text_of(fields.get("config")),
            totals=ModelTotals.read(progress["modelTotals"]) if progress.get("modelTotals") else None,
            groupings=_groupings(progress.get("modelGroupings")),
            warnings=texts_of(fields.get("warnings")),
            failures=tuple(TaskFailure.read(item) for item in items_of(fields.get("failures"))),
            results_path=text_of(fields.get("resultsPath")),
            engine=text_of(fields.get("engine")),
            activity=text_of(fields.get("activity")),
        )

    @property
    def is_final(self) -> bool:
        """True when the state will not change any more."""
        return self.status in FINAL_WORK_PACKAGE_STATES


def _groupings(value: object) -> tuple[ModelGrouping, ...]:
    return tuple(
        ModelGrouping(stage, tuple(Model.read(item) for item in items_of(models)))
        for stage, models in fields_of(value).items()
    )


@dataclass(frozen=True, slots=True)
class WorkPackagePage:
    """Some of the work packages; `total` counts all that match."""

    total: int
    offset: int
    work_packages: tuple[WorkPackage, ...]

    @classmethod
    def read(cls, value: object) -> "WorkPackagePage":
        """The page of an answer."""
        fields = fields_of(value)
        packages = tuple(WorkPackage.read(item) for item in items_of(fields.get("workPackages")))
        return cls(_total(fields, len(packages)), integer_of(fields.get("offset")) or 0, packages)


def _total(fields: dict[str, object], seen: int) -> int:
    """All that match; where the service does not tell, those seen."""
    total = integer_of(fields.get("totalCount"))
    return seen if total is None else total


@dataclass(frozen=True, slots=True)
class WorkPackageTree:
    """The packages a work package was built on, and those built on it."""

    ancestors: tuple[WorkPackage, ...]
    children: tuple[WorkPackage, ...]

    @classmethod
    def read(cls, value: object) -> "WorkPackageTree":
        """The tree of an answer."""
        fields = fields_of(value)
        return cls(
            tuple(WorkPackage.read(item) for item in items_of(fields.get("ancestors"))),
            tuple(WorkPackage.read(item) for item in items_of(fields.get("children"))),
        )


@dataclass(frozen=True, slots=True)
class WorkPackageStats:
    """How long a work package took, or takes so far [s]."""

    created_at: datetime | None
    completed_at: datetime | None
    duration_s: int | None

    @classmethod
    def read(cls, value: object) -> "WorkPackageStats":
        """The statistics of an answer."""
        fields = fields_of(value)
        return cls(
            instant_of(fields.get("createdAt")),
            instant_of(fields.get("completedAt")),
            integer_of(fields.get("duration")),
        )
