"""Controls as arrays, as the compiled loops take them, and where they look."""

from dataclasses import dataclass

import numpy as np

from hcr.powerflow.circuit import GROUND, Elements, FloatArray, IntArray
from hcr.powerflow.control_kinds import CapacitorKind
from hcr.powerflow.controls import CapControl, Controls, RegControl, Target

Ragged = tuple[IntArray, IntArray]
"""Lists of numbers of several controls: where each begins, and all of them in a row."""


@dataclass(frozen=True, slots=True)
class ControlTable:
    """Controls of one circuit.

    Nodes are numbered among those looked at, `nodes`; one past the last is the ground. Conductors are
    numbered among those of the watched branches.

    Attributes
    ----------
    controls : what the table was made of.
    regulator_numbers, regulator_choices, capacitor_numbers, capacitor_choices : a row for each control; the
        columns stand in `control_kernels`.
    nodes : circuit nodes that some control looks at.
    branches : watched branches; first : where the conductors of each begin; ends : their nodes.
    pairs, other_pairs : measured nodes of regulators, then of capacitor controls, and of their overrides.
    limited : (regulators, 2) nodes whose voltage a limit bounds.
    terminals : watched conductors of each control; currents : measured conductors of capacitor controls.
    """

    controls: Controls
    regulator_numbers: FloatArray
    regulator_choices: IntArray
    capacitor_numbers: FloatArray
    capacitor_choices: IntArray
    nodes: IntArray
    branches: IntArray
    first: IntArray
    ends: IntArray
    pairs: tuple[IntArray, IntArray]
    overrides: tuple[IntArray, IntArray]
    limited: IntArray
    terminals: Ragged
    currents: Ragged

    @classmethod
    def of(cls, controls: Controls, table: Elements) -> "ControlTable":
        """Return the table of a circuit's controls.

        Parameters
        ----------
        table : the circuit's branches.
        """
        regulators, capacitors = controls.regulators, controls.capacitors
        everyone: tuple[RegControl | CapControl, ...] = (*regulators, *capacitors)
        watched = [one.terminal if _needs_currents(one) else () for one in everyone]
        measured = [one.currents if _needs_currents(one) else () for one in capacitors]
        conductors = sorted({conductor for some in (*watched, *measured) for conductor in some})
        branches = np.unique(np.searchsorted(table.first, conductors, side="right") - 1).astype(np.int64)
        spans = [np.arange(table.first[branch], table.first[branch + 1]) for branch in branches]
        all_conductors = np.concatenate([np.empty(0, np.int64), *spans])
        pairs = [one.pairs for one in everyone]
        overrides = [one.override.pairs if one.override else () for one in capacitors]
        limits = [one.limited for one in regulators]
        looked = {node for some in (*pairs, *overrides, limits) for pair in some for node in pair}
        looked |= {int(node) for node in table.node[all_conductors]}
        nodes = np.array(sorted(looked - {GROUND}), np.int64)
        number = {int(node): place for place, node in enumerate(nodes)} | {GROUND: len(nodes)}
        place = {int(conductor): row for row, conductor in enumerate(all_conductors)}
        return cls(
            controls,
            np.array([_regulator_numbers(one, controls) for one in regulators]).reshape(-1, 22),
            np.array([_regulator_choices(one) for one in regulators], np.int64).reshape(-1, 10),
            np.array([_capacitor_numbers(one) for one in capacitors]).reshape(-1, 11),
            np.array([_capacitor_choices(one) for one in capacitors], np.int64).reshape(-1, 4),
            nodes=nodes,
            branches=branches,
            first=np.concatenate(([0], np.cumsum([len(span) for span in spans], dtype=np.int64))),
            ends=np.array([number[int(node)] for node in table.node[all_conductors]], np.int64),
            pairs=_ragged_pairs(pairs, number),
            overrides=_ragged_pairs(overrides, number),
            limited=np.array([[number[node] for node in pair] for pair in limits], np.int64).reshape(-1, 2),
            terminals=_ragged([[place[at] for at in some] for some in watched]),
            currents=_ragged([[place[at] for at in some] for some in measured]),
        )


def _needs_currents(control: RegControl | CapControl) -> bool:
    if isinstance(control, CapControl):
        return control.kind not in (CapacitorKind.VOLTAGE, CapacitorKind.TIME)
    targets = [control.target, *([control.reversal.target] if control.reversal else [])]
    return control.reversal is not None or any(
        target.drop_r or target.drop_x or target.drop_z for target in targets
    )


def _regulator_numbers(control: RegControl, controls: Controls) -> list[float]:
    changer, reversal = controls.changers[control.changer], control.reversal
    backwards = reversal.target if reversal else control.target
    return [
        *(control.pt_ratio, control.measured_ratio, control.ct_primary, control.base_v, control.limit),
        reversal.threshold_w if reversal else np.inf,
        *(changer.increment, changer.lowest, changer.highest),
        *(*_target(control.target), *_target(backwards)),
        *(
            control.delay_s,
            reversal.delay_s if reversal else 0.0,
            reversal.neutral_delay_s if reversal else 0.0,
        ),
    ]


def _target(target: Target) -> tuple[float, ...]:
    return (target.volts, target.band, target.drop_r, target.drop_x, target.drop_z)


def _regulator_choices(control: RegControl) -> list[int]:
    reversal = control.reversal
    return [
        *(control.phase, control.changer, int(control.remote), int(control.backwards)),
        int(control.most_steps == 0),
        *(int(reversal is not None), int(reversal is not None and reversal.neutral)),
        *(control.most_steps, int(control.inverse), int(reversal is not None and reversal.cogeneration)),
    ]


def _capacitor_numbers(control: CapControl) -> list[float]:
    override = control.override
    return [
        *(control.on, control.off),
        *((override.lowest, override.highest) if override else (-np.inf, np.inf)),
        *(control.first_kvar, control.further_kvar, control.pt_ratio, control.ct_ratio),
        *(control.on_delay_s, control.off_delay_s, control.dead_s),
    ]


def _capacitor_choices(control: CapControl) -> list[int]:
    return [int(control.kind), control.bank, control.phase, control.current_phase]


def _ragged(lists: list[list[int]]) -> Ragged:
    first = np.concatenate(([0], np.cumsum([len(some) for some in lists], dtype=np.int64)))
    return first.astype(np.int64), np.array([one for some in lists for one in some], np.int64)


def _ragged_pairs(
    lists: list[tuple[tuple[int, int], ...]], number: dict[int, int]
) -> tuple[IntArray, IntArray]:
    """Return where the pairs of each control begin, and the pairs, (pairs, 2)."""
    first = np.concatenate(([0], np.cumsum([len(some) for some in lists], dtype=np.int64)))
    flat = [[number[node] for node in pair] for some in lists for pair in some]
    return first.astype(np.int64), np.array(flat, np.int64).reshape(-1, 2)
