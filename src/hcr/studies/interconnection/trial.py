"""A trial: units in a circuit, some of them there already, and the days that come of it.

Placed(kind, bus, size)             a unit
State(units, upgrades)              what is in the circuit before a trial
Days.solve(state, trials)           one tuple of days for each trial; batch_days.py, opendss_days.py
Days.stand(upgrades, units)         one for each group of units
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hcr.studies.interconnection.day import DayResult
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.upgrades import Upgrade


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit at a bus."""

    kind: Kind
    bus: str
    size: Size


@dataclass(frozen=True, slots=True)
class State:
    """What is in the circuit besides what its model says.

    Attributes
    ----------
    units : connected; upgrades : made, in their order.
    """

    units: tuple[Placed, ...] = ()
    upgrades: tuple[Upgrade, ...] = ()


class Days(Protocol):
    """Whoever solves the days of trials."""

    def solve(
        self, state: State, trials: Sequence[Placed | None], *, sites: Sequence[str] = ()
    ) -> list[tuple[DayResult, ...]]:
        """Return the results of all days of the study, for each trial in its order.

        They depend on nothing else that was solved before, to the last bit in the batch engine.

        Parameters
        ----------
        trials : one unit more than the state has, or None for the state as it is.
        sites : all buses of the trials that will follow for the same question; by default those of `trials`.
        """

    def stand(
        self, upgrades: tuple[Upgrade, ...], units: Sequence[tuple[Placed, ...]]
    ) -> list[tuple[DayResult, ...]]:
        """Return the results of all days of the study, for each group of units in its order.

        Parameters
        ----------
        upgrades : made in the circuit whatever the units.
        """
