"""The rule of the original service: one time, means over a transformer, whole steps.

Source: HCM processing rules, section 11. Steps are rounded half away from zero; a position stays within the
tap's own limits.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hcr.network.tap_changer import known_changer
from hcr.powerflow.circuit import BoolArray, FloatArray
from hcr.studies.calibration.findings import Findings, FoundTap, Positions
from hcr.studies.calibration.metering import Metering

DOCUMENTED = "documented"


def find_by_rule(
    metering: Metering, before: Positions, simulate: Callable[[Positions], FloatArray]
) -> Findings:
    """Return the taps that the rule finds at the first time.

    Parameters
    ----------
    before : positions to begin with.
    simulate : gives the voltages of all customers at given positions, (customers, times) [V].
    """
    first_v = simulate(before)
    valid = np.isfinite(metering.measured_v[:, 0]) & np.isfinite(metering.valid(first_v)[:, 0])
    findings = Findings(
        DOCUMENTED,
        tuple(_found(metering, group, before[group], valid, first_v[:, 0]) for group in metering.movable),
        used=valid & (metering.group >= 0),
        reasons=tuple("" if one else "no valid voltage" for one in valid),
        held_customers=np.zeros(len(valid), bool),
        held_times=np.zeros(first_v.shape[1], bool),
        first_v=first_v,
        last_v=first_v,
        first_level=np.zeros((len(metering.taps), first_v.shape[1])),
        level=np.zeros((len(metering.taps), first_v.shape[1])),
    )
    after = findings.positions()
    return findings if after == before else replace(findings, last_v=simulate(after), solves=2)


def _found(metering: Metering, group: int, before: int, valid: BoolArray, simulated: FloatArray) -> FoundTap:
    changer, own = known_changer(metering.taps[group]), metering.customers_of(group)
    told = own[valid[own]]
    if not metering.enough(valid, group):
        return FoundTap(group, before, None, too_few(len(told), len(own)))
    measured_mean, simulated_mean = float(metering.measured_v[told, 0].mean()), float(simulated[told].mean())
    delta = (measured_mean - simulated_mean) / simulated_mean
    steps = _rounded(delta / changer.step_pu)
    found = min(max(before + steps, 1), len(changer.taps))
    return FoundTap(group, before, found, deviation=math.log1p(delta))


def too_few(valid: int, customers: int) -> str:
    """Return why a transformer with so many customers, some with a valid voltage, does not count."""
    if not customers:
        return "it has no customers"
    return f"{valid} of {customers} customers have a valid voltage, more than a quarter is needed"


def _rounded(value: float) -> int:
    """Return the nearest whole number; halves go away from zero."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))
