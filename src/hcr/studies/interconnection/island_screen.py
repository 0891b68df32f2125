"""Could a part of the feeder feed itself once its reclosers open? (interconnection method, section 4)

An island is a part of the feeder that reclosers bound: a connected component of what is left without them and
without open switches. It may stay energised where what it exchanges through them comes near zero in P and in
Q. So it passes if P, or Q, keeps its sign all day, or if its smallest magnitude is much of its largest.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from hcr.studies.interconnection.day import FloatArray
from hcr.studies.interconnection.limits import Limits


@dataclass(frozen=True, slots=True)
class Recloser:
    """A recloser, and at which of its ends its power is metered.

    Attributes
    ----------
    first, second : its buses, in the order of its element.
    metered_at_second : the power is that into its second terminal, not its first.
    """

    name: str
    first: str
    second: str
    metered_at_second: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Islands:
    """The parts of a feeder that reclosers bound.

    Attributes
    ----------
    names : the buses at which each island ends, joined by `+`.
    signs : (islands, reclosers) float — +1 where a recloser's metered power leaves the island, -1 where it
        enters it, 0 where the recloser does not bound it.
    """

    names: tuple[str, ...]
    signs: FloatArray

    @classmethod
    def of(cls, components: Sequence[AbstractSet[str]], reclosers: Sequence[Recloser]) -> "Islands":
        """Return the islands among connected components; one without a recloser at its border is none."""
        bounded = [(part, signs) for part in components if any(signs := _signs(part, reclosers))]
        names = tuple(_name(part, reclosers) for part, _ in bounded)
        rows = np.array([signs for _, signs in bounded], dtype=np.float64)
        return cls(names, rows.reshape(len(names), len(reclosers)))

    def margins(self, p_kw: FloatArray, q_kvar: FloatArray, limits: Limits) -> FloatArray:
        """Return (islands,) float — the best of the four margins of each island; it passes from 0 up.

        One without any flow at all is a dead part of the feeder, which nothing could keep energised: 1.

        Parameters
        ----------
        p_kw, q_kvar : (reclosers, steps) float — power into each recloser at its metered terminal.
        """
        flows = self.signs @ np.array((p_kw, q_kvar))
        margins = _margins(flows, np.array([limits.island_p_ratio, limits.island_q_ratio]))
        return np.where(flows.any(axis=(0, 2)), margins.max(axis=0), 1.0)


def _signs(part: AbstractSet[str], reclosers: Sequence[Recloser]) -> list[float]:
    return [
        ((recloser.first in part) - (recloser.second in part)) * (-1.0 if recloser.metered_at_second else 1.0)
        for recloser in reclosers
    ]


def _name(part: AbstractSet[str], reclosers: Sequence[Recloser]) -> str:
    ends = {bus for recloser in reclosers for bus in (recloser.first, recloser.second)}
    return "+".join(sorted(ends & part))


def _margins(flows: FloatArray, ratios: FloatArray) -> FloatArray:
    """Return the better margin of each row: |sgn(min) + sgn(max)| - 1, or min |flow| / max |flow| - ratio.

    One exact zero still keeps the sign. The ratio of a row of zeros is 0.

    Parameters
    ----------
    flows : (kinds, islands, steps); ratios : (kinds,).
    """
    low, high = flows.min(axis=2), flows.max(axis=2)
    kept = np.abs(np.sign(low) + np.sign(high)) - 1.0
    largest = np.maximum(np.abs(low), np.abs(high))
    smallest = np.abs(flows).min(axis=2)
    share = np.divide(smallest, largest, out=np.zeros_like(largest), where=largest > 0.0)
    better: FloatArray = np.maximum(kept, share - ratios[:, None])
    return better
