"""The input of `runInterconnectionWorkPackage`: who asks to connect where, and what a feeder must keep to.

Money is in interconnection_costs.py. Defaults are the published method's and stand in
`hcr.studies.interconnection`; the bounds here only keep out what no computer would finish.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from hcr.contract.enums import (
    InterconnectionInverterMode,
    InterconnectionMonitors,
    InterconnectionResourceKind,
)
from hcr.contract.input_model import Fault, InputModel
from hcr.contract.interconnection_costs import InterconnectionSharingInput, InterconnectionUpgradesInput
from hcr.contract.rules import at_most, below, exactly_one, refused, required
from hcr.contract.scalars import (
    Count,
    Flag,
    Items,
    Name,
    NonEmptyItems,
    NotNegative,
    NotNegativeWholeNumber,
    Number,
    Positive,
    PowerFactor,
    Text,
    read_number,
    read_whole_number,
)

MOST_UNITS: Final = 1000
MOST_BUSES: Final = 100_000
MOST_DAYS: Final = 366
MOST_STEPS: Final = 105_408
"""Steps of one day: a leap year of five minutes."""
MOST_HOURS: Final = 8784
MOST_ORDERS: Final = 1000
MOST_HOUR_CHOICES: Final = 100


class InterconnectionQueuedUnitInput(InputModel):
    """A unit that asks to connect."""

    bus: Name
    kw: Positive
    kind: InterconnectionResourceKind | None = None
    hours: Positive | None = None
    name: Text | None = None

    def faults(self) -> Iterator[Fault]:
        """A battery without hours of storage, or anything else with them."""
        battery = InterconnectionResourceKind.BATTERY
        rule = required if self.kind is battery else refused
        yield from rule(battery, ("hours", self.hours))


class InterconnectionSizesInput(InputModel):
    """What a drawn size can be."""

    least_kw: Count | None = None
    most_kw: Count | None = None
    battery_hours: NonEmptyItems[Positive] | None = None

    def faults(self) -> Iterator[Fault]:
        """An empty range, or too many hours to choose from."""
        if self.least_kw is not None and self.most_kw is not None and self.least_kw > self.most_kw:
            yield Fault(f"leastKw ({self.least_kw}) must not be above mostKw ({self.most_kw})", ("leastKw",))
        yield from at_most(MOST_HOUR_CHOICES, ("batteryHours", self.battery_hours))


class InterconnectionCurveInput(InputModel):
    """A curve over a day."""

    shape: Name | None = None
    values: NonEmptyItems[Number] | None = None

    def faults(self) -> Iterator[Fault]:
        """Both or neither of shape and values; too many values."""
        yield from exactly_one(("shape", self.shape), ("values", self.values))
        yield from at_most(MOST_STEPS, ("values", self.values))


class InterconnectionLoadCurveInput(InputModel):
    """The load over a day."""

    shape: Name | None = None
    values: NonEmptyItems[Number] | None = None
    nominal: Flag | None = None

    def faults(self) -> Iterator[Fault]:
        """Several or none of shape, values and nominal; too many values."""
        nominal = self.nominal or None
        yield from exactly_one(("shape", self.shape), ("values", self.values), ("nominal", nominal))
        yield from at_most(MOST_STEPS, ("values", self.values))


class InterconnectionResourceInput(InputModel):
    """What connects."""

    kind: InterconnectionResourceKind | None = None
    sizes: InterconnectionSizesInput | None = None
    curve: InterconnectionCurveInput | None = None
    power_factor: PowerFactor | None = None
    inverter: InterconnectionInverterMode | None = None
    inverter_curve: Name | None = None


class InterconnectionLimitsInput(InputModel):
    """What a feeder must keep to with a resource connected."""

    v_min_pu: NotNegative | None = None
    v_max_pu: NotNegative | None = None
    change_percent: NotNegative | None = None
    emergency_percent: NotNegative | None = None
    hours_above_normal: NotNegative | None = None
    island_p_ratio: NotNegative | None = None
    island_q_ratio: NotNegative | None = None

    def faults(self) -> Iterator[Fault]:
        """Voltage limits upside down."""
        yield from below(("vMinPu", self.v_min_pu), ("vMaxPu", self.v_max_pu))


class InterconnectionTolerancesInput(InputModel):
    """By how much a limit may be missed and the trial still pass."""

    voltage_pu: NotNegative | None = None
    voltage_pu_h: NotNegative | None = None
    change_percent: NotNegative | None = None
    thermal: NotNegative | None = None
    island: NotNegative | None = None


class InterconnectionSearchInput(InputModel):
    """When the search for a capacity ends."""

    tolerance_kw: Positive | None = None
    floor_kw: NotNegative | None = None
    most_kw: Positive | None = None
    resolution_kw: NotNegative | None = None
    infer: Flag | None = None

    def faults(self) -> Iterator[Fault]:
        """Numbers with which the search would not end."""
        yield from below(("resolutionKw", self.resolution_kw), ("toleranceKw", self.tolerance_kw))
        yield from below(("floorKw", self.floor_kw), ("mostKw", self.most_kw))


class InterconnectionDayInput(InputModel):
    """A day, or an instant, that every trial is simulated for."""

    name: Name | None = None
    first_hour: Annotated[float, Field(ge=0, le=MOST_HOURS), BeforeValidator(read_number)] | None = None
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS), BeforeValidator(read_whole_number)] | None = None
    step_minutes: Annotated[float, Field(gt=0, le=1440), BeforeValidator(read_number)] | None = None
    load_curve: InterconnectionLoadCurveInput | None = None
    load_multiplier: NotNegative | None = None

    def faults(self) -> Iterator[Fault]:
        """More hours than a year has."""
        hours = (self.steps or 0) * (self.step_minutes or 0.0) / 60.0
        if hours > MOST_HOURS:
            yield Fault(f"These are {hours:g} hours; at most {MOST_HOURS} are possible", ("steps",))


class InterconnectionSequencesInput(InputModel):
    """Other orders in which the same units connect."""

    shuffles: Annotated[int, Field(ge=0, le=MOST_ORDERS), BeforeValidator(read_whole_number)] | None = None
    seed: NotNegativeWholeNumber | None = None
    orders: Items[NonEmptyItems[Count]] | None = None
    compare: Flag | None = None

    def faults(self) -> Iterator[Fault]:
        """Too many orders."""
        yield from at_most(MOST_ORDERS, ("orders", self.orders))


class InterconnectionWorkPackageInput(InputModel):
    """Where and in which order resources connect to a feeder."""

    feeder: Name
    seed: Text | None = None
    candidates: Items[Name] | None = None
    queue: Items[InterconnectionQueuedUnitInput] | None = None
    most_rounds: Annotated[int, Field(ge=1, le=MOST_UNITS), BeforeValidator(read_whole_number)] | None = None
    capacities_only: Flag | None = None
    monitors: InterconnectionMonitors | None = None
    monitored_buses: Items[Name] | None = None
    leave_out: Items[Name] | None = None
    resource: InterconnectionResourceInput | None = None
    limits: InterconnectionLimitsInput | None = None
    tolerances: InterconnectionTolerancesInput | None = None
    search: InterconnectionSearchInput | None = None
    days: NonEmptyItems[InterconnectionDayInput] | None = None
    sequences: InterconnectionSequencesInput | None = None
    upgrades: InterconnectionUpgradesInput | None = None
    sharing: InterconnectionSharingInput | None = None

    def faults(self) -> Iterator[Fault]:
        """Lists that are too long, days without names of their own, and places that the queue has not."""
        yield from at_most(MOST_UNITS, ("queue", self.queue))
        yield from at_most(
            MOST_BUSES,
            ("candidates", self.candidates),
            ("monitoredBuses", self.monitored_buses),
            ("leaveOut", self.leave_out),
        )
        yield from at_most(MOST_DAYS, ("days", self.days))
        yield from self._day_names()
        yield from self._orders()
        yield from self._withdrawals()

    def _day_names(self) -> Iterator[Fault]:
        days = self.days or ()
        names = Counter(day.name for day in days)
        for at, day in enumerate(days if len(days) > 1 else ()):
            if day.name is None or names[day.name] > 1:
                yield Fault("Each of several days needs a name of its own", ("days", at, "name"))

    def _orders(self) -> Iterator[Fault]:
        orders = (self.sequences.orders if self.sequences else None) or ()
        for at, order in enumerate(orders):
            if why := _not_each_once(order, len(self.queue or ())):
                yield Fault(why, ("sequences", "orders", at))

    def _withdrawals(self) -> Iterator[Fault]:
        units = len(self.queue or ())
        for at, unit in enumerate((self.sharing.withdrawals if self.sharing else None) or ()):
            if units and unit > units:
                yield Fault(f"The queue has {units} units, and no {unit}", ("sharing", "withdrawals", at))


def _not_each_once(order: Sequence[int], units: int) -> str:
    """Return why an order is none of all units, empty if it is; of a drawn queue it may be any of some."""
    if len(set(order)) < len(order):
        return "An order has each unit once"
    if units and sorted(order) != list(range(1, units + 1)):
        return f"An order has each of the {units} units of the queue once, from 1"
    return ""
