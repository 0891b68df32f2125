"""Streets on paper: transformers whose truth is known, and a simulation that is one multiplication."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from hcr.network.tap_changer import NoTaps, TapChanger
from hcr.powerflow.circuit import FloatArray
from hcr.studies.calibration.findings import Positions
from hcr.studies.calibration.metering import Metering, Taps, nominal_band

USUAL = tuple(1.0 - 0.025 * (position - 4) for position in range(1, 9))
NOMINAL_V = 240.0


def usual_tap(name: str) -> TapChanger:
    """Return a tap of the usual kind at its nominal position."""
    return TapChanger(f"Transformer.{name}", 1, True, USUAL, 1.0)


@dataclass(frozen=True)
class PaperStreet:
    """Meters on paper.

    Attributes
    ----------
    metering : what a method sees; truth : true position of each group; before : those of the model.
    shape_v : (customers, times) float, voltages that a simulation gives at the model's positions [V].
    """

    metering: Metering
    truth: Positions
    before: Positions
    shape_v: FloatArray

    def simulate(self, positions: Positions) -> FloatArray:
        """Return voltages at given positions: each tap multiplies those of its customers."""
        volts = self.shape_v.copy()
        for group, position in positions.items():
            tap = self.metering.taps[group]
            assert isinstance(tap, TapChanger)
            volts[self.metering.group == group] *= tap.gain(position)
        return volts


@pytest.fixture
def street() -> Callable[..., PaperStreet]:
    """Return a maker of paper streets."""

    def make(
        truth: tuple[int | None, ...],
        *,
        customers: int = 12,
        times: int = 24,
        level: float = 0.0,
        noise: float = 0.005,
        seed: int = 0,
    ) -> PaperStreet:
        """Return a street of so many customers a group; a truth of None is a transformer without taps."""
        rng = np.random.default_rng(seed)
        groups = len(truth)
        taps: tuple[Taps, ...] = tuple(
            NoTaps(f"Transformer.t{at}", "its model has no taps") if one is None else usual_tap(f"t{at}")
            for at, one in enumerate(truth)
        )
        group = np.repeat(np.arange(groups), customers)
        drop = rng.uniform(0.0, 0.05, (groups * customers, 1)) * rng.uniform(0.2, 1.0, (1, times))
        shape = NOMINAL_V * (1.0 - drop)
        known = {at: one for at, one in enumerate(truth) if one is not None}
        nominal = np.full(len(group), NOMINAL_V)
        plain = Metering(shape, nominal_band(nominal), group, taps)
        paper = PaperStreet(plain, known, dict.fromkeys(known, 4), shape)
        read = paper.simulate(known) * np.exp(level) * (1.0 + noise * rng.standard_normal(shape.shape))
        return PaperStreet(Metering(read, nominal_band(nominal), group, taps), known, paper.before, shape)

    return make
