"""Limits of a hosting capacity, and how far a day may miss them (interconnection method, section 4)."""

from dataclasses import dataclass, fields

from hcr.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Limits:
    """What a feeder must keep to with a resource connected.

    Attributes
    ----------
    v_min_pu, v_max_pu : band of the voltage magnitude [pu].
    change_percent : largest change of a voltage from one step to the next [% of base].
    emergency_percent : largest current [% of the emergency rating].
    hours_above_normal : longest time above the normal rating in a day [h].
    island_p_ratio, island_q_ratio : smallest power exchanged by an island, over the largest.
    """

    v_min_pu: float = 0.95
    v_max_pu: float = 1.05
    change_percent: float = 3.0
    emergency_percent: float = 100.0
    hours_above_normal: float = 3.0
    island_p_ratio: float = 0.3
    island_q_ratio: float = 0.05

    def __post_init__(self) -> None:
        _not_negative(self)
        if not self.v_min_pu < self.v_max_pu:
            raise ConfigError(
                "no voltage is within the limits",
                why=f"the lowest is {self.v_min_pu:g} pu and the highest {self.v_max_pu:g} pu",
                remedy="Give a lowest voltage below the highest.",
            )


@dataclass(frozen=True, slots=True)
class Tolerances:
    """By how much a margin may be negative and still pass.

    Attributes
    ----------
    voltage_pu : of the voltage magnitude [pu].
    voltage_pu_h : of the time integral of a voltage outside its limit [pu h].
    change_percent : of the voltage change [% of base].
    thermal : of the emergency rating [%] and of the hours above normal [h].
    island : of the ratios of the island screen.
    """

    voltage_pu: float = 1e-3
    voltage_pu_h: float = 1e-2
    change_percent: float = 1e-2
    thermal: float = 1e-2
    island: float = 1e-2

    def __post_init__(self) -> None:
        _not_negative(self)


def _not_negative(values: Limits | Tolerances) -> None:
    for field in fields(values):
        value = getattr(values, field.name)
        if not value >= 0.0:
            raise ConfigError(
                f"{field.name} cannot be {value:g}",
                why="limits and tolerances of an interconnection study are not negative",
                remedy="Give 0 or more.",
            )
