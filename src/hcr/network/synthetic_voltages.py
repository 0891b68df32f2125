"""The true voltages of a synthetic feeder: its hidden taps and phases, solved for every half hour."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hcr.errors import NotConvergedError
from hcr.network.exports import export_edit, export_name
from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.metered_phases import MeteredPhases
from hcr.network.synthetic_model import tap_ratio, write_model
from hcr.network.synthetic_plan import FeederLayout
from hcr.network.synthetic_truth import HiddenTruth, true_layout
from hcr.network.synthetic_weather import STEP_HOURS, FloatArray
from hcr.network.synthetic_years import CustomerYears
from hcr.powerflow.batch import BatchEngine
from hcr.powerflow.circuit import Circuit, IntArray, Model
from hcr.powerflow.lanes import Injections, SolveOptions
from hcr.powerflow.opendss import compile_circuit
from hcr.powerflow.opendss_names import quoted
from hcr.powerflow.reduced import Wanted
from hcr.powerflow.reductions import solve

LANES_AT_A_TIME = 240
BAND_PU = (0.6, 1.4)
"""Voltages between which customers take what their meters say; the model's own band is narrower [pu]."""
OPTIONS = SolveOptions(engine="batch", controls=False)


@dataclass(frozen=True, slots=True)
class CustomerPower:
    """What customers draw (net_w below 0: feed in), each (customers, steps) in whole W and var."""

    net_w: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"
    var: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"

    @classmethod
    def of(cls, years: CustomerYears) -> "CustomerPower":
        """Return the power of all customers; single precision holds every whole number of a customer."""
        net_w, var = (np.empty((len(years), years.steps), np.float32) for _ in range(2))
        for number in range(len(years)):
            year = years.of(number)
            net_w[number], var[number] = year.import_w - year.export_w, year.import_var
        return cls(net_w, var)

    def exporters(self) -> IntArray:
        """Return the customers that feed in at any time."""
        return np.flatnonzero((self.net_w < 0).any(axis=1))


@dataclass(frozen=True, slots=True)
class TrueNetwork:
    """The feeder as it is, and what its customers do.

    Attributes
    ----------
    places : (customers,) int, places of their loads among the injectors.
    level_pu : (steps,) float, level of the source [pu].
    """

    circuit: Circuit
    places: IntArray
    power: CustomerPower
    level_pu: FloatArray

    def injections(self, first: int, last: int) -> Injections:
        """Return what customers draw and produce in steps `first` to `last`, at a source of 1 pu.

        Notes
        -----
        With draws of constant power the voltages at level k are k times those at level 1 of draws that are
        smaller by k²: from Y V = k J - conj(S / V), V = k U follows Y U = J - conj(S / k² / U).
        """
        exporters = self.power.exporters()
        scale = self.level_pu[first:last] ** -2
        net_w, var = (part[:, first:last] * scale for part in (self.power.net_w, self.power.var))
        exports = np.maximum(-net_w[exporters], 0.0)
        names = self.circuit.injectors.elements.names
        return Injections(
            hours=np.arange(first + 1, last + 1, dtype=np.float64) * STEP_HOURS,
            elements=(
                *(names[place] for place in self.places),
                *(f"Generator.{export_name(int(place))}" for place in self.places[exporters]),
            ),
            power_w=np.concatenate([np.maximum(net_w, 0.0), exports]),
            power_var=np.concatenate([var, np.zeros_like(exports)]),
            step_hours=STEP_HOURS,
            walk=False,
        )

    def blocks(self) -> Iterator[tuple[int, FloatArray]]:
        """Yield first step and voltage of each customer, mean of the phases, (customers, steps) [V].

        Raises
        ------
        NotConvergedError
            Customers draw more than the network can carry.
        """
        engine = BatchEngine(self.circuit, OPTIONS)
        phases, nodes = _packed(MeteredPhases.of(self.circuit, self.places))
        wanted = Wanted(nodes=tuple(self.circuit.nodes.names[node] for node in nodes), residual=False)
        counts = np.bincount(phases.customer)[:, None]
        for first in range(0, len(self.level_pu), LANES_AT_A_TIME):
            level = self.level_pu[first : first + LANES_AT_A_TIME]
            injections = self.injections(first, first + len(level))
            found = solve(self.circuit, injections, OPTIONS, wanted, engine=engine)
            if found.failures:
                raise _overloaded(first + found.failures[0].lane)
            volts = phases.volts(found.voltage_v)
            yield first, level * np.add.reduceat(volts, phases.first, axis=0) / counts


def true_voltages(
    layout: FeederLayout, recipe: FeederRecipe, truth: HiddenTruth, years: CustomerYears
) -> FloatArray:
    """Return the voltage of each customer and half hour, mean of its phases, (customers, steps) [V].

    Raises
    ------
    NotConvergedError
        Customers draw more than the network can carry.
    """
    network = true_network(layout, recipe, truth, years)
    voltage_v = np.empty((len(years), years.steps))
    for first, volts in network.blocks():
        voltage_v[:, first : first + volts.shape[1]] = volts
    return voltage_v


def true_network(
    layout: FeederLayout, recipe: FeederRecipe, truth: HiddenTruth, years: CustomerYears
) -> TrueNetwork:
    """Return the feeder as it is built, with taps and source where they are."""
    metered = truth.metered
    if metered is None:
        raise ValueError("a feeder without voltages hides no network")
    power, (lowest, highest) = CustomerPower.of(years), BAND_PU
    edits = (
        f"batchedit load..* vminpu={lowest} vmaxpu={highest}",
        *(f"edit {quoted(name)} wdg=1 tap={tap_ratio(at):g}" for name, at in truth.positions.items()),
    )
    with tempfile.TemporaryDirectory() as scratch:
        write_model(true_layout(layout, metered.meters), recipe, Path(scratch))
        bare = compile_circuit(Model(Path(scratch) / "Master.dss", edits, ""))
        numbers = {name.lower(): at for at, name in enumerate(bare.injectors.elements.names)}
        places = np.array([numbers[site.element.lower()] for site in layout.customers], np.int64)
        exports = tuple(export_edit(bare, int(place), BAND_PU) for place in places[power.exporters()])
        circuit = compile_circuit(replace(bare.model, edits=edits + exports)) if exports else bare
    return TrueNetwork(circuit, places, power, metered.source.pu(years.steps))


def _packed(phases: MeteredPhases) -> tuple[MeteredPhases, IntArray]:
    """Return the phases by their places among the nodes that they need, and those nodes."""
    nodes = np.union1d(phases.node, phases.neutral)
    places = (np.searchsorted(nodes, ends) for ends in (phases.node, phases.neutral))
    node, neutral = places
    return replace(phases, node=node, neutral=neutral), nodes


def _overloaded(step: int) -> NotConvergedError:
    return NotConvergedError(
        f"the synthetic feeder has no voltages in half hour {step + 1} of the year",
        lane=step,
        why="its customers draw more than the network can carry with its hidden taps",
        remedy="Choose another seed, or more transformers.",
    )
