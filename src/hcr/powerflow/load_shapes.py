"""Load shapes of an OpenDSS model, read at any hours as the engine itself reads them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import FloatArray

NAMED = 12
"""Shapes that a refusal lists."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadShape:
    """A load shape.

    Attributes
    ----------
    values : (points,) float, multipliers.
    interval_h : between two points [h]; 0 where each has an hour of its own, in `hours`.
    """

    values: FloatArray
    interval_h: float
    hours: FloatArray

    def at(self, hours: FloatArray) -> FloatArray:
        """Return the multipliers at some hours since the start, (hours,) float.

        Points at intervals hold to the nearest end of interval, halves rounding to even, and repeat; points
        with hours are joined by straight lines and repeat after the last. Source: TLoadShapeObj.GetMultAtHour
        in LoadShape.pas of the DSS C-API; EPRI's C++ build rounds halves up.
        """
        if len(self.values) == 1:
            return np.full(len(hours), self.values[0])
        if self.interval_h > 0.0:
            number = np.rint(hours / self.interval_h).astype(np.int64)
            return np.asarray(self.values[(number - 1) % len(self.values)])
        last = self.hours[-1]
        within = np.where(hours > last, np.mod(hours, last), hours) if last > 0.0 else hours
        return np.interp(within, self.hours, self.values)


def no_such_shape(name: str, there: Sequence[str]) -> ModelError:
    """Return why a shape cannot be read."""
    more = f" and {len(there) - NAMED} more" if len(there) > NAMED else ""
    return ModelError(
        f"the model has no load shape {name!r}",
        why=f"it has {', '.join(there[:NAMED])}{more}" if there else "it has none",
        remedy="Name one of these, give values instead, or define the shape in the model.",
    )
