"""What a method looks at: measured voltages, and which tap each meter hangs on."""

from dataclasses import dataclass

import numpy as np

from hcr.network.tap_changer import NoTaps, TapChanger
from hcr.powerflow.circuit import BoolArray, FloatArray, IntArray

VALID_V = (180.0, 263.0)
"""Phase voltages that count by the documented rule [V] (HCM processing rules, section 11)."""

VALID_PU = (0.7, 1.3)
"""Phase voltages that count otherwise, in units of the nominal [pu]: a tap far off is no wrong meter."""

SHARE_NEEDED = 0.25
"""A transformer counts with more than this share of its customers (HCM processing rules, section 11)."""

NOWHERE = -1
"""Group of a customer who tells nothing: several transformers feed it, or it has no supply."""

Taps = TapChanger | NoTaps | None
"""The tap of a group; None for customers straight on the high-voltage network, who see no such tap."""


@dataclass(frozen=True, slots=True)
class Metering:
    """Meters, times and taps.

    Attributes
    ----------
    read_v : (customers, times) float, phase to neutral as read; NaN where there is no reading [V].
    band_v : (customers, 2) float, lowest and highest voltage that counts [V].
    group : (customers,) int, place among `taps`, or `NOWHERE`.
    taps : of each group.
    section : (groups,) int, part of the feeder between regulators, whose upstream voltage is its own;
        `NOWHERE` where it is not known, so that the group tells nothing of others.
    source_stated : whether the run says which voltage the source has.
    """

    read_v: FloatArray
    band_v: FloatArray
    group: IntArray
    taps: tuple[Taps, ...]
    section: IntArray
    source_stated: bool = False

    @property
    def measured_v(self) -> FloatArray:
        """Return the readings that count, (customers, times) float, NaN elsewhere [V]."""
        return self.valid(self.read_v)

    def valid(self, volts: FloatArray) -> FloatArray:
        """Return voltages, (customers, times), with NaN in place of those beyond the band."""
        low, high = self.band_v[:, :1], self.band_v[:, 1:]
        return np.where((volts >= low) & (volts <= high), volts, np.nan)

    def errors(self, simulated_v: FloatArray) -> FloatArray:
        """Return ln(measured / simulated) where both count, else NaN, (customers, times)."""
        return np.asarray(np.log(self.measured_v) - np.log(self.valid(simulated_v)))

    @property
    def movable(self) -> tuple[int, ...]:
        """Return the groups that have a tap to find."""
        return tuple(at for at, one in enumerate(self.taps) if isinstance(one, TapChanger))

    def by_customer(self, values: FloatArray) -> FloatArray:
        """Return values of groups, (groups, times), for each customer, (customers, times); 0 of `NOWHERE`."""
        return np.where((self.group == NOWHERE)[:, None], 0.0, values[self.group])

    def customers_of(self, group: int) -> IntArray:
        """Return the customers of a group."""
        return np.flatnonzero(self.group == group)

    def enough(self, counts: BoolArray, group: int) -> bool:
        """Return whether more than `SHARE_NEEDED` of a group's customers count, and one at least."""
        own = counts[self.group == group]
        return bool(own.any()) and float(own.mean()) > SHARE_NEEDED


def documented_valid(volts: FloatArray) -> BoolArray:
    """Return which voltages count by the documented rule; same shape."""
    low, high = VALID_V
    return np.asarray((volts >= low) & (volts <= high))


def documented_band(customers: int) -> FloatArray:
    """Return the band of the documented rule for each customer, (customers, 2) [V]."""
    return np.tile(np.array(VALID_V), (customers, 1))


def nominal_band(nominal_v: FloatArray) -> FloatArray:
    """Return the band about each customer's nominal voltage, (customers, 2) [V]."""
    return np.asarray(nominal_v[:, None] * np.array(VALID_PU))


def percent(log_error: FloatArray | float) -> FloatArray:
    """Return logarithmic errors in per cent of the simulated voltage."""
    return np.asarray(100.0 * np.expm1(log_error))


def medians(values: FloatArray, axis: int) -> FloatArray:
    """Return medians that leave out NaN; NaN where nothing else is."""
    if not values.shape[axis]:
        return np.full(np.delete(values.shape, axis), np.nan)
    ordered = np.sort(values, axis=axis)  # NaN last
    count = np.isfinite(values).sum(axis=axis)
    low, high = (np.maximum(count - 1, 0) // 2, np.maximum(count, 1) // 2)
    pair = [np.take_along_axis(ordered, np.expand_dims(at, axis), axis) for at in (low, high)]
    return np.asarray(((pair[0] + pair[1]) / 2.0).squeeze(axis))


def rms(values: FloatArray) -> float:
    """Return the root mean square of what is not NaN; NaN of nothing."""
    told = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(told**2))) if len(told) else float("nan")
