"""Lines from the farthest violating bus towards the source, one after another, until nothing is violated.

Part 2a of the interconnection method. Where voltage changes are violated, the way begins at the farthest
monitored bus that changes by more than the limit, as there; where other limits are, at the bus or element
that decides. A line that was upgraded before is left as it is, and no island is cleared by lines.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from hcr.studies.interconnection.feeder_graph import Edge, EdgeKind, FeederGraph, longest_path
from hcr.studies.interconnection.judge import Judge, Standing
from hcr.studies.interconnection.metrics import Metric
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
        return self.clear_all([state])[0]

    def clear_all(self, states: Sequence[State]) -> list[Clearing]:
        """Return the upgrades of some states, and what is left; each step of all is judged at once."""
        ways = dict(enumerate(self._way(state) for state in states))
        wanted = {at: next(way) for at, way in ways.items()}
        found: dict[int, Clearing] = {}
        while wanted:
            for at, standing in zip(wanted, self._judge.standings(list(wanted.values())), strict=True):
                try:
                    wanted[at] = ways[at].send(standing)
                except StopIteration as ended:
                    found[at] = ended.value
            wanted = {at: state for at, state in wanted.items() if at not in found}
        return [found[at] for at in range(len(states))]

    def _way(self, state: State) -> Generator[State, Standing, Clearing]:
        """Yield the states that must be judged, one after another; return what comes of it."""
        standing = yield state
        made: list[Upgrade] = []
        for upgrade in self._along(state, standing):
            if not standing.violations:
                break
            made.append(upgrade)
            standing = yield replace(state, upgrades=(*state.upgrades, *made))
        return Clearing(tuple(made), standing, _note(standing))

    def _along(self, state: State, standing: Standing) -> Iterator[Upgrade]:
        path = longest_path(self._graph, places_of(self._graph, standing))
        before = {one.element for one in state.upgrades}
        for edge in path.edges if path else ():
            if edge.kind is EdgeKind.LINE and edge.element not in before:
                option = self._options.of_line(edge.element)
                if not isinstance(option, Unavailable):
                    yield option


def places_of(graph: FeederGraph, standing: Standing) -> Sequence[str]:
    """Return the buses of violations, from which a way to the source is sought; changes come first."""
    violations = standing.violations
    if any(margin.metric is Metric.V_DIFF for margin in violations):
        return standing.changing
    ends = [bus for edge in elements_of(graph, standing) for bus in (edge.first, edge.second)]
    voltages = (Metric.V_MIN, Metric.V_MAX)
    return [*ends, *(one.element.rpartition(".")[0] for one in violations if one.metric in voltages)]


def elements_of(graph: FeederGraph, standing: Standing) -> list[Edge]:
    """Return the elements whose loading is violated."""
    names = {margin.element for margin in standing.violations if margin.metric in THERMAL}
    return [edge for edge in graph.edges if edge.element in names and not edge.open]


def _note(standing: Standing) -> str:
    left = ", ".join(f"{margin.metric} at {margin.element or 'no place'}" for margin in standing.violations)
    return f"no line is left that could clear {left}" if left else ""
