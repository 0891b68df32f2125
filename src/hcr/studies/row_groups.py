"""Rows of an array that belong together, and one reduction over all of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hcr.powerflow.circuit import IntArray

PHASES = 3

NO_MEMBERS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class RowGroups:
    """Members sorted by group, so that one `reduceat` reduces all groups.

    Attributes
    ----------
    members : (m,) int, indices into some array, group after group.
    starts : (g,) int, where each group begins; keys : (g,) int, row of each group in the target. Groups
        without members are left out.
    """

    members: IntArray
    starts: IntArray
    keys: IntArray

    @classmethod
    def of(cls, parts: list[IntArray], phases: list[IntArray] | None = None) -> "RowGroups":
        """Return groups of parts, one key a part; with phases, `PHASES` keys a part."""
        if phases is None:
            keys = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        else:
            keys = np.concatenate(
                [NO_MEMBERS, *(place * PHASES + phase for place, phase in enumerate(phases))]
            )
        members = np.concatenate([NO_MEMBERS, *parts])
        order = np.argsort(keys, kind="stable")
        unique, starts = np.unique(keys[order], return_index=True)
        return cls(members[order], starts.astype(np.int64), unique.astype(np.int64))

    def reduce(self, function: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
        """Return the reduction of each group's rows, (groups, lanes); `values` follows `members`."""
        if not len(self.keys):
            return np.empty((0, values.shape[1]), values.dtype)
        return np.asarray(function.reduceat(values, self.starts, axis=0))
