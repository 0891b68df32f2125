"""Lanes of which two engines found two solutions, both of them right.

Where a draw jumps (`jumps`) a lane can have a solution on either side, and a lane solved alone need not come
to the one that the lanes before it lead to. Such a difference is no error where the jumps account for it:

    compare_twofold(circuit, injections, ours, theirs) -> Comparison
"""

from dataclasses import replace

import numpy as np

from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import BoolArray, Circuit, FloatArray, IntArray
from hcr.powerflow.jumps import jumping, jumps_of
from hcr.powerflow.lanes import Injections, Solution, SolveOptions
from hcr.powerflow.second_solutions_kernels import in_doubt
from hcr.powerflow.verify import Comparison, compare


def compare_twofold(circuit: Circuit, injections: Injections, ours: Solution, theirs: Solution) -> Comparison:
    """Return the largest differences, lanes with two solutions named and left out.

    Parameters
    ----------
    injections : of the lanes of the two solutions.
    """
    found = compare(circuit, ours, theirs)
    if found.passed or not jumping(circuit):
        return found
    columns = twofold(circuit, injections, ours, theirs)
    if not len(columns):
        return found
    return replace(compare(circuit, _without(ours, columns), theirs), twofold=tuple(columns.tolist()))


def twofold(circuit: Circuit, injections: Injections, ours: Solution, theirs: Solution) -> IntArray:
    """Return the columns in which draws lie on other sides of their jumps, and that differ by no more.

    The draws on other sides must be among those that can carry each other across, and no node may differ by
    more than their jumps can move the voltage across any draw [pu].
    """
    engine = BatchEngine(circuit, SolveOptions(engine="batch", controls=False))
    jumps, power = jumps_of(engine, injections), engine.powers(injections, 0, injections.lanes)
    draws, low, high, _, band, reach, _, _ = jumps
    rated = engine.draws[5][draws]
    inside, work = np.empty(len(draws), np.int64), np.empty((2, len(draws)))
    change, theirs_v = _changes(engine, ours), _across(engine, draws, theirs)
    ours_v = _across(engine, draws, ours)
    other = (_above(ours_v, low) != _above(theirs_v, low)) | (_above(ours_v, high) != _above(theirs_v, high))
    scale = np.where(circuit.nodes.base_v > 0, circuit.nodes.base_v, np.inf)[:, None]
    apart = (np.abs(ours.voltage_v - theirs.voltage_v) / scale).max(axis=0)
    found = []
    for lane in np.flatnonzero(other.any(axis=0)):
        count = in_doubt(engine.network, jumps, power, change, lane, inside, work)
        near, ampere = inside[:count], work[1, :count]
        flipped = other[near, lane]
        moved = reach[:, near[flipped]] @ ampere[flipped] if len(reach) else band
        if flipped.sum() == other[:, lane].sum() and apart[lane] <= (moved / rated).max():
            found.append(lane)
    return np.array(found, np.int64)


def _changes(engine: BatchEngine, solution: Solution) -> tuple[FloatArray, FloatArray]:
    """Return x of a solution, (places + 1, lanes) in two parts."""
    places, place = len(engine.volts[0]), engine.active_places[:-1]
    volts = np.zeros((places, solution.lanes), np.complex128)
    volts[place[place >= 0]] = solution.voltage_v[place >= 0]
    return volts.real - engine.volts[0][:, None], volts.imag - engine.volts[1][:, None]


def _across(engine: BatchEngine, draws: IntArray, solution: Solution) -> FloatArray:
    """Return the voltage across some draws, (draws, lanes) [V]."""
    real, imaginary = _changes(engine, solution)
    volts = real + engine.volts[0][:, None] + 1j * (imaginary + engine.volts[1][:, None])
    return np.asarray(np.abs(volts[engine.draws[1][draws]] - volts[engine.draws[2][draws]]))


def _above(volts: FloatArray, limit: FloatArray) -> BoolArray:
    return np.asarray(volts > limit[:, None])


def _without(solution: Solution, columns: IntArray) -> Solution:
    """Return a solution of which some columns are not known."""
    volts, current = solution.voltage_v.copy(), solution.current_a.copy()
    volts[:, columns], current[:, columns] = np.nan, np.nan
    return replace(solution, voltage_v=volts, current_a=current)
