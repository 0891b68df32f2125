"""Primitive matrices of the branches that controls change: transformers by taps, banks by their steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TappedBlock:
    """A transformer with tap changers: Y = F + S ∘ (d dᵀ), d the inverse taps of its conductors.

    A transformer's primitive matrix is that of its windings at their rated voltages, divided by the turns
    ratios on both sides; what hangs on its terminals (`ppm_antifloat`, neutral impedances) is not.
    Source: Transformer.pas of the DSS C-API (CalcY_Terminal).

    Attributes
    ----------
    branch : its place in the branch table.
    fixed_s, scaled_s : (conductors, conductors) complex, F and S [S].
    changer : (conductors,) int, tap changer of each conductor's winding; -1 where none moves.
    """

    branch: int
    fixed_s: NDArray[np.complex128]
    scaled_s: NDArray[np.complex128]
    changer: NDArray[np.int64]

    @classmethod
    def fitted(
        cls,
        branch: int,
        changer: NDArray[np.int64],
        *,
        taps: tuple[NDArray[np.float64], NDArray[np.float64]],
        blocks: tuple[NDArray[np.complex128], NDArray[np.complex128]],
    ) -> "TappedBlock":
        """Return the block from two of its matrices, each with the taps of its conductors.

        Only entries between windings that both move, or of one with itself, hold both parts; those between
        two windings have no fixed one.
        """
        moves = changer >= 0
        both = moves[:, None] & moves[None, :] & (changer[:, None] == changer[None, :])
        either = moves[:, None] | moves[None, :]
        first, second = (1.0 / np.outer(tap, tap) for tap in taps)
        apart = np.where(both, first - second, 1.0)
        scaled = np.where(both, (blocks[0] - blocks[1]) / apart, np.where(either, blocks[0] / first, 0.0))
        fixed = np.where(either & ~both, 0.0, blocks[0] - scaled * first)
        return cls(branch, fixed, scaled, changer)

    @property
    def changers(self) -> tuple[int, ...]:
        """Return the tap changers of its windings."""
        return tuple(sorted({int(changer) for changer in self.changer if changer >= 0}))

    def matrix(self, taps: Sequence[float]) -> NDArray[np.complex128]:
        """Return the primitive matrix at the taps of all changers of the circuit [S]."""
        moved = np.append(np.asarray(taps, float), 1.0)  # the last serves the windings that do not move
        scale = 1.0 / moved[self.changer]
        return np.asarray(self.fixed_s + self.scaled_s * np.outer(scale, scale))


@dataclass(frozen=True, slots=True)
class BankBlock:
    """A capacitor bank: its matrix with each number of steps in service, and disconnected.

    Attributes
    ----------
    branch : its place in the branch table; bank : its number among the banks.
    by_steps : (steps + 1, conductors, conductors) complex [S]; open_s : the same, disconnected.
    """

    branch: int
    bank: int
    by_steps: NDArray[np.complex128]
    open_s: NDArray[np.complex128]

    def matrix(self, steps: int, *, closed: bool) -> NDArray[np.complex128]:
        """Return the primitive matrix [S]."""
        return np.asarray(self.by_steps[steps]) if closed else self.open_s
