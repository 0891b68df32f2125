"""What an interconnection study is asked; every default is the interconnection method's.

StudySettings
    candidates, queue, most_rounds      who asks to connect, or where units are drawn
    resource     ResourceSettings       kind, sizes, output over the day, inverter
    limits, tolerances, search          limits.py, search.py
    days         DaySettings, …         what is simulated of each trial
    sequences    SequenceSettings       other orders of the queue
    upgrades     UpgradeSettings        how violations are cleared, and what that costs
    sharing      SharingSettings        who pays
"""

from dataclasses import dataclass, field
from enum import StrEnum

from hcr.errors import ConfigError
from hcr.studies.interconnection.cost_sharing import GainRules
from hcr.studies.interconnection.draws import SizeChoices
from hcr.studies.interconnection.limits import Limits, Tolerances
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.search import SearchRules
from hcr.studies.interconnection.shapley import Sampling
from hcr.studies.interconnection.unit_costs import UnitCosts


class Monitors(StrEnum):
    """At which buses voltage changes are watched, besides reclosers and units."""

    SAMPLED = "sampled"
    """One bus of each depth of the feeder, drawn: the method's choice."""

    ALL = "all"


class InverterMode(StrEnum):
    """How a unit's inverter behaves."""

    CONSTANT_PF = "constant_pf"
    VOLT_VAR = "volt_var"
    VOLT_WATT = "volt_watt"
    VOLT_VAR_VOLT_WATT = "volt_var_volt_watt"


class UpgradeRule(StrEnum):
    """How the upgrades that clear violations are chosen."""

    PATH = "path"
    """Lines from the farthest violating bus towards the source, one after another: the method's rule."""

    CHEAPEST = "cheapest"
    """The least-cost set of the upgrades there are that clears all violations."""

    NONE = "none"


class CostRule(StrEnum):
    """Who pays for the upgrades."""

    TRIGGER = "trigger"
    PRO_RATA = "pro_rata"
    GAIN = "gain"
    SHAPLEY = "shapley"


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve over time: a load shape of the feeder's model, or values that share the day evenly.

    Attributes
    ----------
    shape : name of a load shape of the OpenDSS model.
    values : in their order, each held for its part of the day; in units of the nameplate.
    """

    shape: str = ""
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.shape) == bool(self.values):
            raise ConfigError(
                "a curve is either a load shape or a list of values",
                why="both are given" if self.shape else "neither is given",
                remedy="Give one of the two.",
            )


ON = Curve(values=(1.0,))
"""Always at nameplate."""

METHOD_CURVES = {
    Kind.PV: Curve(shape="pcloud"),
    Kind.GENERATOR: ON,
    Kind.BATTERY: Curve(values=(0.0,) * 10 + (-1.0,) * 2 + (0.0,) * 6 + (1.0,) * 2 + (0.0,) * 4),
}
"""Output by kind of resource. PV follows the method's cloudy day, which the models of the i2x project define;
the method has no curves for others: generators run all day, batteries charge from 10 h and discharge from
18 h at their nameplate for two hours."""


@dataclass(frozen=True, slots=True)
class ResourceSettings:
    """What connects.

    Attributes
    ----------
    kind : of the units that are drawn; sizes : from which.
    curve : output over the day [of nameplate kW]; None: that of `METHOD_CURVES` for the kind.
    power_factor : of the output; negative absorbs reactive power.
    inverter : how voltage changes the output; inverter_curve : name of the standard curves it follows.
    """

    kind: Kind = Kind.PV
    sizes: SizeChoices = field(default_factory=SizeChoices)
    curve: Curve | None = None
    power_factor: float = 1.0
    inverter: InverterMode = InverterMode.CONSTANT_PF
    inverter_curve: str = "IEEE1547_B"

    def curve_of(self, kind: Kind) -> Curve:
        """Return the output of a unit of some kind."""
        return self.curve if self.curve is not None and kind is self.kind else METHOD_CURVES[kind]


@dataclass(frozen=True, slots=True)
class QueuedUnit:
    """A unit of a given queue.

    Attributes
    ----------
    bus : where it connects; kw : its size [kW]; hours : of storage, for a battery [h].
    name : what planners call it; empty: its place in the queue and its bus.
    """

    bus: str
    kw: float
    kind: Kind = Kind.PV
    hours: float | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class DaySettings:
    """A day, or an instant, that every trial is simulated for.

    Attributes
    ----------
    first_hour : of the model year, at which it begins [h].
    steps : 1 is a snapshot, which has no voltage changes; step_minutes : length of each.
    load_curve : of all loads, in units of the model's nominal power; None: what the model says at nominal.
    load_multiplier : on all loads.
    """

    name: str = "day"
    first_hour: float = 0.0
    steps: int = 288
    step_minutes: float = 5.0
    load_curve: Curve | None = field(default_factory=lambda: Curve(shape="default"))
    load_multiplier: float = 1.0

    def __post_init__(self) -> None:
        if self.steps < 1 or not self.step_minutes > 0.0:
            raise ConfigError(
                f"the day {self.name!r} has no steps",
                why=f"it has {self.steps} of {self.step_minutes:g} minutes",
                remedy="Give 1 step or more, each longer than 0 minutes.",
            )


@dataclass(frozen=True, slots=True)
class SequenceSettings:
    """Other orders in which the same units connect.

    Attributes
    ----------
    shuffles : orders drawn from `default_rng(seed)`.
    orders : given ones, before those: positions in the queue, from 1.
    compare : the queue's buses are evaluated with each sequence's units connected (method, part 1c).
    """

    shuffles: int = 2
    seed: int = 0
    orders: tuple[tuple[int, ...], ...] = ()
    compare: bool = True


@dataclass(frozen=True, slots=True)
class UpgradeSettings:
    """How violations are cleared.

    Attributes
    ----------
    continue_queue : go on with the units after the first violation, each with its upgrades.
    most_sets : sets of upgrades that `cheapest` tries before it answers with the best it has.
    """

    rule: UpgradeRule = UpgradeRule.PATH
    costs: UnitCosts = field(default_factory=UnitCosts)
    continue_queue: bool = True
    most_sets: int = 5000


@dataclass(frozen=True, slots=True)
class SharingSettings:
    """Who pays.

    Attributes
    ----------
    rules : that are shown side by side.
    gain : how gains are told from noise; sampling : of orders, for Shapley's rule.
    withdrawals : positions in the queue of units that leave, one study each, from 1.
    """

    rules: tuple[CostRule, ...] = (CostRule.TRIGGER, CostRule.PRO_RATA, CostRule.GAIN)
    gain: GainRules = field(default_factory=GainRules)
    sampling: Sampling = field(default_factory=Sampling)
    withdrawals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StudySettings:
    """A whole study of one feeder.

    Attributes
    ----------
    seed : text that seeds the draws; empty: the feeder's name.
    candidates : buses whose capacity is sought, in the order of draws; empty: the method's rule.
    queue : the units that ask to connect; empty: they are drawn, until one violates a limit.
    most_rounds : a drawn queue ends after so many units even if none violates a limit.
    capacities_only : the study ends with the independent capacities.
    monitors : where voltage changes are watched; monitored_buses : further ones by name.
    leave_out : elements of the model that are out of service in this study, such as `Storage.battery1`.
    """

    seed: str = ""
    candidates: tuple[str, ...] = ()
    queue: tuple[QueuedUnit, ...] = ()
    most_rounds: int = 100
    capacities_only: bool = False
    monitors: Monitors = Monitors.SAMPLED
    monitored_buses: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    resource: ResourceSettings = field(default_factory=ResourceSettings)
    limits: Limits = field(default_factory=Limits)
    tolerances: Tolerances = field(default_factory=Tolerances)
    search: SearchRules = field(default_factory=SearchRules)
    days: tuple[DaySettings, ...] = field(default_factory=lambda: (DaySettings(),))
    sequences: SequenceSettings = field(default_factory=SequenceSettings)
    upgrades: UpgradeSettings = field(default_factory=UpgradeSettings)
    sharing: SharingSettings = field(default_factory=SharingSettings)
