"""The search for a hosting capacity: doubling, halving, then bisection (interconnection method, section 5.4).

A search is a value. It says which size to try next; told whether that passed, it gives the next search, or
the capacity with the sizes that bracket it. Many searches run side by side, all their next sizes at once.

    search = Search.start(500)          search.next_kw        500
    search = search.tell(passed=True)   search.next_kw       1000, and so on until a HostingCapacity comes

A passing size ends the search once a failing one lies less than the tolerance above it; a failing size ends
it only below the floor, with nothing. The method has no end for a bus that never violates a limit, and none
for one whose threshold is a size already tried; here they end at `most_kw` and at `resolution_kw`.
"""

from dataclasses import dataclass
from enum import StrEnum

from hcr.errors import ConfigError


class End(StrEnum):
    """Why a search ended."""

    BRACKETED = "bracketed"
    """A tested size passes, and a tested one less than the tolerance above it fails."""

    BELOW_FLOOR = "below_floor"
    """What passes, if anything, is smaller than the floor: the capacity is told as nothing."""

    CAPPED = "capped"
    """No size failed up to the largest that is tried: nothing on this bus limits it."""


@dataclass(frozen=True, slots=True)
class SearchRules:
    """When a search ends.

    Attributes
    ----------
    tolerance_kw : a failing size less than this above a passing one ends the search [kW].
    floor_kw : a smaller capacity is told as nothing [kW].
    most_kw : no larger size is tried by doubling [kW]. The default is 1 GW, fifty times the substation of
        the published study and beyond what a distribution bus takes: only a bus without limits reaches it.
    resolution_kw : a bracket this narrow ends the search even after a failing size [kW]; 0: until no
        number lies between.
    infer : simulate fewer sizes, and take larger ones than a failing one to fail; see `hunt.py`.
    """

    tolerance_kw: float = 5.0
    floor_kw: float = 30.0
    most_kw: float = 1e6
    resolution_kw: float = 1e-3
    infer: bool = False

    def __post_init__(self) -> None:
        ordered = 0.0 <= self.resolution_kw < self.tolerance_kw and 0.0 <= self.floor_kw < self.most_kw
        if not ordered:
            raise ConfigError(
                "the search for hosting capacities cannot end",
                why=f"tolerance {self.tolerance_kw:g}, floor {self.floor_kw:g}, most {self.most_kw:g} and "
                f"resolution {self.resolution_kw:g} kW contradict each other",
                remedy="Give 0 <= resolution < tolerance, and 0 <= floor < most.",
            )


@dataclass(frozen=True, slots=True)
class HostingCapacity:
    """The largest size found to pass, and its bracket.

    Attributes
    ----------
    size_kw : the capacity: `passing_kw`, or 0 below the floor [kW].
    passing_kw : largest size tested and passing [kW]; None where none passed.
    failing_kw : smallest size tested and failing, which is the last that failed [kW]; None where none did.
    trials : sizes tested.
    """

    size_kw: float
    passing_kw: float | None
    failing_kw: float | None
    trials: int
    end: End


@dataclass(frozen=True, slots=True)
class Search:
    """A search between two trials.

    Attributes
    ----------
    next_kw : the size to try [kW].
    passing_kw, failing_kw : largest size that passed and smallest that failed so far [kW].
    trials : sizes tested so far.
    """

    rules: SearchRules
    next_kw: float
    passing_kw: float | None = None
    failing_kw: float | None = None
    trials: int = 0

    @classmethod
    def start(cls, size_kw: float, rules: SearchRules | None = None) -> "Search":
        """Return the search that tries a size first.

        Raises
        ------
        ConfigError
            The size is not above 0 kW: neither doubling nor halving would lead away from it.
        """
        if not 0.0 < size_kw < float("inf"):
            raise ConfigError(
                f"no search starts at {size_kw:g} kW",
                why="a size is doubled or halved from there",
                remedy="Start above 0 kW.",
            )
        return cls(rules or SearchRules(), float(size_kw))

    def tell(self, *, passed: bool) -> "Search | HostingCapacity":
        """Return what follows from the trial of `next_kw`: a further trial, or the capacity."""
        low, high = (self.next_kw, self.failing_kw) if passed else (self.passing_kw, self.next_kw)
        told = Search(self.rules, self._following(low, high), low, high, self.trials + 1)
        return told._capacity() if told._ends(passed=passed) else told

    def _following(self, low: float | None, high: float | None) -> float:
        if low is None:
            return self.next_kw / 2.0
        return 2.0 * low if high is None else (low + high) / 2.0

    def _ends(self, *, passed: bool) -> bool:
        low, high, rules = self.passing_kw, self.failing_kw, self.rules
        if high is None:
            return self.next_kw > rules.most_kw
        if not passed and high < rules.floor_kw:
            return True
        if low is None:
            return high <= rules.resolution_kw
        narrow = high - low <= rules.resolution_kw or not low < self.next_kw < high
        return narrow or (passed and high - low < rules.tolerance_kw)

    def _capacity(self) -> HostingCapacity:
        size = self.passing_kw or 0.0
        if self.failing_kw is None:
            return HostingCapacity(size, self.passing_kw, None, self.trials, End.CAPPED)
        small = self.passing_kw is None or size < self.rules.floor_kw
        end = End.BELOW_FLOOR if small else End.BRACKETED
        return HostingCapacity(0.0 if small else size, self.passing_kw, self.failing_kw, self.trials, end)
