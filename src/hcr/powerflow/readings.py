"""What controls read off a solution: voltages behind their transformers, currents, powers."""

from dataclasses import dataclass

import numpy as np

from hcr.powerflow.circuit import FloatArray
from hcr.powerflow.control_kernels import first_acting
from hcr.powerflow.control_state import ControlState
from hcr.powerflow.control_table import ControlTable
from hcr.powerflow.frozen import BranchTable, Parts
from hcr.powerflow.output_kernels import branch_currents
from hcr.powerflow.reading_kernels import capacitor_readings, regulator_readings


@dataclass(frozen=True, slots=True)
class Readings:
    """What all controls read in some lanes.

    Attributes
    ----------
    regulators : (3, regulators, lanes) volts with line drop, volts that a limit bounds, watts going forward.
    capacitors : (3, controls, lanes) volts of the override, what the control goes by, kvar.
    """

    regulators: FloatArray
    capacitors: FloatArray

    def since(self, lane: int) -> "Readings":
        """Return the readings from one lane on."""
        return Readings(self.regulators[:, :, lane:], self.capacitors[:, :, lane:]) if lane else self

    def regulator(self, control: int, lane: int) -> tuple[float, float, float]:
        """Return what a regulator reads in a lane."""
        volts, local, watts = self.regulators[:, control, lane].tolist()
        return volts, local, watts

    def capacitor(self, control: int, lane: int) -> tuple[float, float, float]:
        """Return what a capacitor control reads in a lane."""
        volts, value, kvar = self.capacitors[:, control, lane].tolist()
        return volts, value, kvar


def read(
    table: ControlTable, state: ControlState, *, volts: Parts, watched: BranchTable, hours: FloatArray
) -> Readings:
    """Return what the controls read.

    Parameters
    ----------
    volts : real and imaginary parts at the table's nodes and the ground, (nodes + 1, lanes) [V].
    watched : the watched branches with their matrices at the state's taps and steps.
    hours : (lanes,) time of day [h].
    """
    lanes = len(hours)
    current = np.empty((len(table.ends), lanes)), np.empty((len(table.ends), lanes))
    branch_currents(*watched, volts, current)
    found = Readings(
        np.empty((3, len(table.regulator_choices), lanes)), np.empty((3, len(table.capacitor_choices), lanes))
    )
    regulators = (
        *(table.regulator_numbers, table.regulator_choices),
        *(table.pairs, table.limited, table.terminals, table.ends),
    )
    regulator_readings(regulators, np.array(state.looks, np.int64), volts, current, found.regulators)
    capacitors = (
        *(table.capacitor_numbers, table.capacitor_choices),
        *(table.pairs, table.overrides, table.terminals, table.currents, table.ends),
    )
    capacitor_readings(capacitors, hours, volts, current, found.capacitors)
    return found


def quiet_lanes(table: ControlTable, state: ControlState, readings: Readings) -> int:
    """Return how many lanes pass from the first until a control would act."""
    positions, banks = state.positions, table.controls.banks
    left = [bank.size - steps for bank, steps in zip(banks, positions.steps, strict=True)]
    now = (
        *(np.array(positions.taps), np.array(state.looks, np.int64)),
        *(np.array(positions.closed, np.int64), np.array(left, np.int64)),
    )
    regulators = table.regulator_numbers, table.regulator_choices
    capacitors = table.capacitor_numbers, table.capacitor_choices
    return int(first_acting(regulators, capacitors, now, (readings.regulators, readings.capacitors)))
