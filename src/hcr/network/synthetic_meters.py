"""The voltage meters of a synthetic feeder: what each reads, which are wrong, what never arrives."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hcr.network.meter_faults import MeterFaults
from hcr.network.synthetic_plan import CustomerSite
from hcr.network.synthetic_weather import FloatArray
from hcr.powerflow.circuit import BoolArray

WRONG_FOR_CERTAIN = 50  # a feeder of so many customers has a wrong meter, however small the share
SILENT_SHARE = 0.005  # customers with power but no voltage
VOLTAGE_DECIMALS = 2


class WrongKind(StrEnum):
    """How a meter misleads."""

    PHASE = "phase"
    STUCK = "stuck"
    SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class WrongMeter:
    """A meter that misleads.

    Attributes
    ----------
    customer : number of the customer
    true_phase : what a customer of kind `phase` really hangs on
    other : the customer whose voltage a meter of kind `swapped` reads
    """

    customer: int
    kind: WrongKind
    true_phase: str = ""
    other: int = -1


@dataclass(frozen=True, slots=True)
class Meters:
    """The voltage meters of all customers.

    Attributes
    ----------
    wrong : meters that mislead, in the order of the customers
    silent : numbers of the customers without a voltage, in order
    seeds : a stream for each customer
    """

    faults: MeterFaults
    wrong: tuple[WrongMeter, ...]
    silent: tuple[int, ...]
    seeds: tuple[np.random.SeedSequence, ...]

    @classmethod
    def drawn(
        cls, faults: MeterFaults, customers: Sequence[CustomerSite], seed: np.random.SeedSequence
    ) -> "Meters":
        """Return meters with faults that follow from a seed, which is spent."""
        own, *seeds = seed.spawn(1 + len(customers))
        rng = np.random.Generator(np.random.PCG64(own))
        wrong = _draw_wrong(_how_many(faults.wrong, len(customers)), customers, rng)
        healthy = np.setdiff1d(np.arange(len(customers)), [meter.customer for meter in wrong])
        count = min(round(SILENT_SHARE * len(customers)), len(healthy))
        silent = np.sort(rng.choice(healthy, count, replace=False))
        return cls(faults, wrong, tuple(int(number) for number in silent), tuple(seeds))

    def read(self, true_v: FloatArray) -> "MeteredVoltages":
        """Return the readings of true voltages, (customers, steps) [V]."""
        return MeteredVoltages(self, true_v)


class MeteredVoltages:
    """Readings of voltages and whether they arrived, customer by customer."""

    def __init__(self, meters: Meters, true_v: FloatArray) -> None:
        self._meters, self._true_v = meters, true_v
        self._wrong = {meter.customer: meter for meter in meters.wrong}
        self._silent = set(meters.silent)

    def of(self, customer: int) -> tuple[FloatArray, BoolArray]:
        """Return the readings of a customer [V], NaN without a meter of voltage, and which readings arrive.

        Power and voltage of a half hour arrive together or not at all.
        """
        noise, arrival = _streams(self._meters.seeds[customer])
        steps, faults = self._true_v.shape[1], self._meters.faults
        wrong = self._wrong.get(customer)
        volts = self._true_v[wrong.other if wrong and wrong.kind is WrongKind.SWAPPED else customer]
        volts = volts * (1.0 + faults.noise * noise.standard_normal(steps))
        if customer in self._silent:
            volts = np.full(steps, np.nan)
        elif wrong and wrong.kind is WrongKind.STUCK:
            volts = np.full(steps, volts[0])
        return np.round(volts, VOLTAGE_DECIMALS), np.asarray(arrival.random(steps) >= faults.missing)


def _streams(seed: np.random.SeedSequence) -> list[np.random.Generator]:
    """Return two streams of a seed, the same ones each time."""
    children = (np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, at)) for at in range(2))
    return [np.random.Generator(np.random.PCG64(child)) for child in children]


def _how_many(share: float, customers: int) -> int:
    least = 1 if share > 0.0 and customers >= WRONG_FOR_CERTAIN else 0
    return max(round(share * customers), least)


def _draw_wrong(
    count: int, customers: Sequence[CustomerSite], rng: np.random.Generator
) -> tuple[WrongMeter, ...]:
    """So many wrong meters; a swap takes two."""
    left = [int(number) for number in rng.permutation(len(customers))]
    wrong: list[WrongMeter] = []
    while len(wrong) < count:
        kind = list(WrongKind)[int(rng.integers(len(WrongKind)))]
        drawn = _draw_one(kind, left, customers, rng)
        if drawn and len(wrong) + len(drawn) <= count:
            wrong += drawn
            taken = {meter.customer for meter in drawn}
            left = [number for number in left if number not in taken]
    return tuple(sorted(wrong, key=lambda meter: meter.customer))


def _draw_one(
    kind: WrongKind, left: Sequence[int], customers: Sequence[CustomerSite], rng: np.random.Generator
) -> list[WrongMeter]:
    """Meters of a kind among the customers that are left, the first that fit; none where none does."""
    if kind is WrongKind.STUCK:
        return [WrongMeter(left[0], kind)]
    if kind is WrongKind.PHASE:
        return [
            WrongMeter(number, kind, true_phase=_another_phase(customers[number].phases, rng))
            for number in [one for one in left if len(customers[one].phases) == 1][:1]
        ]
    if len(left) == 1:
        return []
    one, *others = left
    elsewhere = [other for other in others if customers[other].transformer != customers[one].transformer]
    other = (elsewhere or others)[0]
    return [WrongMeter(one, kind, other=other), WrongMeter(other, kind, other=one)]


def _another_phase(phase: str, rng: np.random.Generator) -> str:
    return [other for other in "ABC" if other != phase][int(rng.integers(2))]
