"""The OpenDSS engine: the oracle behind the lanes interface. The only module that speaks to OpenDSS.

Each object owns an engine context of its own, so several circuits live side by side in a process. A model
is compiled once; lanes set powers in memory, and voltages, currents and powers are read as whole arrays.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from dss import DSS, DSSException

from hcr.errors import HcrError, ModelError, NotConvergedError
from hcr.powerflow.circuit import Circuit, ComplexArray, FloatArray, IntArray, Model
from hcr.powerflow.engine_arrays import complex_array
from hcr.powerflow.lanes import Injections, Solution, SolveOptions
from hcr.powerflow.load_shapes import LoadShape
from hcr.powerflow.opendss_circuit import read_circuit
from hcr.powerflow.opendss_inverters import CONTROL_ITERATIONS, InverterElements, hold_other_controls
from hcr.powerflow.opendss_shapes import read_shapes, varying_elements
from hcr.powerflow.opendss_state import ControlState, ElementSetter, PositionReader
from hcr.powerflow.passive import Uncovered

MAX_CONTROL_ITERATIONS_WARNING = 485
"""Number of the engine's warning that control actions did not settle within the limit."""


def engine_version() -> str:
    """Return the version line of the OpenDSS library."""
    return str(DSS.Version).splitlines()[0]


def compile_circuit(model: Model) -> Circuit:
    """Return the circuit of a model.

    Raises
    ------
    ModelError
        The engine refuses the model; the message carries the engine's words with file and line.
    """
    return OpenDss(model).circuit


def elements_that_vary(model: Model, elements: Sequence[str], *, mode: str) -> tuple[Uncovered, ...]:
    """Return those of some elements that change their power by themselves in a time mode, with the reasons.

    Raises
    ------
    ModelError
        The engine refuses the model.
    """
    return OpenDss(model).varying(elements, mode=mode)


def model_shapes(model: Model, names: Sequence[str]) -> dict[str, LoadShape]:
    """Return some load shapes of a model by the names given; it is compiled for that.

    Raises
    ------
    ModelError
        The engine refuses the model, or it has no such shape.
    """
    return OpenDss(model).shapes(names) if names else {}


class OpenDss:
    """One compiled model in an engine context of its own."""

    def __init__(self, model: Model, *, edits: Sequence[str] = ()) -> None:
        self._dss: Any = DSS.NewContext()
        self._dss.AllowForms = False
        self._dss.AllowChangeDir = False
        self._dss.AllowEditor = False
        self._compile(model.master, (*model.edits, *edits))
        try:
            self.circuit = read_circuit(self._dss, model)
        except UnicodeDecodeError as error:
            raise _not_utf8(model.master) from error
        self._injectors = self._injector_batches()
        self._controls = ControlState.read(self._dss)
        self._positions = PositionReader.of(self._dss, self.circuit.controls)
        self._held: tuple[FloatArray, IntArray] | None = None

    def _compile(self, master: Path, edits: Iterable[str]) -> None:
        self._command(master, ("clear", f'compile "{master}"', *edits))
        if self._dss.NumCircuits == 0:
            raise ModelError(
                f"{master.name} defines no circuit",
                why="the file has no `New Circuit.…`",
                remedy="Name the entry file of the model, the one that begins with `New Circuit`.",
            )
        self._solve_once(master)

    def _command(self, master: Path, commands: Iterable[str]) -> None:
        for command in commands:
            try:
                self._dss.Text.Command = command
            except DSSException as error:
                if not _is_unsettled(error):
                    raise _refused(master, error) from error

    def _solve_once(self, master: Path) -> None:
        """Solve with controls off, so that nodes and branches are known and taps stay as written.

        The tolerance is tight, since the power of PV systems and storage is read off this solution.
        """
        try:
            self._dss.Text.Command = "set mode=snapshot controlmode=off tolerance=1e-9 maxiterations=100"
            self._dss.ActiveCircuit.Solution.Solve()
        except DSSException as error:
            if not _is_unsettled(error):
                raise _refused(master, error) from error

    def _injector_batches(self) -> list[Any]:
        # The batch interface warns that it is young; it is the engine makers' own fast path to arrays.
        alternative = self._dss.to_altdss()
        kinds = (alternative.Load, alternative.Generator, alternative.PVSystem, alternative.Storage)
        return [kind.batch() for kind in kinds if len(kind)]

    def prepare(self, injections: Injections, options: SolveOptions) -> None:
        """Take the injections and set the solution mode for lanes.

        Raises
        ------
        ModelError
            An element of the injections is not in the model.
        """
        self._injections = injections
        self._inverters = self._with_inverters(injections, options)
        self._settings(options)
        following = {one.element.lower() for one in injections.inverters}
        names = enumerate(injections.elements)
        self._plain = np.array([row for row, name in names if name.lower() not in following], np.int64)
        self._rows = ElementSetter.of(self._dss, [injections.elements[row] for row in self._plain])
        self._dss.ActiveCircuit.Solution.Number = 1

    def restart(self, edits: Sequence[str] = ()) -> None:
        """Go back to where the model has taps, banks and switches, and edit it; `prepare` comes next.

        Raises
        ------
        ModelError
            The engine refuses an edit, or it changes the nodes of the circuit.
        """
        self._controls.restore(self._dss)
        if not edits:
            return
        master = self.circuit.model.master
        self._command(master, edits)
        self._solve_once(master)
        if tuple(name.lower() for name in self._dss.ActiveCircuit.YNodeOrder) != self.circuit.nodes.names:
            raise ModelError(
                f"an edit changes the nodes of {self.circuit.name}",
                why=f"it was one of: {'; '.join(edits)}",
                remedy="Compile the model with the edits instead.",
            )

    def _with_inverters(self, injections: Injections, options: SolveOptions) -> InverterElements | None:
        if not injections.inverters:
            return None
        if not options.controls:
            hold_other_controls(self._dss)
        added = InverterElements.add(self._dss, self.circuit, injections.inverters, injections.elements)
        self._injectors = self._injector_batches()
        return added

    def varying(self, elements: Sequence[str], *, mode: str) -> tuple[Uncovered, ...]:
        """Return those of some elements that change their power by themselves, with the reasons."""
        return varying_elements(self._dss, elements, mode=mode)

    def shapes(self, names: Sequence[str]) -> dict[str, LoadShape]:
        """Return some load shapes by the names given."""
        return read_shapes(self._dss, names)

    def hold(self, taps: FloatArray, steps: IntArray) -> None:
        """Hold tap changers and banks of the circuit's controls where they are in each lane.

        Parameters
        ----------
        taps : (changers, lanes) [pu]; steps : (banks, lanes) int, steps in service.
        """
        self._held = (taps, steps)

    def _settings(self, options: SolveOptions) -> None:
        step, inverters = self._injections.step_hours * 3600, bool(self._injections.inverters)
        controls = "static" if options.controls or inverters else "off"
        control_iterations = max(options.max_control_iterations, CONTROL_ITERATIONS if inverters else 0)
        for setting in (
            # In one command: setting the mode resets the control mode.
            f"mode={options.mode} number=1 stepsize={step:.10g}s controlmode={controls}",
            f"maxiterations={options.max_iterations} maxcontroliter={control_iterations}",
            f"tolerance={options.tolerance:g}",
        ):
            self._dss.Text.Command = f"set {setting}"

    def solve_block(self, first: int, last: int) -> Solution:
        """Return the solution of lanes `first` to `last` (exclusive).

        Raises
        ------
        NotConvergedError
            A lane has no solution.
        """
        circuit, lanes = self.circuit, last - first
        voltage = np.empty((len(circuit.nodes), lanes), complex)
        current = np.empty((len(circuit.branches.elements.node), lanes), complex)
        power = np.empty((len(circuit.injectors.elements), lanes), complex)
        iterations = np.empty(lanes, np.int64)
        taps, steps = self._positions.empty(lanes)
        for column, lane in enumerate(range(first, last)):
            iterations[column] = self._solve_lane(lane)
            voltage[:, column] = self._voltages()
            if not np.isfinite(voltage[:, column]).all():
                raise _not_converged(lane, self._injections, "a voltage is not a number")
            current[:, column] = self._currents()
            power[:, column] = self._injector_powers()
            taps[:, column], steps[:, column] = self._positions.read()
        return Solution(first, voltage, current, power, iterations, taps=taps, capacitor_steps=steps)

    def _solve_lane(self, lane: int) -> int:
        injections = self._injections
        if self._held is not None:
            self._positions.write(self._held[0][:, lane], self._held[1][:, lane])
        elif not injections.walk:
            self._controls.restore(self._dss)
        solution = self._dss.ActiveCircuit.Solution
        before = float(injections.hours[lane]) - injections.step_hours  # the engine adds a step, then solves
        solution.Hour = int(np.floor(before + 1e-9))
        solution.Seconds = max(0.0, (before - solution.Hour) * 3600.0)
        watts, var = injections.power_w[:, lane], injections.power_var[:, lane]
        self._rows.set(watts[self._plain], var[self._plain])
        if self._inverters:
            self._inverters.set(watts, var)
        try:
            solution.Solve()
        except DSSException as error:
            raise _not_converged(lane, injections, str(error)) from error
        if not solution.Converged:
            why = f"no solution within {solution.MaxIterations} iterations"
            raise _not_converged(lane, injections, why)
        return int(solution.Iterations)

    def _voltages(self) -> ComplexArray:
        volts = complex_array(self._dss.ActiveCircuit.YNodeVarray)
        return volts[self._inverters.node] if self._inverters else volts

    def _currents(self) -> ComplexArray:
        return complex_array(self._dss.ActiveCircuit.PDElements.AllCurrents)

    def _injector_powers(self) -> ComplexArray:
        parts = [complex_array(batch.TotalPowers()) for batch in self._injectors]
        powers: ComplexArray = np.asarray(1e3 * np.concatenate([np.empty(0, np.complex128), *parts]), complex)
        return powers[self._inverters.injector] if self._inverters else powers


def _is_unsettled(error: DSSException) -> bool:
    """Return whether the engine only says that controls did not settle in a snapshot of the model."""
    return bool(error.args) and error.args[0] == MAX_CONTROL_ITERATIONS_WARNING


def _refused(master: Path, error: DSSException) -> HcrError:
    words = " ".join(str(part) for part in error.args[1:]) or str(error)
    return ModelError(
        f"OpenDSS cannot read {master.name}",
        why=words.strip().replace(str(master.parent), ".").replace("\n", " "),
        remedy="Correct the model, or run `hcr DIR feeder check` to see what the importer rewrites.",
    )


def _not_utf8(master: Path) -> ModelError:
    return ModelError(
        f"{master.name} has names that are not UTF-8 text",
        why="a file of the model was written in an older character set, such as Windows-1252",
        remedy="Import it with `hcr DIR feeder import`, which converts it, or save its files as UTF-8.",
    )


def _not_converged(lane: int, injections: Injections, why: str) -> NotConvergedError:
    hour = float(injections.hours[lane])
    return NotConvergedError(
        f"the power flow did not converge in lane {lane} (hour {hour:g} of the year)",
        lane=lane,
        why=why.strip().replace("\n", " "),
        remedy="Look for loads beyond what the feeder can carry, or raise `maxIter` and `maxControlIter`.",
    )
