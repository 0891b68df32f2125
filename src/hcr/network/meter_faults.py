"""What is wrong with the meters of a synthetic feeder, and how restless the source is that feeds them."""

from dataclasses import dataclass

from hcr.errors import UsageError

LIMITS = {"noise": 0.05, "wrong": 0.5, "missing": 0.9, "drift": 0.05}


@dataclass(frozen=True, slots=True)
class MeterFaults:
    """How the voltages of a synthetic feeder are metered.

    Attributes
    ----------
    noise : standard deviation of a reading, share of the voltage
    wrong : share of meters that are on another phase than the model says, stuck, or swapped with another
    missing : share of readings that never arrived
    drift : most that the source level moves around its bias [pu]
    """

    noise: float = 0.005
    wrong: float = 0.02
    missing: float = 0.10
    drift: float = 0.006

    def check(self) -> None:
        """Raise UsageError, naming the first value that no meter could have."""
        for key, most in LIMITS.items():
            value = getattr(self, key)
            if not (isinstance(value, int | float) and 0.0 <= value <= most):
                raise UsageError(
                    f"cannot generate voltages with {key} = {value!r}",
                    remedy=f"Choose a share from 0 to {most:g}.",
                )
