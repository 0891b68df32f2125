"""What could be done about violations: the options on the ways from where they are to the source."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hcr.powerflow.circuit import Circuit
from hcr.studies.interconnection.feeder_graph import Edge, EdgeKind, FeederGraph, longest_path
from hcr.studies.interconnection.judge import Standing
from hcr.studies.interconnection.path_rule import elements_of, places_of
from hcr.studies.interconnection.trial import State
from hcr.studies.interconnection.upgrade_options import UpgradeOptions
from hcr.studies.interconnection.upgrade_sets import Option
from hcr.studies.interconnection.upgrades import Unavailable, Upgrade

TAP_STEPS = (-2, -1, 1, 2)
SET_POINT_V = (-3.0, -2.0, -1.0, 1.0, 2.0, 3.0)
NEW = "a new regulator"
"""The place of all lines at which a regulator could be built: a set has one at most."""

Made = Sequence[Upgrade]
Found = tuple[Upgrade, ...] | Upgrade | Unavailable


class UpgradeChoice:
    """What could be upgraded for violations."""

    def __init__(self, circuit: Circuit, graph: FeederGraph, options: UpgradeOptions) -> None:
        self._circuit, self._graph, self._options = circuit, graph, options

    def options(self, state: State, standing: Standing) -> tuple[Option, ...]:
        """Return all options for the violations of a state, in the order of the ways to the source."""
        spans, made = self._spans(standing), state.upgrades
        found = [option for edges in spans.values() for option in self._of_span(edges, made)]
        return (*found, *self._new_regulators(spans, made))

    def _spans(self, standing: Standing) -> dict[tuple[str, str], tuple[Edge, ...]]:
        """Return what lies between the buses of the ways, by the farther and the nearer bus."""
        pairs: dict[tuple[str, str], None] = {}
        for edge in elements_of(self._graph, standing):
            path = longest_path(self._graph, [edge.first, edge.second])
            first = path is not None and path.buses[0] == edge.first
            pairs[(edge.first, edge.second) if first else (edge.second, edge.first)] = None
        for bus in places_of(self._graph, standing):
            path = longest_path(self._graph, [bus])
            pairs |= dict.fromkeys(pairwise(path.buses) if path else ())
        return {pair: self._graph.neighbours[pair[0]][pair[1]] for pair in pairs}

    def _of_span(self, edges: Sequence[Edge], made: Made) -> Iterator[Option]:
        """Yield what can be done with the lines and transformers between two buses."""
        for edge in edges:
            if edge.kind is EdgeKind.LINE:
                once = self._options.of_line(edge.element, made)
                yield from _option(edge.element, once)
                if isinstance(once, Upgrade):
                    again = self._options.of_line(edge.element, (*made, once))
                    yield from _option(edge.element, again, once)
        bank = [one.element for one in edges if one.kind in (EdgeKind.TRANSFORMER, EdgeKind.REGULATOR)]
        if bank:
            yield from _option(f"rating of {bank[0]}", self._options.of_bank(bank, made))
            for steps in TAP_STEPS:
                yield from _option(f"tap of {bank[0]}", self._options.of_taps(bank, steps, made))
            for volts in SET_POINT_V:
                yield from _option(f"set point of {bank[0]}", self._options.of_regulators(bank, volts, made))

    def _new_regulators(self, spans: dict[tuple[str, str], tuple[Edge, ...]], made: Made) -> Iterator[Option]:
        """Yield the regulators that could be built, one in each line that leads on alone."""
        for (_, near), edges in spans.items():
            if len(edges) == 1 and edges[0].kind is EdgeKind.LINE:
                element = edges[0].element
                yield from _option(NEW, self._options.of_new_regulator(self._circuit, element, near, made))


def _option(place: str, found: Found, *before: Upgrade) -> Iterator[Option]:
    """Yield the option of some upgrades, unless there are none."""
    if isinstance(found, Upgrade):
        found = (found,)
    if not isinstance(found, Unavailable):
        yield Option(place, (*before, *found))
