"""Scenarios: what some additional units do to one day of a circuit, each with controls of its own.

A scenario is the day as it is and a few units more. All walk through the same day side by side, each with the
taps and capacitor steps that its own voltages lead to; nothing of a step is kept but what is watched.

The types of this floor:

    Unit(nodes, power_w, power_var)        power at some nodes, a curve over the day; with an inverter or not
    Scenario(units)                        a few of them; none is the day as it is
    Watch(buses, terminals)                what to keep of the day besides what is always kept
    walk_scenarios(circuit, injections, scenarios, options, watch) -> tuple[ScenarioResult, ...]
    ScenarioWalk(circuit, options, nodes=..., watch=...).walk(injections, scenarios)
                                           the same for many calls, factored once
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hcr.powerflow.circuit import BoolArray, Circuit, ComplexArray, FloatArray, IntArray
from hcr.powerflow.inverter_curves import Inverter
from hcr.powerflow.lanes import Injections, LaneFailure, SolveOptions

if TYPE_CHECKING:
    from hcr.powerflow.scenario_layout import Layout

ABOVE_1_KV, UP_TO_1_KV = range(2)
"""Classes of nodes, by their nominal voltage to ground: rows of the extremes of a `ScenarioResult`."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """Power in wye from the ground, shared equally by some nodes: an OpenDSS generator of model 1.

    With an inverter, a PV system under InvControl.

    Attributes
    ----------
    nodes : nodes of its phases, such as `b1.1`.
    power_w, power_var : (steps,) float, power of all phases together [W], [var]; positive is produced.
    band_pu : voltages between which the power is constant [pu of nominal to ground]; beyond them it is the
        impedance that it has there, as OpenDSS's `vminpu` and `vmaxpu` say.
    inverter : curves and rating that it keeps to; None: it gives the power as stated. Then the power is what
        its panels or cells could give, and `power_var` counts only without a volt-var curve. The inverter
        goes by the voltages of its nodes to ground; its `element` is a name for messages. One whose volt-var
        curve does not rest without power (`quiet_below`) is at work in the dark, too.
    """

    nodes: tuple[str, ...]
    power_w: FloatArray
    power_var: FloatArray
    band_pu: tuple[float, float] = (0.0, np.inf)
    inverter: Inverter | None = None

    def content(self) -> tuple[Hashable, ...]:
        """Return what tells it from other units."""
        curves = np.asarray(self.power_w, float).tobytes(), np.asarray(self.power_var, float).tobytes()
        return self.nodes, *curves, self.band_pu, self.inverter

    def gives(self) -> BoolArray:
        """Return the steps at which it can give or draw power, (steps,)."""
        watts, var = np.asarray(self.power_w) != 0.0, np.asarray(self.power_var) != 0.0
        if self.inverter is None or not self.inverter.curve.volt_var:
            return np.asarray(watts | var)
        return watts if self.inverter.curve.quiet_below > 0.0 else np.ones_like(watts)


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """Units that a day has besides its own."""

    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """What to keep of a day besides what is always kept.

    Attributes
    ----------
    buses : whose largest change from step to step is kept; None for all with a nominal voltage.
    terminals : elements and terminals whose power is kept step by step, such as `("Line.l1", 1)`.
    """

    buses: tuple[str, ...] | None = None
    terminals: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioResult:
    """What is kept of a scenario's day. A step without a solution counts for nothing and is listed.

    Attributes
    ----------
    layout : names of the buses, elements, terminals, tap changers and banks that the arrays go by.
    low_pu, high_pu : (2, steps) float, lowest and highest voltage to ground [pu] of the nodes above 1 kV and
        of those up to 1 kV; nodes at or below 0.1 pu are skipped. NaN without a solution or without nodes.
    low_node, high_node : (2,) names of the nodes of the day's lowest and highest; empty without.
    change_percent : (buses,) float, largest change of the mean magnitude of a bus's phases from one step to
        the next [% of nominal]; 0 where no two steps in a row have solutions.
    normal_percent, emergency_percent : (elements,) float, largest phase current at terminal 1 over the day
        [% of the rating]; NaN without one, 0 where no step has a solution.
    hours_above_normal : (elements,) float, steps in which that is above normal times their length [h].
    terminal_va : (terminals, steps) complex, power into each terminal [VA]; NaN without a solution.
    taps : (tap changers, steps) float [pu], NaN without a solution; capacitor_steps : (banks, steps) int.
    tap_moves, bank_moves : (tap changers,), (banks,) int, how often controls moved each.
    iterations : (steps,) int, of the last solution of each step; 0 for one without.
    failures : steps without a solution, `lane` being the step.
    """

    layout: "Layout"
    low_pu: FloatArray
    high_pu: FloatArray
    low_node: tuple[str, str]
    high_node: tuple[str, str]
    change_percent: FloatArray
    normal_percent: FloatArray
    emergency_percent: FloatArray
    hours_above_normal: FloatArray
    terminal_va: ComplexArray
    taps: FloatArray
    capacitor_steps: IntArray
    tap_moves: IntArray
    bank_moves: IntArray
    iterations: IntArray
    failures: tuple[LaneFailure, ...]

    @property
    def largest_change(self) -> tuple[float, str]:
        """Return the largest change of any watched bus from step to step [% of nominal], and the bus."""
        if not len(self.change_percent):
            return 0.0, ""
        at = int(self.change_percent.argmax())
        return float(self.change_percent[at]), self.layout.buses[at]


def walk_scenarios(
    circuit: Circuit,
    injections: Injections,
    scenarios: Sequence[Scenario],
    options: SolveOptions | None = None,
    watch: Watch | None = None,
) -> tuple[ScenarioResult, ...]:
    """Return what becomes of each scenario's day; see `ScenarioWalk` for many calls on one circuit.

    Raises
    ------
    ModelError
        As for `ScenarioWalk` and its `walk`.
    """
    from hcr.powerflow.scenario_walk import ScenarioWalk

    nodes = {node: None for scenario in scenarios for unit in scenario.units for node in unit.nodes}
    return ScenarioWalk(circuit, options, nodes=tuple(nodes), watch=watch).walk(injections, scenarios)
