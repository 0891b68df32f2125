"""What transformers share: the voltage upstream, time by time, taken off by median polish."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from hcr.powerflow.circuit import BoolArray, FloatArray, IntArray
from hcr.studies.calibration.metering import NOWHERE, Metering, medians

SWEEPS = 12
"""Passes of the polish; it stands still after a few."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The voltage upstream of each group.

    Attributes
    ----------
    by_time : (groups, times) float, alike for groups of a block, with a median of 0 over the times fitted
        (logarithmic). At the other times it is what the other groups of the block tell, NaN without any.
    block : (groups,) int, groups that share a level: no regulator lies between them, and readings at the
        same times, one after another, tie them together.
    """

    by_time: FloatArray
    block: IntArray

    @property
    def blocks(self) -> tuple[IntArray, ...]:
        """Return the groups of each block."""
        return tuple(np.flatnonzero(self.block == at) for at in range(int(self.block.max(initial=-1)) + 1))


def group_errors(errors: FloatArray, metering: Metering) -> FloatArray:
    """Return the median error of each group's customers, (groups, times)."""
    found = np.full((len(metering.taps), errors.shape[1]), np.nan)
    for group in range(len(metering.taps)):
        own = errors[metering.customers_of(group)]
        if len(own):
            found[group] = medians(own, axis=0)
    return found


def polish(errors: FloatArray, metering: Metering, fitted: BoolArray) -> Levels:
    """Return the voltage upstream of each group at each time.

    A tap moves one group at all times, the upstream voltage all groups at one time; medians in both
    directions in turn (J. W. Tukey, Exploratory Data Analysis, 1977, chapter 11) tell them apart without
    being pulled by groups or times that are far off.

    Parameters
    ----------
    errors : (customers, times) float, logarithmic, NaN where not told.
    fitted : (times,) bool, times that place the groups; the others' levels follow from these places.
    """
    table = group_errors(errors, metering)
    levels = Levels(np.zeros(table.shape), _blocks(table[:, fitted], metering.section))
    for block in levels.blocks:
        levels.by_time[block] = _polished(table[block], fitted)
    return levels


def _blocks(table: FloatArray, section: IntArray) -> IntArray:
    """Return which groups can be compared: of one section, and with readings at common times."""
    told = np.isfinite(table).astype(np.int64)
    tied = (told @ told.T > 0) & (section[:, None] == section) & (section != NOWHERE)
    return np.asarray(connected_components(tied, directed=False)[1], np.int64)


def _polished(table: FloatArray, fitted: BoolArray) -> FloatArray:
    """Return the level of each time for each group of a block, (groups, times)."""
    by_time = np.zeros(table.shape[1])
    for _ in range(SWEEPS):
        places = medians(table[:, fitted] - by_time[fitted], axis=1)
        shared = medians(table - places[:, None], axis=0)
        middle = medians(shared[fitted], axis=0)
        by_time = np.nan_to_num(shared - middle)
    found = np.tile(by_time, (len(table), 1))
    for group in range(len(table)):
        others = np.arange(len(table)) != group
        found[group, ~fitted] = medians((table - places[:, None])[others][:, ~fitted], axis=0) - middle
    return found
