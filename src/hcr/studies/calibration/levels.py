"""What all transformers share: the voltage upstream, time by time, taken off by median polish."""

from dataclasses import dataclass

import numpy as np

from hcr.powerflow.circuit import FloatArray
from hcr.studies.calibration.metering import Metering, medians

SWEEPS = 12
"""Passes of the polish; it stands still after a few."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Errors by group and time, in two parts.

    Attributes
    ----------
    errors : (groups, times) float, median error over each group's customers; NaN where none counts.
    by_time : (times,) float, what all groups share; its median over the times fitted is 0.
    """

    errors: FloatArray
    by_time: FloatArray


def group_errors(errors: FloatArray, metering: Metering) -> FloatArray:
    """Return the median error of each group's customers, (groups, times)."""
    found = np.full((len(metering.taps), errors.shape[1]), np.nan)
    for group in range(len(metering.taps)):
        own = errors[metering.customers_of(group)]
        if len(own):
            found[group] = medians(own, axis=0)
    return found


def polish(
    errors: FloatArray, metering: Metering, fitted: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> Levels:
    """Return group errors and the level of each time.

    A tap moves one group at all times, the upstream voltage all groups at one time; medians in both
    directions in turn (J. W. Tukey, Exploratory Data Analysis, 1977, chapter 11) tell them apart without
    being pulled by groups or times that are far off.

    Parameters
    ----------
    errors : (customers, times) float, logarithmic, NaN where not told.
    fitted : (times,) bool, times that place the groups; the others' levels follow from these places.
    """
    table = group_errors(errors, metering)
    by_time = np.zeros(table.shape[1])
    for _ in range(SWEEPS):
        places = medians(table[:, fitted] - by_time[fitted], axis=1)
        by_time = np.nan_to_num(medians(table - places[:, None], axis=0))
        by_time -= np.median(by_time[fitted])
    return Levels(table, by_time)
