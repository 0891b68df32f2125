"""The hidden level of the source of a synthetic feeder: a bias, and what a busbar regulator lets pass."""

from dataclasses import dataclass

import numpy as np

from hcr.network.synthetic_weather import FloatArray, autoregressive

BIAS = 0.004
MAX_BIAS = 0.01
DRIFT_CORRELATION = 0.97  # from half hour to half hour: the level wanders for most of a day


@dataclass(frozen=True, slots=True)
class SourceLevel:
    """How far the source is from what the model says.

    Attributes
    ----------
    bias_pu : constant part [pu]
    drift_seed : whole number that the drift follows from
    drift_limit_pu : most that the level moves around 1 + bias [pu]
    """

    bias_pu: float
    drift_seed: int
    drift_limit_pu: float

    @classmethod
    def drawn(cls, rng: np.random.Generator, *, drift_limit_pu: float) -> "SourceLevel":
        """Return a level with a normal bias, standard deviation `BIAS`, of at most `MAX_BIAS`."""
        bias = float(np.clip(rng.normal(0.0, BIAS), -MAX_BIAS, MAX_BIAS))
        return cls(round(bias, 5), int(rng.integers(2**31)), drift_limit_pu)

    def pu(self, steps: int) -> FloatArray:
        """Return the level in the first so many half hours of the year, (steps,) [pu]."""
        noise = np.random.Generator(np.random.PCG64(self.drift_seed)).standard_normal(steps)
        drift = 0.5 * self.drift_limit_pu * autoregressive(noise, DRIFT_CORRELATION)
        return 1.0 + self.bias_pu + np.clip(drift, -self.drift_limit_pu, self.drift_limit_pu)
