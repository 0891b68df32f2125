"""A task: one feeder, one scenario, one year. Plain values that travel to any process.

The way of a package through this floor:

    plan(input) -> list[Task]           plan.py         pure: what is to be solved
    options.review(input) -> Review     options.py      what is refused, what has no effect
    build_case(feeder, task) -> Case    case.py         circuit, injections, zones
    solve_task(task, library, out)      solve_task.py   the case solved, measured, written
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hcr.studies.interconnection.settings import StudySettings  # numpy: only for these studies


@dataclass(frozen=True, slots=True)
class Override:
    """Values that replace a customer's load data; None keeps the data.

    Attributes
    ----------
    load_w, load_var, gen_w, gen_var : values by interval of a period (`customer_powers.profile` says how),
        or by entry of an instant [W], [var]; load positive importing, gen positive exporting; positive var
        lags (is consumed) for either.
    """

    load_id: str
    load_w: tuple[float, ...] | None = None
    load_var: tuple[float, ...] | None = None
    gen_w: tuple[float, ...] | None = None
    gen_var: tuple[float, ...] | None = None

    @property
    def entries(self) -> int:
        """Return the length of the longest list."""
        lists = (self.load_w, self.load_var, self.gen_w, self.gen_var)
        return max((len(values) for values in lists if values), default=0)


@dataclass(frozen=True, slots=True)
class LoadTime:
    """When: a period of the load data, or one instant where `end` is None. Local standard time."""

    start: datetime
    end: datetime | None
    overrides: tuple[Override, ...] = ()

    @property
    def entries(self) -> int:
        """Return the number of solves of an instant: one per entry of the longest override list."""
        return max([1, *(override.entries for override in self.overrides)])


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How load data becomes elements; None keeps what the feeder's model says."""

    interval_minutes: int = 30
    load_model: int | None = None
    load_v_min_pu: float | None = None
    load_v_max_pu: float | None = None
    gen_v_min_pu: float = 0.7
    gen_v_max_pu: float = 2.0
    source_pu: float | None = None
    power_factor_imports: float | None = None
    power_factor_exports: float | None = None
    fill_gaps: bool = True
    default_load_w: tuple[float, ...] | None = None
    default_load_var: tuple[float, ...] | None = None
    default_gen_w: tuple[float, ...] | None = None
    default_gen_var: tuple[float, ...] | None = None

    @property
    def defaults(self) -> tuple[tuple[float, ...] | None, ...]:
        """Return the series of customers without data: import W and var, export W and var."""
        return self.default_load_w, self.default_load_var, self.default_gen_w, self.default_gen_var


@dataclass(frozen=True, slots=True)
class SolveSettings:
    """How the engine walks through time.

    `engine` is `batch`, `opendss`, or `auto`: the batch engine wherever it answers as OpenDSS does.
    """

    mode: str = "yearly"
    step_minutes: int = 30
    max_iterations: int = 100
    max_control_iterations: int = 100
    engine: str = "auto"


@dataclass(frozen=True, slots=True)
class Outputs:
    """Which tables are written besides those that always are."""

    enhanced_metrics: bool = False
    duration_curves: bool = False
    constraints: bool = False
    energy_meters_raw: bool = False
    energy_meter_voltages_raw: bool = False
    customer_voltages: bool = False
    normal_load_thermal: bool = False
    emergency_load_thermal: bool = False
    normal_gen_thermal: bool = False
    emergency_gen_thermal: bool = False
    feeder_head: bool = True
    transformers: bool = True


@dataclass(frozen=True, slots=True)
class TapPosition:
    """Where the off-load tap of a transformer stands.

    Attributes
    ----------
    transformer : full name, `Transformer.t1`; winding : winding with the tap, from 1.
    tap_pu : turns of that winding in units of its nominal ones [pu].
    position : the same as people count it, from the lowest; a higher one gives a higher LV voltage.
    """

    transformer: str
    winding: int
    tap_pu: float
    position: int


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """What a calibration looks at.

    Attributes
    ----------
    name : of the calibration set.
    times : instants of meter readings, local standard time; each is the interval that ends at it, or is the
        first to end after it.
    method : `documented`, which takes one time, or `joint`.
    given_taps : whether the run was asked to begin with tap settings, be there any for the feeder or none.
    """

    name: str
    times: tuple[datetime, ...]
    method: str
    given_taps: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One feeder, scenario and year of a package.

    Attributes
    ----------
    taps : positions that replace the model's.
    calibration : what makes the task a calibration; None for any other.
    interconnection : what makes it an interconnection study; None for any other.
    """

    feeder: str
    scenario: str
    year: int
    load_time: LoadTime
    model: ModelSettings = field(default_factory=ModelSettings)
    solve: SolveSettings = field(default_factory=SolveSettings)
    outputs: Outputs = field(default_factory=Outputs)
    taps: tuple[TapPosition, ...] = ()
    calibration: CalibrationSettings | None = None
    interconnection: "StudySettings | None" = None

    @property
    def label(self) -> str:
        """Return what people call this task."""
        return f"{self.feeder} · {self.scenario} · {self.year}"
