"""Rows of the tables of a calibration."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hcr.network.tap_changer import NoTaps, TapChanger, known_changer
from hcr.powerflow.circuit import FloatArray
from hcr.results.calibration_tables import (
    CALIBRATED_TAPS,
    CANDIDATES,
    CUSTOMERS,
    METER_RESULTS,
    SUMMARY,
    TIMES,
    TRANSFORMERS,
)
from hcr.results.records import columns_of
from hcr.results.table import Table
from hcr.studies.calibration.checks import Checks
from hcr.studies.calibration.findings import NAN, Findings, FoundTap
from hcr.studies.calibration.metering import documented_valid, medians, percent
from hcr.studies.calibration.street import Street

Rows = dict[str, NDArray[Any]]


def calibration_rows(
    street: Street, findings: Findings, checks: Checks, engine: str
) -> Iterator[tuple[Table, Rows]]:
    """Yield each table of a calibration with its rows.

    `calibrated_taps` is left out where tap settings were given to the run, whether they have any tap of this
    feeder or none: positions would count from these, and the run is to be no set.

    Parameters
    ----------
    engine : that simulated.
    """
    yield METER_RESULTS, _meter_results(street, findings)
    if not street.settings.given_taps:
        yield CALIBRATED_TAPS, _calibrated_taps(street, findings)
    yield TRANSFORMERS, _transformers(street, findings, checks)
    yield CANDIDATES, _candidates(street, findings)
    yield CUSTOMERS, _customers(street, findings, checks)
    yield TIMES, _times(street, findings, checks)
    yield SUMMARY, _summary(street, findings, checks, engine)


def _meter_results(street: Street, findings: Findings) -> Rows:
    """Return a row for each customer and time, customer after customer."""
    measured, simulated = street.readings.voltage_v, findings.first_v
    customers, times = measured.shape
    difference = measured - simulated
    nothing = np.full(customers * times, np.nan)
    base = np.where(simulated > 0.0, simulated, np.nan)
    return {
        **_ids(street, customers * times),
        "cpi_id": np.repeat(_texts(street.customers.load_ids), times),
        "ec_mrid": np.repeat(_texts(street.customers.elements), times),
        "timestamp": np.tile(_utc(street), customers),
        "transformer_id": np.repeat(_texts(street.transformers), times),
        "instant_voltage_avg": measured.ravel(),
        "min_voltage_avg": nothing,
        "max_voltage_avg": nothing,
        "simulated_instant_voltage_avg": simulated.ravel(),
        "instant_voltage_difference": difference.ravel(),
        "min_voltage_difference": nothing,
        "max_voltage_difference": nothing,
        "instant_voltage_difference_percent": (100.0 * difference / base).ravel(),
        "min_voltage_difference_percent": nothing,
        "max_voltage_difference_percent": nothing,
        "pqv_valid": documented_valid(measured).ravel(),
        "simulated_valid": documented_valid(simulated).ravel(),
        "single_feed_transformer": np.repeat(
            [text.count(",") == 0 and text != "" for text in street.transformers], times
        ),
    }


def _calibrated_taps(street: Street, findings: Findings) -> Rows:
    found = [(tap, _changer(street, tap)) for tap in findings.taps if tap.found is not None]
    return {
        "calibration_set": _repeated(_name(street), len(found)),
        "transformer_id": _texts([changer.mrid for _, changer in found]),
        "nominal_tap_pos": _whole([tap.before for tap, _ in found]),
        "tap_set_pos": _whole([tap.found or 0 for tap, _ in found]),
        "tap_high_limit": _whole([len(changer.taps) for _, changer in found]),
        "tap_low_limit": _whole([1] * len(found)),
        "control_enabled": np.zeros(len(found), bool),
        "step_voltage_increment": np.array([changer.step_pu for _, changer in found], float),
    }


def _transformers(street: Street, findings: Findings, checks: Checks) -> Rows:
    """Return a row for each transformer, those without a tap to find among them."""
    rows = [_transformer(street, findings, checks, tap) for tap in findings.taps]
    for group, one in enumerate(street.metering.taps):
        if isinstance(one, NoTaps):
            rows.append(_left_alone(street, checks, group, one))
    rows.sort(key=lambda row: str(row["transformer_id"]))
    return columns_of(TRANSFORMERS, rows)


def _transformer(street: Street, findings: Findings, checks: Checks, tap: FoundTap) -> dict[str, object]:
    changer = _changer(street, tap)
    position = tap.before if tap.found is None else tap.found
    likely = [at for at in np.argsort(-tap.probabilities, kind="stable") if at != position - 1]
    second = int(likely[0]) if likely else None
    moved = position != changer.position
    own = street.metering.customers_of(tap.group)
    return {
        "transformer_id": changer.mrid,
        "zone": changer.mrid,
        "winding": changer.winding,
        "tap_before": tap.before,
        "tap_found": tap.found,
        "tap_pu": changer.taps[position - 1] if moved else changer.tap_pu,
        "confidence": float(tap.probabilities[position - 1]) if len(tap.probabilities) else None,
        "runner_up": None if second is None else 1 + second,
        "runner_up_confidence": None if second is None else float(tap.probabilities[second]),
        "doubtful": tap.doubtful,
        "reason": tap.reason,
        "customers": len(own),
        "customers_used": int(findings.used[own].sum()),
        "deviation_percent": float(percent(tap.deviation)),
        "spread_percent": 100.0 * tap.deviation_error,
        **_errors_and_place(street, checks, tap.group, changer.transformer),
    }


def _left_alone(street: Street, checks: Checks, group: int, one: NoTaps) -> dict[str, object]:
    own = street.metering.customers_of(group)
    return {
        **dict.fromkeys(TRANSFORMERS.names),
        "transformer_id": one.mrid,
        "zone": one.mrid,
        "doubtful": False,
        "reason": one.why,
        "customers": len(own),
        "customers_used": 0,
        **_errors_and_place(street, checks, group, one.transformer),
    }


def _errors_and_place(street: Street, checks: Checks, group: int, name: str) -> dict[str, object]:
    circuit = street.circuit
    buses = circuit.branches.elements.buses[circuit.branches.elements.names.index(name)]
    at = next((circuit.nodes.buses.index(bus) for bus in buses if bus in circuit.nodes.buses), None)
    x, y = (NAN, NAN) if at is None else (float(circuit.nodes.x[at]), float(circuit.nodes.y[at]))
    before, after = checks.groups[0][group], checks.groups[1][group]
    return {"error_before_percent": before, "error_after_percent": after, "x": x, "y": y}


def _candidates(street: Street, findings: Findings) -> Rows:
    rows = [
        {
            "transformer_id": _changer(street, tap).mrid,
            "tap_pos": at + 1,
            "left_over_percent": float(percent(tap.left_over[at])),
            "probability": float(tap.probabilities[at]),
        }
        for tap in findings.taps
        for at in range(len(tap.probabilities))
    ]
    return columns_of(CANDIDATES, rows)


def _customers(street: Street, findings: Findings, checks: Checks) -> Rows:
    readings = np.isfinite(street.metering.errors(findings.first_v))
    return {
        "cpi_id": _texts(street.customers.load_ids),
        "ec_mrid": _texts(street.customers.elements),
        "transformer_id": _texts(street.transformers),
        "readings": readings.sum(axis=1).astype(np.int64),
        "used": findings.used,
        "held_out": findings.held_customers,
        "reason": _texts(findings.reasons),
        "error_before_percent": checks.customers[0],
        "error_after_percent": checks.customers[1],
    }


def _times(street: Street, findings: Findings, checks: Checks) -> Rows:
    readings = np.isfinite(street.metering.errors(findings.last_v))
    return {
        "timestamp": _utc(street),
        "held_out": findings.held_times,
        "readings": readings.sum(axis=0).astype(np.int64),
        "level_percent": percent(medians(findings.level, axis=0)),
        "error_before_percent": checks.times[0],
        "error_after_percent": checks.times[1],
    }


def _summary(street: Street, findings: Findings, checks: Checks, engine: str) -> Rows:
    found = [tap for tap in findings.taps if tap.found is not None]
    transformers = sum(one is not None for one in street.metering.taps)
    widest = findings.widest
    row = {
        "method": findings.method,
        "engine": engine,
        "solves": findings.solves,
        "times": len(street.stamps),
        "held_out_times": int(findings.held_times.sum()),
        "transformers": transformers,
        "found": len(found),
        "doubtful": sum(tap.doubtful for tap in found),
        "customers": len(street.customers),
        "customers_used": int(findings.used.sum()),
        "level_percent": float(percent(widest.level)) if widest else None,
        "other_level_percent": float(percent(widest.other_level)) if widest else None,
        "other_level_probability": widest.other_probability if widest else None,
        "held_out_times_before_percent": checks.held_times[0],
        "held_out_times_after_percent": checks.held_times[1],
        "held_out_customers_before_percent": checks.held_customers[0],
        "held_out_customers_after_percent": checks.held_customers[1],
    }
    return columns_of(SUMMARY, [row])


def _ids(street: Street, rows: int) -> Rows:
    return {
        "calibration_id": _repeated(_name(street), rows),
        "feeder_id": _repeated(street.feeder.mrid, rows),
    }


def _name(street: Street) -> str:
    return street.settings.name


def _changer(street: Street, tap: FoundTap) -> TapChanger:
    return known_changer(street.metering.taps[tap.group])


def _utc(street: Street) -> FloatArray:
    return np.asarray(
        street.stamps - np.timedelta64(street.feeder.utc_offset // timedelta(microseconds=1), "us")
    )


def _texts(values: "list[str] | tuple[str, ...]") -> NDArray[Any]:
    return np.array(values, object)


def _whole(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def _repeated(text: str, rows: int) -> NDArray[Any]:
    return np.full(rows, text, object)
