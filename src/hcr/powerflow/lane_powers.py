"""The power of every injector in every lane: what the model states, and what the injections say instead."""

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import FloatArray, Injectors, IntArray, Parts
from hcr.powerflow.lanes import Injections


class LanePowers:
    """Powers of the injectors of one circuit; powers that the model does not state are 0."""

    def __init__(self, injectors: Injectors) -> None:
        self._places = {name.lower(): at for at, name in enumerate(injectors.elements.names)}
        self._last: tuple[tuple[str, ...], IntArray] = ((), np.empty(0, np.int64))
        self._stated = np.nan_to_num(injectors.power_w), np.nan_to_num(injectors.power_var)

    def given(
        self, injections: Injections
    ) -> tuple[FloatArray, FloatArray, IntArray, FloatArray, FloatArray]:
        """Return stated power of all injectors, the rows of the injections, and their power."""
        watts, var = (
            np.ascontiguousarray(part, float) for part in (injections.power_w, injections.power_var)
        )
        return (*self._stated, self.rows(injections), watts, var)

    def of(self, injections: Injections, first: int, last: int) -> Parts:
        """Return watts and var of every injector in lanes `first` to `last` (exclusive)."""
        rows, lanes = self.rows(injections), last - first
        watts, var = (np.repeat(stated[:, None], lanes, axis=1) for stated in self._stated)
        watts[rows] = injections.power_w[:, first:last]
        var[rows] = injections.power_var[:, first:last]
        return watts, var

    def rows(self, injections: Injections) -> IntArray:
        """Return the injector of each row of the injections.

        Raises
        ------
        ModelError
            An element is not in the model.
        """
        if self._last[0] is injections.elements:
            return self._last[1]
        try:
            rows = np.array([self._places[element.lower()] for element in injections.elements], np.int64)
        except KeyError as error:
            raise ModelError(
                f"element {error.args[0]} is not in the model",
                why="the customer list of the feeder names it",
                remedy="Correct customers.csv of the feeder, or import the feeder again.",
            ) from error
        self._last = injections.elements, rows
        return rows
