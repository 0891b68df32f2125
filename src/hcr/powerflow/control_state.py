"""Where controls stand, lane by lane, as the compiled loops take it; see `control_loop_kernels`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hcr.powerflow.circuit import FloatArray, IntArray
from hcr.powerflow.control_kernels import AHEAD
from hcr.powerflow.controls import Controls

Where = tuple[FloatArray, IntArray, IntArray, IntArray, FloatArray]
"""Taps, with a last one that is 1; looks; steps and closed of banks; when capacitor controls last opened."""


def where_at_first(controls: Controls, lanes: int) -> Where:
    """Return where controls stand before the first step of a model."""
    return (
        _repeated([*(changer.present for changer in controls.changers), 1.0], float, lanes),
        _repeated([AHEAD] * len(controls.regulators), np.int64, lanes),
        _repeated([bank.steps for bank in controls.banks], np.int64, lanes),
        _repeated([bank.closed for bank in controls.banks], np.int64, lanes),
        _repeated([-control.dead_s for control in controls.capacitors], float, lanes),
    )


def queue_of(controls: Controls, lanes: int) -> tuple[FloatArray | IntArray, ...]:
    """Return empty queues; a regulator has two actions under way at most, a capacitor control one."""
    regulators, capacitors = len(controls.regulators), len(controls.capacitors)
    waiting = 2 * regulators + capacitors
    kinds = (
        *((1, np.int64), (waiting, float), (waiting, np.int64), (waiting, np.int64)),
        *((regulators, float), (regulators, np.int64), (regulators, np.int64)),
        *((capacitors, np.int64), (capacitors, np.int64)),
    )
    return tuple(np.zeros((rows, lanes), kind) for rows, kind in kinds)


def _repeated(values: Sequence[float], kind: type, lanes: int) -> Any:
    return np.repeat(np.array(values, kind)[:, None], lanes, axis=1)
