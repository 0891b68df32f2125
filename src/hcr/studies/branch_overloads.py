"""Power beyond the ratings of branches, block by block."""

from dataclasses import dataclass

import numpy as np

from hcr.powerflow.circuit import Branches, Circuit, ComplexArray, FloatArray, IntArray
from hcr.powerflow.lanes import Solution
from hcr.studies.row_groups import PHASES, RowGroups

DOUBT = 1e-9
"""Share of a rating by which a squared current may be wrong; closer ones are looked at exactly."""


@dataclass(frozen=True, slots=True)
class BranchOverloads:
    """Terminal 1 of every branch: its conductors on phases and on all wires.

    Attributes
    ----------
    phases, wires : conductors of each branch, on phases and on all wires; nodes : (m,) int, those of `wires`.
    least_a2 : (m,) float, square of the lowest rating of each phase conductor [A²]; infinite without any.
    """

    branches: Branches
    phases: RowGroups
    wires: RowGroups
    nodes: IntArray
    least_a2: FloatArray

    @classmethod
    def of(cls, circuit: Circuit) -> "BranchOverloads":
        """Return the terminals of a circuit's branches."""
        branches, elements, number = circuit.branches, circuit.branches.elements, circuit.nodes.number
        ends = [elements.conductors(branch, 1) for branch in range(len(elements))]
        wires = [end[elements.node[end] >= 0] for end in ends]
        phases = RowGroups.of([end[number[elements.node[end]] <= PHASES] for end in wires])
        groups = RowGroups.of(wires)
        lowest = np.minimum(_rated(branches.normal_a), _rated(branches.emergency_a))
        sizes = np.diff(np.append(phases.starts, len(phases.members)))
        least_a2 = (np.repeat(lowest[phases.keys], sizes) * (1.0 - DOUBT)) ** 2
        return cls(branches, phases, groups, elements.node[groups.members], least_a2)

    def beyond(self, solution: Solution) -> tuple[FloatArray, FloatArray] | None:
        """Return the power beyond the normal and the emergency ratings, (branches, lanes) each [kW].

        None where no branch is above a rating in any lane, as in most blocks of most feeders.
        """
        phases: ComplexArray = solution.current_a[self.phases.members]
        square = phases.real**2 + phases.imag**2  # a third of the time of the magnitude
        if not (square > self.least_a2[:, None]).any():
            return None
        current, power = (np.zeros((len(self.branches), solution.lanes)) for _ in range(2))
        current[self.phases.keys] = self.phases.reduce(np.maximum, np.abs(phases))
        flow = solution.voltage_v[self.nodes] * solution.current_a[self.wires.members].conj()
        power[self.wires.keys] = self.wires.reduce(np.add, flow.real) * 1e-3
        return (
            _beyond(current, power, self.branches.normal_a),
            _beyond(current, power, self.branches.emergency_a),
        )


def _rated(rating_a: FloatArray) -> FloatArray:
    """Return the ratings [A], infinite where there is none."""
    return np.where(rating_a > 0, rating_a, np.inf)


def _beyond(current_a: FloatArray, power_kw: FloatArray, rating_a: FloatArray) -> FloatArray:
    """Return the power beyond rating, |P| (1 - rated / I) where I exceeds it, else 0 [kW]."""
    rated = _rated(rating_a)[:, None]
    over = current_a > rated
    share = np.subtract(
        1.0,
        np.divide(rated, current_a, where=over, out=np.ones_like(current_a)),
        where=over,
        out=np.zeros_like(current_a),
    )
    return np.abs(power_kw) * share
