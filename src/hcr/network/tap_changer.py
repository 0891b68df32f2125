"""Off-load taps of distribution transformers: which positions they have, and what each does.

Positions are counted from 1; a higher one gives a higher LV voltage. Where the model states a range, it
counts; OpenDSS's own default (33 positions from 0.9 to 1.1) states nothing, and the usual Australian range
stands in for it: 1 to 8, 2.5 % a step, 4 nominal, on the primary (HCM processing rules, section 5).
"""

from dataclasses import dataclass

import numpy as np

from hcr.network.voltage_section import regulated_transformers
from hcr.network.zones import Zone
from hcr.powerflow.circuit import Circuit, IntArray
from hcr.powerflow.windings import Windings

USUAL_POSITIONS, USUAL_NOMINAL, USUAL_STEP = 8, 4, 0.025
"""Positions, the nominal one, and a step [pu], of a transformer whose model states no taps."""

DEFAULT_RANGE = (0.9, 1.1, 32)
"""Lowest and highest tap [pu] and steps of a winding of which the model says nothing (OpenDSS)."""


@dataclass(frozen=True, slots=True)
class TapChanger:
    """The off-load tap of a transformer.

    Attributes
    ----------
    transformer : full name; winding : winding with the tap, from 1.
    on_primary : whether that is the side of the higher voltage, where fewer turns give more voltage.
    taps : turns at each position, from position 1 [pu of nominal].
    tap_pu : turns now [pu]; position : the position nearest to that.
    """

    transformer: str
    winding: int
    on_primary: bool
    taps: tuple[float, ...]
    tap_pu: float

    @property
    def mrid(self) -> str:
        """Return the name of the transformer in tables."""
        return self.transformer.partition(".")[2]

    @property
    def position(self) -> int:
        """Return the position nearest to where the tap is now."""
        return 1 + min(range(len(self.taps)), key=lambda at: abs(self.taps[at] - self.tap_pu))

    @property
    def step_pu(self) -> float:
        """Return the size of a step [pu]."""
        return round(abs(self.taps[0] - self.taps[-1]) / (len(self.taps) - 1), 9)

    def gain(self, position: int) -> float:
        """Return the no-load LV voltage at a position in units of that now."""
        ratio = self.taps[position - 1] / self.tap_pu
        return 1.0 / ratio if self.on_primary else ratio


@dataclass(frozen=True, slots=True)
class NoTaps:
    """A transformer without off-load taps, and why.

    `regulated` tells that its LV voltage is controlled, and so says nothing of the voltage upstream.
    """

    transformer: str
    why: str
    regulated: bool = False

    @property
    def mrid(self) -> str:
        """Return the name of the transformer in tables."""
        return self.transformer.partition(".")[2]


def known_changer(tap: TapChanger | NoTaps | None) -> TapChanger:
    """Return a tap that is known to move.

    Raises
    ------
    ValueError
        It does not.
    """
    if not isinstance(tap, TapChanger):
        raise ValueError(f"{tap.transformer if tap else 'the high-voltage network'} has no tap to move")
    return tap


def off_load_taps(circuit: Circuit, zones: list[Zone]) -> dict[int, TapChanger | NoTaps]:
    """Return the taps of the transformers that feed LV zones, by their places among the branches."""
    windings, names = circuit.windings, circuit.branches.elements.names
    assert windings is not None  # noqa: S101 - every compiled circuit has them
    regulated = regulated_transformers(circuit)
    heads = sorted({meter.branch for zone in zones if zone.kind == "TRANSFORMER" for meter in zone.meters})
    found: dict[int, TapChanger | NoTaps] = {}
    for branch in heads:
        if branch in regulated:
            found[branch] = NoTaps(names[branch], "a regulator control moves its taps", regulated=True)
        else:
            found[branch] = _tap_changer(names[branch], windings, np.flatnonzero(windings.branch == branch))
    return found


def _tap_changer(name: str, windings: Windings, rows: IntArray) -> TapChanger | NoTaps:
    """Return the tap on the primary, else on the secondary; where the model states neither, the usual one."""
    primary = int(rows[windings.rated_kv[rows].argmax()])
    stated = [int(row) for row in (primary, *(rows[rows != primary])) if not _is_default(windings, int(row))]
    if not stated:
        usual = tuple(1.0 - USUAL_STEP * (p - USUAL_NOMINAL) for p in range(1, USUAL_POSITIONS + 1))
        return TapChanger(name, int(windings.number[primary]), True, usual, float(windings.tap[primary]))
    row = next((row for row in stated if windings.steps[row] > 0), stated[0])
    low, high, steps = float(windings.lowest[row]), float(windings.highest[row]), int(windings.steps[row])
    if steps < 1 or not 0.0 < low < high:
        return NoTaps(name, "its model has no taps")
    upwards = tuple(float(tap) for tap in np.linspace(low, high, steps + 1))
    taps = upwards[::-1] if row == primary else upwards
    return TapChanger(name, int(windings.number[row]), row == primary, taps, float(windings.tap[row]))


def _is_default(windings: Windings, row: int) -> bool:
    own = windings.lowest[row], windings.highest[row], windings.steps[row]
    return bool(np.allclose(own, DEFAULT_RANGE))
