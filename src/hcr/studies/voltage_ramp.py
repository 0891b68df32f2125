"""When a zone's voltages break limits, and how much of its energy is then at risk.

Voltages are (3, lanes) float [pu], NaN for a phase without nodes; such a phase breaks no limit.
"""

import numpy as np

from hcr.powerflow.circuit import BoolArray, FloatArray
from hcr.studies.limits import PuLimits


def any_above(voltage_pu: FloatArray, limit: float) -> BoolArray:
    """Return the lanes in which any phase is above a limit, (lanes,) bool."""
    return np.asarray((voltage_pu > limit).any(axis=0))


def any_below(voltage_pu: FloatArray, limit: float) -> BoolArray:
    """Return the lanes in which any phase is below a limit, (lanes,) bool."""
    return np.asarray((voltage_pu < limit).any(axis=0))


def highest_phase(voltage_pu: FloatArray) -> FloatArray:
    """Return the highest phase of each lane, (lanes,) float; NaN where no phase is present."""
    return np.asarray(np.fmax.reduce(voltage_pu, axis=0))


def lowest_phase(voltage_pu: FloatArray) -> FloatArray:
    """Return the lowest phase of each lane, (lanes,) float; NaN where no phase is present."""
    return np.asarray(np.fmin.reduce(voltage_pu, axis=0))


def phase_mean(voltage_pu: FloatArray) -> FloatArray:
    """Return the mean over the phases present in each lane, (lanes,) float; NaN where none is."""
    present = (~np.isnan(voltage_pu)).sum(axis=0)
    total = np.nansum(voltage_pu, axis=0)
    return np.where(present > 0, total / np.maximum(present, 1), np.nan)


def phases_present(voltage_pu: FloatArray) -> int:
    """Return how many phases the zone has [m]."""
    return int((~np.isnan(voltage_pu)).any(axis=1).sum())


def share_high(voltage_pu: FloatArray, limits: PuLimits) -> FloatArray:
    """Return H(v), 0 at VH1 rising to 1 at VH2, shaped as the voltages; 0 for NaN."""
    ramp = (voltage_pu - limits.normal_max) / (limits.emergency_max - limits.normal_max)
    return np.nan_to_num(np.clip(ramp, 0.0, 1.0), nan=0.0)


def share_low(voltage_pu: FloatArray, limits: PuLimits) -> FloatArray:
    """Return L(v), 0 at VL1 rising to 1 at VL2, shaped as the voltages; 0 for NaN."""
    ramp = (limits.normal_min - voltage_pu) / (limits.normal_min - limits.emergency_min)
    return np.nan_to_num(np.clip(ramp, 0.0, 1.0), nan=0.0)


def share_at_risk(mean_pu: FloatArray, limits: PuLimits) -> FloatArray:
    """Return W = min(1, H(max over φ of a) + L(min over φ of a)), (lanes,) float in [0, 1].

    The worst phase on either side counts (results_tables, A10).
    """
    high = share_high(highest_phase(mean_pu), limits)
    low = share_low(lowest_phase(mean_pu), limits)
    return np.asarray(np.minimum(high + low, 1.0))
