from pathlib import Path

import numpy as np

from hcr.network.metered_phases import MeteredPhases, phases_at
from hcr.powerflow.circuit import GROUND, Branches, Circuit, Elements, Injectors, Model, Nodes

NODES = ("lv.1", "lv.2", "lv.3", "lv.4")
WIRES = [
    [0, 3],
    [0, 1, 2, GROUND],
    [1, 2, 3],
]  # A to the neutral, all phases to ground, B and C to the neutral
VOLTAGE = np.array([[230.0 + 0j], [230.0 * np.exp(-2j)], [230.0 * np.exp(2j)], [-3.0 + 4j]])


def circuit() -> Circuit:
    firsts = np.concatenate([[0], np.cumsum([len(one) for one in WIRES])])
    wires = np.array([node for one in WIRES for node in one])
    loads = Elements(("Load.a", "Load.b", "Load.c"), (("lv",),) * 3, firsts, np.ones(len(wires), int), wires)
    nothing, none = np.empty(0), Elements((), (), np.zeros(1, int), np.empty(0, int), np.empty(0, int))
    zeros = np.zeros(3)
    return Circuit(
        model=Model(Path(), (), ""),
        name="hand-made",
        frequency_hz=50.0,
        nodes=Nodes(NODES, ("lv",) * 4, np.array([1, 2, 3, 4]), np.full(4, 230.0)),
        branches=Branches(none, nothing, nothing, nothing, np.empty(0, bool), np.empty(0, bool)),
        injectors=Injectors(loads, zeros, zeros, zeros, np.array([1, 3, 2]), np.zeros(3, bool)),
        source_bus="lv",
    )


def test_a_phase_is_measured_against_the_neutral_wire_or_else_the_ground() -> None:
    assert phases_at(circuit(), 0) == [(0, 3, 0)]
    assert phases_at(circuit(), 1) == [(0, GROUND, 0), (1, GROUND, 1), (2, GROUND, 2)]
    assert phases_at(circuit(), 2) == [(1, 3, 1), (2, 3, 2)]


def test_phases_lie_customer_after_customer() -> None:
    phases = MeteredPhases.of(circuit(), [2, 0])
    assert phases.customer.tolist() == [0, 0, 1]
    assert phases.first.tolist() == [0, 2]
    assert phases.phase.tolist() == [1, 2, 0]


def test_volts_are_differences_to_the_neutral() -> None:
    volts = MeteredPhases.of(circuit(), [0, 1]).volts(VOLTAGE)
    assert volts[:, 0].tolist() == [abs(233.0 - 4j), 230.0, *np.abs(VOLTAGE[1:3, 0])]


def test_nobody_has_no_phases() -> None:
    assert MeteredPhases.of(circuit(), []).volts(VOLTAGE).shape == (0, 1)
