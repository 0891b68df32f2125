"""Meters that are not to be believed: stuck, unsteady, or far from their neighbours."""

import numpy as np

from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.studies.calibration.metering import Metering, medians

STUCK_V = 0.05
"""A voltage that stays within this range is no measurement [V]."""

STUCK_READINGS = 6
"""Fewer readings may be alike by chance."""

TIMES_THE_USUAL = 3.0
"""How much more than others a meter may wander about the simulation."""

LEAST_WANDER = 0.005
"""A wandering that is never too much (logarithmic)."""

FAR = 4.0
"""Standard deviations from the neighbours beyond which a meter counts as wrong."""

LEAST_FAR = 0.01
"""A distance from the neighbours that is never too much (logarithmic)."""

SIGMA_PER_MAD = 1.4826
"""Standard deviation of a normal distribution with a median absolute deviation of 1."""


def unsteady(measured_v: FloatArray, errors: FloatArray) -> list[str]:
    """Return for each meter why it does not follow the network; empty where it does.

    Parameters
    ----------
    measured_v : (customers, times) float [V], NaN where not told.
    errors : (customers, times) float, logarithmic, upstream level taken off.
    """
    count = np.isfinite(measured_v).sum(axis=1)
    span = np.where(np.isfinite(measured_v), measured_v, -np.inf).max(axis=1) - np.where(
        np.isfinite(measured_v), measured_v, np.inf
    ).min(axis=1)
    wander = spread_of(errors)
    told = wander[np.isfinite(wander) & (count >= STUCK_READINGS)]
    most = max(TIMES_THE_USUAL * float(np.median(told)), LEAST_WANDER) if len(told) else np.inf
    found = []
    for at in range(len(measured_v)):
        enough = count[at] >= STUCK_READINGS
        if enough and span[at] <= STUCK_V:
            found.append(f"it always reads {float(medians(measured_v[at : at + 1], axis=1)[0]):.1f} V")
        elif enough and wander[at] > most:
            found.append(f"it wanders by {100.0 * wander[at]:.1f} % about the simulation")
        else:
            found.append("")
    return found


def far_off(
    offsets: FloatArray, metering: Metering, used: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> list[str]:
    """Return for each meter in use how far it is from the median of its group; empty where that is little.

    Parameters
    ----------
    offsets : (customers,) float, errors by customer, logarithmic.
    """
    inner = within_groups(offsets, metering, used)
    limit = max(FAR * deviation(inner[used]), LEAST_FAR)
    return [
        f"it is {100.0 * abs(value):.1f} % from its neighbours" if on and abs(value) > limit else ""
        for value, on in zip(inner, used, strict=True)
    ]


def within_groups(
    offsets: FloatArray, metering: Metering, used: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> FloatArray:
    """Return each customer's error less the median of its group, (customers,)."""
    inner = np.full(len(offsets), np.nan)
    for group in range(len(metering.taps)):
        own = metering.customers_of(group)
        told = own[used[own]]
        if len(told):
            inner[own] = offsets[own] - float(np.median(offsets[told]))
    return inner


SMALL_GROUP = (1.0, 1.0, 1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107)
"""By how much the median absolute deviation of so few values is too small on average (C. Croux and
P. J. Rousseeuw, Computational Statistics 1, 1992, 411-428); n / (n - 0.8) beyond."""


def small_group(sizes: IntArray) -> FloatArray:
    """Return the correction of `SMALL_GROUP` for groups of given sizes, (groups,)."""
    n = np.maximum(sizes, 1)
    table = np.array(SMALL_GROUP)
    return np.where(n < len(table), table[np.minimum(n, len(table) - 1)], n / (n - 0.8))


def spread_of(errors: FloatArray) -> FloatArray:
    """Return how much each row wanders about its median, as a standard deviation, (rows,)."""
    centre = medians(errors, axis=1)
    return np.asarray(SIGMA_PER_MAD * medians(np.abs(errors - centre[:, None]), axis=1))


def deviation(values: FloatArray) -> float:
    """Return the standard deviation that the median absolute deviation tells; 0 of nothing."""
    told = np.abs(values[np.isfinite(values)])
    return float(SIGMA_PER_MAD * np.median(told)) if len(told) else 0.0
