"""Lines from the farthest violating bus towards the source, one after another, until nothing is violated.

Part 2a of the interconnection method. Where voltage changes are violated, the way begins at the farthest
monitored bus that changes by more than the limit, as there; where other limits are, at the bus or element
that decides. A line that was upgraded before is left as it is, and no island is cleared by lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hcr.studies.interconnection.feeder_graph import EdgeKind, FeederGraph, longest_path
from hcr.studies.interconnection.judge import Judge, Standing
from hcr.studies.interconnection.metrics import Margin, Metric
from hcr.studies.interconnection.trial import State
from hcr.studies.interconnection.upgrade_options import UpgradeOptions
from hcr.studies.interconnection.upgrades import Unavailable, Upgrade

THERMAL = (Metric.EMERGENCY, Metric.NORMAL_HOURS)


@dataclass(frozen=True, slots=True)
class Clearing:
    """Upgrades for a violation.

    Attributes
    ----------
    upgrades : in the order in which they were made.
    standing : of the feeder after them.
    note : why violations are left; empty where none is.
    """

    upgrades: tuple[Upgrade, ...]
    standing: Standing
    note: str = ""


class PathRule:
    """Clears violations along a path."""

    def __init__(self, judge: Judge, graph: FeederGraph, options: UpgradeOptions) -> None:
        self._judge, self._graph, self._options = judge, graph, options

    def clear(self, state: State) -> Clearing:
        """Return the upgrades of a state that violates limits, and what is left."""
        standing = self._judge.standing(state)
        made: list[Upgrade] = []
        for upgrade in self._along(state, standing):
            if not standing.violations:
                break
            made.append(upgrade)
            standing = self._judge.standing(replace(state, upgrades=(*state.upgrades, *made)))
        return Clearing(tuple(made), standing, _note(standing))

    def _along(self, state: State, standing: Standing) -> Iterator[Upgrade]:
        path = longest_path(self._graph, self._places(standing))
        before = {one.element for one in state.upgrades}
        for edge in path.edges if path else ():
            if edge.kind is EdgeKind.LINE and edge.element not in before:
                option = self._options.of_line(edge.element)
                if not isinstance(option, Unavailable):
                    yield option

    def _places(self, standing: Standing) -> Sequence[str]:
        """Return the buses from one of which a way is sought."""
        violations = standing.violations
        if any(margin.metric is Metric.V_DIFF for margin in violations):
            return standing.changing
        return [bus for margin in violations for bus in self._buses(margin)]

    def _buses(self, margin: Margin) -> tuple[str, ...]:
        if margin.metric in THERMAL:
            ends = [(edge.first, edge.second) for edge in self._graph.edges if edge.element == margin.element]
            return ends[0] if ends else ()
        if margin.metric in (Metric.V_MIN, Metric.V_MAX):
            return (margin.element.rpartition(".")[0],)
        return ()


def _note(standing: Standing) -> str:
    left = ", ".join(f"{margin.metric} at {margin.element or 'no place'}" for margin in standing.violations)
    return f"no line is left that could clear {left}" if left else ""
