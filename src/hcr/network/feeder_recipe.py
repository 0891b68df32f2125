"""The recipe of a synthetic feeder: what the user chooses; everything else follows from the seed."""

from dataclasses import dataclass

from hcr.errors import UsageError
from hcr.network.feeder import MRID, MRID_RULE, UTC_OFFSET

MAX_CUSTOMERS = 20_000
MV_LEVELS_KV = (11.0, 22.0)


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
    """

    mrid: str
    customers: int
    seed: int
    mv_kv: float = 22.0
    year: int = 2025
    pv_share: float = 0.35
    utc_offset: str = "+10:00"

    def check(self) -> None:
        """Raise UsageError, naming the first value that no feeder can be made from."""
        if not MRID.fullmatch(self.mrid):
            raise _refused("mrid", self.mrid, f"use {MRID_RULE}")
        if not 1 <= self.customers <= MAX_CUSTOMERS:
            raise _refused("customers", self.customers, f"choose 1 to {MAX_CUSTOMERS}")
        if self.seed < 0:
            raise _refused("seed", self.seed, "choose a whole number from 0")
        if self.mv_kv not in MV_LEVELS_KV:
            raise _refused("mv_kv", self.mv_kv, "choose 11 or 22")
        if not 1970 <= self.year <= 2200:
            raise _refused("year", self.year, "choose 1970 to 2200")
        if not 0.0 <= self.pv_share <= 1.0:
            raise _refused("pv_share", self.pv_share, "choose a share from 0 to 1")
        if not UTC_OFFSET.fullmatch(self.utc_offset):
            raise _refused("utc_offset", self.utc_offset, "write it as +10:00")


def _refused(key: str, value: object, remedy: str) -> UsageError:
    return UsageError(
        f"cannot generate a feeder with {key} = {value!r}", remedy=f"{remedy[0].upper()}{remedy[1:]}."
    )
