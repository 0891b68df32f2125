"""What the customers of a street draw and export at its times: readings, then defaults and power factors."""

import numpy as np

from hcr.powerflow.circuit import BoolArray, FloatArray
from hcr.studies.calibration.street import Street
from hcr.studies.customer_powers import Channels, apply_defaults, apply_power_factors, profile_at


def known_powers(street: Street) -> tuple[Channels, tuple[str, ...]]:
    """Return import W and var, export W and var of all customers at all times, and what was filled.

    A missing power is the mean of the customer's own at the other times, zero where gaps are not to be
    filled. Without any reading a customer takes the default series; without these it draws nothing (HCM
    processing rules, section 11).
    """
    given, settings = street.readings, street.task.model
    read = (given.import_w, given.import_var, given.export_w, given.export_var)
    channels = [_filled(channel, fill=settings.fill_gaps) for channel in read]
    silent = np.asarray(np.isnan(read).all(axis=(0, 2)))
    warnings = _warnings(street, np.isnan(given.import_w), silent)
    minutes = settings.interval_minutes
    defaults = [profile_at(one, minutes, street.stamps) if one else None for one in settings.defaults]
    apply_defaults(channels, silent, defaults)
    apply_power_factors(channels, settings)
    return channels, warnings


def _filled(channel: FloatArray, *, fill: bool) -> FloatArray:
    """Return a channel without gaps."""
    if not fill:
        return np.nan_to_num(channel, nan=0.0)
    count = np.maximum(np.isfinite(channel).sum(axis=1, keepdims=True), 1)
    return np.where(np.isnan(channel), np.nansum(channel, axis=1, keepdims=True) / count, channel)


def _warnings(street: Street, missing: BoolArray, silent: BoolArray) -> tuple[str, ...]:
    settings, warnings = street.task.model, []
    if silent.any():
        instead = "take the default series" if any(settings.defaults) else "draw nothing"
        warnings.append(
            f"{silent.sum()} of {len(silent)} customers have no reading at these times; they {instead}"
        )
    if missing.any():
        instead = "takes the mean of the customer's others" if settings.fill_gaps else "is zero"
        warnings.append(f"{missing.mean():.1%} of the power readings are missing; each {instead}")
    return tuple(f"{street.feeder.mrid}: {text}" for text in warnings)
