"""Solutions of the lanes that the referee will look at, kept while a case is solved.

Without them the batch engine would solve these lanes again, and where controls carry over from step to step
the whole walk up to the last of them.
"""

import numpy as np

from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.lanes import Solution
from hcr.powerflow.verify import joined, taken
from hcr.studies.checked_lanes import RefereeRules, closest, sampled_lanes


class KeptLanes:
    """Lanes taken by chance, and those closest to a limit so far; the others are let go.

    Parameters
    ----------
    total : lanes of the case.
    """

    def __init__(self, total: int, rules: RefereeRules | None = None) -> None:
        self._rules = rules or RefereeRules()
        self._chance = sampled_lanes(total, self._rules.lanes, seed=self._rules.seed)
        self._near, self._distance = np.empty(0, np.int64), np.empty(0)
        self._kept: dict[int, Solution] = {}

    def add(self, solution: Solution, distance: FloatArray) -> None:
        """Take one block; `distance` is that of each lane to its nearest limit, (lanes,) float [pu]."""
        lanes = np.arange(solution.first_lane, solution.first_lane + solution.lanes)
        near, gaps = np.append(self._near, lanes), np.append(self._distance, distance)
        places = closest(gaps, self._rules)
        self._near, self._distance = near[places], gaps[places]
        wanted = np.union1d(np.intersect1d(lanes, self._chance), np.intersect1d(lanes, self._near))
        for lane in wanted.tolist():
            self._kept[lane] = taken(solution, np.array([lane - solution.first_lane]))
        for lane in self._kept.keys() - set(self._near.tolist()) - set(self._chance.tolist()):
            del self._kept[lane]

    def solution(self, lanes: IntArray) -> Solution | None:
        """Return the solution of some lanes, None unless all of them were kept."""
        kept = [self._kept.get(lane) for lane in lanes.tolist()]
        found = [one for one in kept if one is not None]
        return joined(found) if found and len(found) == len(kept) else None
