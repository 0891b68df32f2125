"""Many scenarios through one day, side by side on one factor; the loops are in `scenario_kernels`."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from hcr.errors import ModelError
from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import Circuit
from hcr.powerflow.covered import followed
from hcr.powerflow.jumps import jumping
from hcr.powerflow.lane_block import LANES
from hcr.powerflow.lanes import Injections, SolveOptions
from hcr.powerflow.scenario_stage import Stage
from hcr.powerflow.scenario_tally import Tally
from hcr.powerflow.scenarios import Scenario, ScenarioResult, Unit, Watch
from hcr.powerflow.second_solutions import FollowingEngine
from hcr.powerflow.unit_rows import BlockUnits, UnitNodes


class ScenarioWalk:
    """One circuit, factored once, for scenarios of any day.

    Where draws jump (`second_solutions`) it is factored again for the injections of another day.

    Parameters
    ----------
    nodes : where units can be; these stay in the iteration, so few are faster than many.

    Raises
    ------
    ModelError
        The circuit has elements or controls that the batch engine does not cover; a node, or what is to be
        watched, is not in it; single precision or edits are asked for.
    """

    def __init__(
        self,
        circuit: Circuit,
        options: SolveOptions | None = None,
        *,
        nodes: Sequence[str] = (),
        watch: Watch | None = None,
    ) -> None:
        self._circuit, self._options, self._watch = circuit, options or SolveOptions(), watch or Watch()
        if self._options.edits or self._options.single:
            raise ModelError(
                "scenarios are solved in double precision, without edits",
                remedy="Compile the circuit with the edits, and leave `single` off.",
            )
        self._nodes = UnitNodes(circuit, nodes)
        self._made: tuple[Injections | None, Stage] | None = None

    def walk(
        self,
        injections: Injections,
        scenarios: Sequence[Scenario],
        *,
        common: Sequence[Unit] = (),
        threads: int = 1,
        stop_at_failure: bool = False,
    ) -> tuple[ScenarioResult, ...]:
        """Return what becomes of each scenario's day, in their order, whatever the number of threads.

        The day without the units of any scenario is walked through once for the same injections and common
        units; scenarios are solved only where they differ from it.

        Parameters
        ----------
        common : units that all scenarios have besides their own, such as those installed already.
        stop_at_failure : end a scenario at its first step without a solution; what it would come to after
            that is left out.

        Raises
        ------
        ModelError
            The injections are no consecutive steps, an element of them is not in the circuit, or a unit does
            not fit the day or is at a node that the walk was not made for.
        """
        if not injections.walk:
            raise ModelError("scenarios walk through steps in order", remedy="Set `walk` of the injections.")
        stage, steps = self._stage_for(injections), injections.lanes
        day, firsts = stage.day(injections, tuple(common), self._nodes), range(0, len(scenarios), LANES)
        blocks = [scenarios[first : first + LANES] for first in firsts]
        units = [BlockUnits.of(block, day.units, self._nodes, steps) for block in blocks]
        apart = all(block.always for block in units)
        plain = stage.unknown() if apart else stage.plain(day, self._nodes)

        def work(at: int) -> Tally:
            return stage.walk(day, units[at], plain, stop=stop_at_failure)

        with ThreadPoolExecutor(max(1, threads)) as pool:
            tallies = list((pool.map if threads > 1 else map)(work, range(len(blocks))))
        why, hours = partial(stage.failure, injections), injections.step_hours
        return tuple(
            result
            for tally, block in zip(tallies, blocks, strict=True)
            for result in tally.results(len(block), stage.layout, hours, why)
        )

    def _stage_for(self, injections: Injections) -> Stage:
        """Return the engine that solves some injections: the one there is unless draws jump."""
        circuit, options = self._circuit, self._options
        made_for = injections if jumping(circuit) else None
        if self._made is None or self._made[0] is not made_for:
            moving, kept = options.controls and followed(circuit), self._nodes.numbers
            engine = (
                FollowingEngine(circuit, injections, options, moving=moving, kept=kept)
                if made_for
                else BatchEngine(circuit, options, moving=moving, kept=kept)
            )
            self._made = made_for, Stage(engine, options, self._watch)
        return self._made[1]
