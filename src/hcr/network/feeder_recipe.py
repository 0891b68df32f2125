"""The recipe of a synthetic feeder: what the user chooses; everything else follows from the seed."""

import math
from dataclasses import asdict, dataclass

from hcr.errors import UsageError
from hcr.network.feeder import MRID, MRID_RULE, UTC_OFFSET
from hcr.network.meter_faults import MeterFaults

MAX_CUSTOMERS = 20_000
MAX_ZONE_CUSTOMERS = 80  # four circuits of twenty, on a 315 kVA transformer
YEAR_DAYS = 365
MV_LEVELS_KV = (11.0, 22.0)

Rule = tuple[str, object, str]
"""Key of a recipe, whether a feeder can be made from its value, and what to do if not."""


@dataclass(frozen=True, slots=True)
class FeederRecipe:
    """What a synthetic feeder is made from; equal recipes give byte-identical folders.

    Attributes
    ----------
    mrid : name of the feeder, of its folder and the beginning of every load id
    customers : number of customers, 1 to 20 000
    seed : whole number from 0; the source of every random choice
    mv_kv : phase-to-phase voltage of the MV network, 11 or 22 [kV]
    year : calendar year of the load data
    pv_share : share of customers with a PV system, 0 to 1
    utc_offset : offset of local standard time, as ``+10:00``
    transformers : number of distribution transformers; as many as the customers need unless given
    days : days of load data from 1 January on, 1 to 365; a day is the same however many there are
    voltages : faults of the meters whose voltages are in the load data; without them there are no voltages
    """

    mrid: str
    customers: int
    seed: int
    mv_kv: float = 22.0
    year: int = 2025
    pv_share: float = 0.35
    utc_offset: str = "+10:00"
    transformers: int | None = None
    days: int = YEAR_DAYS
    voltages: MeterFaults | None = None

    def check(self) -> None:
        """Raise UsageError, naming the first value that no feeder can be made from."""
        for key, fits, remedy in (*self._of_network(), *self._of_load_data()):
            if not fits:
                raise _refused(key, getattr(self, key), remedy)
        if self.voltages is not None:
            self.voltages.check()

    def _of_network(self) -> tuple[Rule, ...]:
        fewest, most = math.ceil(self.customers / MAX_ZONE_CUSTOMERS), self.customers
        zones = f"choose {fewest} to {most}, so that each has 1 to {MAX_ZONE_CUSTOMERS} customers"
        return (
            ("mrid", MRID.fullmatch(self.mrid), f"use {MRID_RULE}"),
            ("customers", 1 <= self.customers <= MAX_CUSTOMERS, f"choose 1 to {MAX_CUSTOMERS}"),
            ("seed", self.seed >= 0, "choose a whole number from 0"),
            ("mv_kv", self.mv_kv in MV_LEVELS_KV, "choose 11 or 22"),
            ("transformers", self.transformers is None or _whole(self.transformers, fewest, most), zones),
        )

    def _of_load_data(self) -> tuple[Rule, ...]:
        return (
            ("year", 1970 <= self.year <= 2200, "choose 1970 to 2200"),
            ("days", _whole(self.days, 1, YEAR_DAYS), f"choose 1 to {YEAR_DAYS}"),
            ("pv_share", 0.0 <= self.pv_share <= 1.0, "choose a share from 0 to 1"),
            ("utc_offset", UTC_OFFSET.fullmatch(self.utc_offset), "write it as +10:00"),
        )

    def chosen(self) -> dict[str, object]:
        """Return what goes beyond a year of load data without voltages, by key; plain values."""
        facts: dict[str, object] = {}
        if self.transformers is not None:
            facts["transformers"] = self.transformers
        if self.days != YEAR_DAYS:
            facts["days"] = self.days
        if self.voltages is not None:
            facts["voltages"] = asdict(self.voltages)
        return facts


def _whole(value: object, lowest: int, highest: int) -> bool:
    return isinstance(value, int) and lowest <= value <= highest


def _refused(key: str, value: object, remedy: str) -> UsageError:
    return UsageError(
        f"cannot generate a feeder with {key} = {value!r}", remedy=f"{remedy[0].upper()}{remedy[1:]}."
    )
