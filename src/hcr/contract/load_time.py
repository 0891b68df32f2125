"""Inputs that say which loads are solved: one instant or a period of the load data, and replacements."""

from collections.abc import Iterator

from hcr.contract.input_model import Fault, InputModel
from hcr.contract.local_date_time import LONGEST_PERIOD, LocalDateTime, format_local_date_time
from hcr.contract.rules import day_or_year, equal_lengths
from hcr.contract.scalars import Items, Name, Number


class FixedTimeLoadOverrideInput(InputModel):
    """Values for one load at an instant."""

    load_id: Name
    load_watts_override: Items[Number] | None = None
    load_var_override: Items[Number] | None = None
    gen_watts_override: Items[Number] | None = None
    gen_var_override: Items[Number] | None = None

    def faults(self) -> Iterator[Fault]:
        """Lists that differ in length."""
        yield from equal_lengths(
            ("loadWattsOverride", self.load_watts_override),
            ("loadVarOverride", self.load_var_override),
            ("genWattsOverride", self.gen_watts_override),
            ("genVarOverride", self.gen_var_override),
        )


class FixedTimeInput(InputModel):
    """One instant of the load data."""

    load_time: LocalDateTime
    overrides: Items[FixedTimeLoadOverrideInput] | None = None


class TimePeriodLoadOverrideInput(InputModel):
    """Series for one load over a day or a year."""

    load_id: Name
    load_watts_override: Items[Number] | None = None
    load_var_override: Items[Number] | None = None
    gen_watts_override: Items[Number] | None = None
    gen_var_override: Items[Number] | None = None

    def faults(self) -> Iterator[Fault]:
        """Lists that differ in length; loads and generation may differ from each other."""
        yield from equal_lengths(
            ("loadWattsOverride", self.load_watts_override), ("loadVarOverride", self.load_var_override)
        )
        yield from equal_lengths(
            ("genWattsOverride", self.gen_watts_override), ("genVarOverride", self.gen_var_override)
        )

    def length_faults(self, interval_hours: float | None) -> Iterator[Fault]:
        """Lists that cover neither a day nor a year of intervals."""
        yield from day_or_year(
            interval_hours,
            ("loadWattsOverride", self.load_watts_override),
            ("loadVarOverride", self.load_var_override),
            ("genWattsOverride", self.gen_watts_override),
            ("genVarOverride", self.gen_var_override),
        )


class TimePeriodInput(InputModel):
    """A period of the load data."""

    start_time: LocalDateTime
    end_time: LocalDateTime
    overrides: Items[TimePeriodLoadOverrideInput] | None = None

    def faults(self) -> Iterator[Fault]:
        """An end that is not after the start, or too far from it."""
        start = format_local_date_time(self.start_time)
        if self.end_time <= self.start_time:
            yield Fault(f"endTime must be after startTime, {start}", ("endTime",))
        elif self.end_time - self.start_time > LONGEST_PERIOD:
            yield Fault(
                f"endTime is {(self.end_time - self.start_time).days} days after startTime, {start}; "
                f"at most {LONGEST_PERIOD.days} days are possible",
                ("endTime",),
            )

    def length_faults(self, interval_hours: float | None) -> Iterator[Fault]:
        """Override lists that cover neither a day nor a year of intervals of this length [h]."""
        for position, override in enumerate(self.overrides or ()):
            for fault in override.length_faults(interval_hours):
                yield fault.below("overrides", position)
