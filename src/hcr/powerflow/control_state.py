"""Where controls stand between two steps of a walk."""

from dataclasses import dataclass, replace

import numpy as np

from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.control_kernels import AHEAD
from hcr.powerflow.controls import Controls


@dataclass(frozen=True, slots=True)
class Positions:
    """What controls have moved; two equal ones mean the same network.

    Attributes
    ----------
    taps : tap of each changer [pu].
    steps : steps in service of each bank; closed : whether it is connected.
    """

    taps: tuple[float, ...]
    steps: tuple[int, ...]
    closed: tuple[bool, ...]

    @classmethod
    def present(cls, controls: Controls) -> "Positions":
        """Return where the model has everything."""
        return cls(
            tuple(changer.present for changer in controls.changers),
            tuple(bank.steps for bank in controls.banks),
            tuple(bank.closed for bank in controls.banks),
        )

    def repeated(self, lanes: int) -> tuple[FloatArray, IntArray]:
        """Return taps and steps in each of some lanes, (changers, lanes) and (banks, lanes)."""
        taps, steps = np.array(self.taps, float), np.array(self.steps, np.int64)
        return np.repeat(taps[:, None], lanes, axis=1), np.repeat(steps[:, None], lanes, axis=1)

    def with_tap(self, changer: int, tap: float) -> "Positions":
        """Return the positions with one tap moved."""
        return replace(self, taps=(*self.taps[:changer], tap, *self.taps[changer + 1 :]))

    def with_bank(self, bank: int, steps: int, *, closed: bool) -> "Positions":
        """Return the positions with one bank switched."""
        return replace(
            self,
            steps=(*self.steps[:bank], steps, *self.steps[bank + 1 :]),
            closed=(*self.closed[:bank], closed, *self.closed[bank + 1 :]),
        )


@dataclass(frozen=True, slots=True)
class ControlState:
    """Everything that a step leaves to the next.

    Attributes
    ----------
    positions : of taps and banks.
    looks : (regulators,) where each looks: `AHEAD`, `TURNED` or `COGENERATING`.
    opened_s : (capacitor controls,) when each last opened its bank [s since the start of the model year].
    """

    positions: Positions
    looks: tuple[int, ...]
    opened_s: tuple[float, ...]

    @classmethod
    def initial(cls, controls: Controls) -> "ControlState":
        """Return the state of a model before its first step."""
        return cls(
            Positions.present(controls),
            (AHEAD,) * len(controls.regulators),
            tuple(-control.dead_s for control in controls.capacitors),
        )
