"""What is wrong with a feeder: one rule a function, each returning findings, none when all is well.

A finding is an `error` (studies would give wrong or no numbers), a `warning` (numbers that a planner should
look at twice) or `info` (what the importer did).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from hcr.errors import EngineError, FeederError, HcrError
from hcr.network.feeder import Feeder
from hcr.network.load_data import known_load_ids
from hcr.network.zones import DEAD_PU, supplied_nodes
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.lanes import Injections, Solution, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit

KV_TOLERANCE = 0.10
"""A load whose rated voltage is further off its bus is probably mistyped."""

SHOWN = 5
"""Names that a finding lists before it counts the rest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found."""

    severity: str
    code: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.severity}: {self.message}" + (f" ({self.remedy})" if self.remedy else "")


@dataclass(frozen=True, slots=True)
class Checked:
    """A feeder with its circuit and one power flow of the model as written."""

    feeder: Feeder
    circuit: Circuit
    solution: Solution


def check_feeder(feeder: Feeder) -> list[Finding]:
    """Return everything found about a feeder, errors first.

    Nothing is raised for a bad model: that the engine refuses it is a finding too.
    """
    done = [Finding("info", "rewritten", line) for line in feeder.rewrites]
    try:
        circuit = compile_circuit(Model(feeder.master, (), ""))
        solution = solve_as_written(circuit)
    except EngineError as error:
        return [_refusal(error), *done]
    checked = Checked(feeder, circuit, solution)
    found = [finding for rule in RULES for finding in rule(checked)]
    return sorted([*found, *done], key=lambda finding: ("error", "warning", "info").index(finding.severity))


def solve_as_written(circuit: Circuit) -> Solution:
    """Return the power flow of the model as written, controls acting.

    Raises
    ------
    NotConvergedError
        There is no solution.
    """
    nothing = np.empty((0, 1))
    lane = Injections(np.array([1.0]), (), nothing, nothing, 1.0, walk=False)
    return next(solve_in_blocks(circuit, lane))


def isolated_buses(checked: Checked) -> Iterable[Finding]:
    """Find buses without a closed path to the source."""
    dead = ~supplied_nodes(checked.circuit)
    buses = dict.fromkeys(np.array(checked.circuit.nodes.buses, object)[dead])
    if buses:
        yield Finding(
            "warning",
            "isolated_buses",
            f"{len(buses)} buses have no closed path to the source: {_listed(buses)}",
            "they are left out of all results; close a switch or remove them",
        )


def missing_voltage_bases(checked: Checked) -> Iterable[Finding]:
    """Find supplied buses without a nominal voltage."""
    nodes = checked.circuit.nodes
    bare = (nodes.base_v <= 0) & (nodes.number <= 3) & supplied_nodes(checked.circuit)
    buses = dict.fromkeys(np.array(nodes.buses, object)[bare])
    if buses:
        yield Finding(
            "error",
            "missing_voltage_bases",
            f"{len(buses)} buses have no voltage base: {_listed(buses)}",
            "add `Set VoltageBases=[…]` and `CalcVoltageBases` to the model",
        )


def dead_nodes(checked: Checked) -> Iterable[Finding]:
    """Find supplied phase nodes that carry no voltage."""
    nodes = checked.circuit.nodes
    phase = (nodes.number <= 3) & (nodes.base_v > 0) & supplied_nodes(checked.circuit)
    per_unit = np.abs(checked.solution.voltage_v[:, 0]) / np.where(nodes.base_v > 0, nodes.base_v, 1.0)
    dead = np.flatnonzero(phase & (per_unit < DEAD_PU))
    if len(dead):
        names = [nodes.names[node] for node in dead]
        yield Finding(
            "warning",
            "dead_nodes",
            f"{len(dead)} nodes of supplied buses are below {DEAD_PU} pu: {_listed(names)}",
            "a phase may be open; they are left out of all voltage statistics",
        )


def mistyped_load_voltages(checked: Checked) -> Iterable[Finding]:
    """Find loads whose rated voltage does not fit their bus."""
    odd = [
        name
        for name, rated, nominal in rated_voltages(checked.circuit)
        if nominal > 0 and abs(rated / nominal - 1.0) > KV_TOLERANCE
    ]
    if odd:
        yield Finding(
            "warning",
            "load_voltage",
            f"{len(odd)} loads are rated more than 10 % off their bus: {_listed(odd)}",
            "correct `kv=` (phase to neutral for one phase, phase to phase otherwise)",
        )


def missing_load_data(checked: Checked) -> Iterable[Finding]:
    """Find customers without load data, and load data without a customer."""
    feeder = checked.feeder
    if not feeder.load_data.is_file():
        yield Finding(
            "warning",
            "no_load_data",
            "there is no load data: every load keeps the power and shape that the model states",
            "import the feeder with --load-data FILE",
        )
        return
    try:
        known = known_load_ids(feeder.load_data)
    except FeederError as error:
        yield Finding("error", "load_data", str(error), error.remedy)
        return
    customers = {customer.load_id for customer in feeder.customers}
    if without := sorted(customers - known):
        yield Finding(
            "warning", "no_load_data", f"{len(without)} customers have no load data: {_listed(without)}"
        )
    if stray := sorted(known - customers):
        yield Finding(
            "warning", "stray_load_data", f"{len(stray)} load_ids are no customer: {_listed(stray)}"
        )


def unknown_elements(checked: Checked) -> Iterable[Finding]:
    """Find customers whose load element is not in the model."""
    known = {name.lower() for name in checked.circuit.injectors.elements.names}
    missing = [c.element for c in checked.feeder.customers if c.element.lower() not in known]
    if missing:
        yield Finding(
            "error",
            "unknown_elements",
            f"{len(missing)} customers name elements that are not in the model: {_listed(missing)}",
            "correct customers.csv",
        )


def unknown_head(checked: Checked) -> Iterable[Finding]:
    """Find a declared head that is not in the model."""
    head = checked.feeder.head
    known = {name.lower() for name in checked.circuit.branches.elements.names}
    if head and head.element.lower() not in known:
        yield Finding(
            "error",
            "unknown_head",
            f"the head {head.element} is no line, transformer or switch of the model",
            "correct `head` in feeder.yaml, or import with another --head",
        )


RULES: tuple[Callable[[Checked], Iterable[Finding]], ...] = (
    isolated_buses,
    missing_voltage_bases,
    dead_nodes,
    mistyped_load_voltages,
    missing_load_data,
    unknown_elements,
    unknown_head,
)


def rated_voltages(circuit: Circuit) -> Iterable[tuple[str, float, float]]:
    """Yield each load's name, rated voltage and the nominal voltage across it [V]."""
    elements = circuit.injectors.elements
    for index, name in enumerate(elements.names):
        rated = float(circuit.injectors.rated_v[index])
        nodes = elements.node[elements.conductors(index, 1)]
        bases = [
            float(circuit.nodes.base_v[node])
            for node in nodes
            if node >= 0 and circuit.nodes.number[node] <= 3
        ]
        if circuit.injectors.is_load(index) and bases and rated > 0:
            yield name, rated, max(bases) * (np.sqrt(3.0) if len(bases) > 1 else 1.0)


def _refusal(error: HcrError) -> Finding:
    return Finding("error", error.code, str(error), error.remedy)


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    rest = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + rest
