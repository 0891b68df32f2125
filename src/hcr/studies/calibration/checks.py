"""How well a calibration explains what was kept back: errors before and after, in per cent."""

from dataclasses import dataclass

import numpy as np

from hcr.powerflow.circuit import FloatArray
from hcr.studies.calibration.findings import Findings
from hcr.studies.calibration.levels import group_errors
from hcr.studies.calibration.metering import Metering, medians, percent, rms

Pair = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class Checks:
    """Errors before and after [%].

    Of a transformer at a time the median over its customers counts, which a wrong meter does not move and
    in which the noise of meters goes away. The upstream level is taken off before and after alike, so that
    what falls is what the taps explain; at a time that was kept back it is the one that the other
    transformers tell.

    Attributes
    ----------
    groups : (groups,) root mean square over the times kept back, over all where none was.
    times : (times,) root mean square over groups.
    customers : (customers,) median over the times kept back, over all where none was.
    held_times : root mean square over groups and the times kept back; NaN where none was.
    held_customers : median size of the median error over all times of customers kept back; NaN without any.
    """

    groups: Pair
    times: Pair
    customers: Pair
    held_times: tuple[float, float]
    held_customers: tuple[float, float]


def check(metering: Metering, findings: Findings) -> Checks:
    """Return the errors of a calibration."""
    before = metering.errors(findings.first_v) - metering.by_customer(findings.first_level)
    after = metering.errors(findings.last_v) - metering.by_customer(findings.level)
    held = findings.held_times
    late = held if held.any() else np.ones(len(held), bool)
    pairs = [_errors(one, metering, late) for one in (before, after)]
    tables = [pair[0] for pair in pairs]
    kept_back = findings.held_customers
    held_customers = [
        _middle(np.abs(percent(medians(one[kept_back], axis=1)))) if kept_back.any() else float("nan")
        for one in (before, after)
    ]
    held_times = [rms(table[:, held]) if held.any() else float("nan") for table in tables]
    return Checks(
        groups=_pair([np.array([rms(row) for row in table[:, late]]) for table in tables]),
        times=_pair([np.array([rms(column) for column in table.T]) for table in tables]),
        customers=_pair([pair[1] for pair in pairs]),
        held_times=(held_times[0], held_times[1]),
        held_customers=(held_customers[0], held_customers[1]),
    )


def _errors(
    errors: FloatArray, metering: Metering, late: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> Pair:
    """Return group errors by time and customers' median errors over some times [%]."""
    return percent(group_errors(errors, metering)), percent(medians(errors[:, late], axis=1))


def _middle(values: FloatArray) -> float:
    told = values[np.isfinite(values)]
    return float(np.median(told)) if len(told) else float("nan")


def _pair(values: list[FloatArray]) -> Pair:
    return values[0], values[1]
