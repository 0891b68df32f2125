"""What the result tables need of one measurement zone, lane by lane.

Symbols in brackets are those of the formulas in `docs/results.md`.
"""

from dataclasses import dataclass

from hcr.network.zones import Zone
from hcr.powerflow.circuit import FloatArray


@dataclass(frozen=True, slots=True)
class Extreme:
    """The largest or smallest voltage somewhere: its value, where, and when.

    Attributes
    ----------
    value_pu : per unit of the nominal voltage there.
    place : node name, such as `lv12.2`.
    lane : lane in which it occurred, the first one if several.
    """

    value_pu: float
    place: str
    lane: int


@dataclass(frozen=True, slots=True)
class ZoneSeries:
    """One zone over all lanes of a task. Power is positive downstream: into the zone.

    Attributes
    ----------
    zone : the measurement zone.
    mean_pu, max_pu, min_pu : (3, lanes) float, over the zone's nodes of each phase [a, x, n], per unit of
        `zone.v_base`; NaN for a phase without nodes.
    power_kw, power_kvar : (lanes,) float, at the zone's head [P].
    load_kw, load_kvar : (lanes,) float, drawn by Load elements of the zone [Z].
    generation_kw, generation_kvar : (lanes,) float, produced by Generator and PVSystem elements [G].
    overload_normal_kw, overload_emergency_kw : (lanes,) float >= 0, power beyond rating of the most
        overloaded branch of the zone [ON, OE].
    lowest, highest : extreme node voltages.
    """

    zone: Zone
    mean_pu: FloatArray
    max_pu: FloatArray
    min_pu: FloatArray
    power_kw: FloatArray
    power_kvar: FloatArray
    load_kw: FloatArray
    load_kvar: FloatArray
    generation_kw: FloatArray
    generation_kvar: FloatArray
    overload_normal_kw: FloatArray
    overload_emergency_kw: FloatArray
    lowest: Extreme
    highest: Extreme

    @property
    def lanes(self) -> int:
        """Return the number of lanes."""
        return len(self.power_kw)
