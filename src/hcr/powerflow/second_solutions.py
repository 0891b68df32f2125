"""Lanes with two solutions, and which of them consecutive lanes come to.

Near a jump of a draw (`jumps`) both sides can be solutions. OpenDSS ends on the side that its iteration
reaches, and that depends on where it begins: with the voltages of the lane before. For consecutive lanes of a
circuit with such draws the engine does the same:

- the nominal admittances are those of lane 0, when OpenDSS builds its matrix;
- every lane is solved afresh, and is in doubt if some draws lie so near to their jumps that together they
  could carry each other across;
- lanes in doubt are solved again from the lane before.

So the solution of such a lane depends on the lanes before it: a load that has crossed its jump stays across
for a while, as a relay does. Independent lanes and circuits without such draws are solved afresh, each lane.

With live controls OpenDSS builds its matrix anew whenever a tap or a bank moves, from the loads of that lane;
here the nominal admittances stay those of lane 0. They decide which way the iteration goes, not where it can
end. On IEEE 37 and EPRI ckt5 that makes no difference; it can where all loads of a circuit jump.
"""

from collections.abc import Sequence
from dataclasses import replace

from hcr.errors import ModelError
from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import Circuit, IntArray, Parts
from hcr.powerflow.jumps import forget, jumping, jumps_of
from hcr.powerflow.lane_powers import LanePowers
from hcr.powerflow.lanes import Injections, Solution, SolveOptions
from hcr.powerflow.second_solutions_kernels import solve_following


class FollowingEngine(BatchEngine):
    """An engine for the lanes of some injections, one after another.

    Attributes
    ----------
    jumps : of its draws, and where the lane solved last ended.

    Raises
    ------
    ModelError
        The circuit has elements that the engine does not cover; they are named.
    """

    def __init__(
        self,
        circuit: Circuit,
        injections: Injections,
        options: SolveOptions,
        *,
        moving: bool = False,
        kept: Sequence[int] = (),
    ) -> None:
        super().__init__(at_first_lane(circuit, injections), options, moving=moving, kept=kept)
        self.injections, self.stated = injections, circuit
        self.jumps = jumps_of(self, injections)

    def solve(self, injections: Injections, first: int, last: int) -> Solution:
        """Return the solution of lanes `first` to `last` (exclusive), which follow those solved last.

        Lane 0 begins afresh. How the lanes are cut into calls does not change a bit.
        """
        if injections is not self.injections:
            raise ValueError("lanes that follow one another are those that the engine was made for")
        if first == 0:
            forget(self.jumps)
        return super().solve(injections, first, last)

    def _settle(self, lanes: int, power: Parts, change: Parts, iterations: IntArray, worst: IntArray) -> None:
        block = (power, change, self._scratch, iterations, worst)
        solve_following(self.network, self.jumps, block, self.limits, lanes)


def engine_for(
    circuit: Circuit,
    injections: Injections,
    options: SolveOptions,
    engine: BatchEngine | None = None,
    *,
    moving: bool = False,
) -> BatchEngine:
    """Return what solves some injections: a given engine of the circuit where it can.

    Parameters
    ----------
    engine : of the same circuit and options, `moving` or not. Where lanes follow one another and it was not
        made for these injections, a new one is.

    Raises
    ------
    ModelError
        The circuit has elements that the engine does not cover, or the one given does not suit.
    """
    if engine and not engine.serves(circuit, options, moving=moving):
        raise ModelError("the engine that was given is of another circuit, or of other options")
    if not (injections.walk and jumping(circuit)):
        return engine or BatchEngine(circuit, options, moving=moving)
    if isinstance(engine, FollowingEngine) and engine.injections is injections:
        return engine
    return FollowingEngine(circuit, injections, options, moving=moving)


def at_first_lane(circuit: Circuit, injections: Injections) -> Circuit:
    """Return a circuit that states the power of lane 0."""
    if not injections.lanes:
        return circuit
    watts, var = LanePowers(circuit.injectors).of(injections, 0, 1)
    injectors = replace(circuit.injectors, power_w=watts[:, 0].copy(), power_var=var[:, 0].copy())
    return replace(circuit, injectors=injectors)
