"""Inverters in OpenDSS: each element with a curve is replaced by a PVSystem, which an InvControl moves.

InvControl stops within tolerances that leave voltages up to 7e-4 pu off; they are set far tighter here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import GROUND, Circuit, FloatArray, IntArray
from hcr.powerflow.inverter_curves import Inverter, Monitored, Points, Reference
from hcr.powerflow.opendss_names import quoted
from hcr.powerflow.opendss_passive import CONTROL_CLASSES

TIGHT = "voltagechangetolerance=1e-9 varchangetolerance=1e-8 activepchangetolerance=1e-8 eventlog=no"
CONTROL_ITERATIONS = 2000
"""Most control iterations with inverters; tight tolerances take tens to hundreds."""

MONITORED = {Monitored.AVERAGE: "avg", Monitored.HIGHEST: "max", Monitored.LOWEST: "min"}


@dataclass(frozen=True, slots=True)
class InverterElements:
    """The PVSystems that stand for the elements with curves.

    Attributes
    ----------
    names : of the PVSystems, in the order of the inverters.
    rows : row of the injections of each; -1 where the element keeps the power of the model.
    stated : (2, inverters) power of the model [W], [var].
    curves : the inverters.
    node, injector : where the nodes and injectors of the circuit are in the engine's arrays now.
    """

    dss: Any
    names: tuple[str, ...]
    rows: tuple[int, ...]
    stated: FloatArray
    inverters: tuple[Inverter, ...]
    node: IntArray
    injector: IntArray

    @classmethod
    def add(
        cls, dss: Any, circuit: Circuit, inverters: Sequence[Inverter], elements: Sequence[str]
    ) -> "InverterElements":
        """Return the inverters, put into the engine's model.

        Raises
        ------
        ModelError
            An element is not in the model or out of service.
        """
        row_of = {element.lower(): row for row, element in enumerate(elements)}
        places = [_place(circuit, inverter) for inverter in inverters]
        names = tuple(f"hcr_inverter_{number}" for number in range(len(inverters)))
        dss.Text.Command = "new loadshape.hcr_full npts=1 interval=1 mult=[1.0]"
        for name, inverter, place in zip(names, inverters, places, strict=True):
            for command in _commands(dss, circuit, inverter, place=place, name=name):
                dss.Text.Command = command
        dss.Text.Command = "set mode=snapshot controlmode=off"
        dss.ActiveCircuit.Solution.Solve()
        numbered = {str(node).lower(): at for at, node in enumerate(dss.ActiveCircuit.YNodeOrder)}
        stated = np.array([circuit.injectors.power_w[places], circuit.injectors.power_var[places]])
        return cls(
            dss,
            names,
            tuple(row_of.get(inverter.element.lower(), -1) for inverter in inverters),
            np.nan_to_num(stated),
            tuple(inverters),
            np.array([numbered[node] for node in circuit.nodes.names], np.int64),
            _injector_order(circuit, places),
        )

    def set(self, power_w: FloatArray, power_var: FloatArray) -> None:
        """Set what the inverters could give in one lane [W], [var], (rows,) each.

        Raises
        ------
        ModelError
            One of them draws power, which a PVSystem cannot.
        """
        systems = self.dss.ActiveCircuit.PVSystems
        for at, (name, row) in enumerate(zip(self.names, self.rows, strict=True)):
            inverter = self.inverters[at]
            watt, var = (power_w[row], power_var[row]) if row >= 0 else self.stated[:, at]
            if watt < 0.0:
                raise _draws(inverter, watt)
            systems.Name = name
            systems.Irradiance = _irradiance(inverter, watt)
            if not inverter.curve.volt_var:
                systems.kvar = var * 1e-3


def hold_other_controls(dss: Any) -> None:
    """Disable every control of the model: inverters move, the rest stays where the model has it."""
    for name in dss.ActiveCircuit.AllElementNames:
        if name.partition(".")[0].lower() in CONTROL_CLASSES:
            dss.Text.Command = f"edit {quoted(name)} enabled=no"


def _commands(dss: Any, circuit: Circuit, inverter: Inverter, *, place: int, name: str) -> list[str]:
    """Return what puts an inverter in the place of its element."""
    element, curve, injectors = inverter.element, inverter.curve, circuit.injectors
    kva = inverter.rating_va * 1e-3
    kept = " ".join(f"{prop}={_property(dss, element, prop)}" for prop in ("kv", "vminpu", "vmaxpu"))
    var = "pf=1" if curve.volt_var else "kvar=0"
    first = "yes" if _watt_first(inverter) else "no"
    quiet = f" %pminnovars={100 * curve.quiet_below:.17g}" if curve.quiet_below > 0.0 else ""
    system = (
        f"new pvsystem.{name} bus1={quoted(injectors.connection(place, circuit.nodes))} {kept} "
        f"phases={injectors.phases[place]} kva={kva:.17g} pmpp={kva:.17g} irradiance=1 %cutin=0 %cutout=0 "
        f"daily=hcr_full yearly=hcr_full {var} kvarmax={curve.var_limit * kva:.17g} "
        f"kvarmaxabs={curve.var_limit * kva:.17g} wattpriority={first}{quiet}"
    )
    commands = [f"edit {quoted(element)} enabled=no", system]
    curves = (("vvc_curve1", curve.volt_var), ("voltwatt_curve", curve.volt_watt))
    commands += [_curve(f"{name}_{prop}", points) for prop, points in curves if points]
    named = " ".join(f"{prop}={name}_{prop}" for prop, points in curves if points)
    if named:
        reference = "varaval" if curve.reference is Reference.VARAVAL else "varmax"
        commands.append(
            f"new invcontrol.{name} derlist=[pvsystem.{name}] {_mode(inverter)} {named} "
            f"refreactivepower={reference} voltwattyaxis=kvaratingpu "
            f"monvoltagecalc={MONITORED[inverter.monitored]} {_monitored(circuit, place)} {TIGHT}"
        )
    return commands


def _irradiance(inverter: Inverter, watt: float) -> float:
    """Return what makes the PVSystem, of a peak power that is its rating, give some power [per unit]."""
    share = watt / inverter.rating_va
    if inverter.curve.volt_var and inverter.curve.reference is Reference.VARAVAL:
        # With nothing left beside the power, the engine takes shares of the whole rating instead, and hunts.
        return min(share, 1.0 - 1e-13)
    return share


def _watt_first(inverter: Inverter) -> bool:
    # What is left beside the present power never takes any of it; the engine hunts where var come first.
    return inverter.curve.watt_first or inverter.curve.reference is Reference.VARAVAL


def _mode(inverter: Inverter) -> str:
    if inverter.curve.volt_var and inverter.curve.volt_watt:
        return "combimode=vv_vw"
    return "mode=voltvar" if inverter.curve.volt_var else "mode=voltwatt"


def _curve(name: str, points: Points) -> str:
    # The engine goes on along the last slopes; level ends beyond hold the curve flat.
    flat = [(0.0, points[0][1]), *points, (10.0, points[-1][1])]
    volts, shares = (" ".join(f"{point[k]:.17g}" for point in flat) for k in (0, 1))
    return f"new xycurve.{name} npts={len(flat)} xarray=[{volts}] yarray=[{shares}]"


def _monitored(circuit: Circuit, place: int) -> str:
    """Return what makes the control measure across the element where its neutral is not the ground."""
    nodes = circuit.injectors.elements.node[circuit.injectors.elements.conductors(place, 1)]
    phases = int(circuit.injectors.phases[place])
    if len(nodes) <= phases or nodes[phases] == GROUND:
        return ""
    bus = circuit.injectors.elements.buses[place][0]
    # The engine takes the numbers after the dots for places in the bus's own list of nodes.
    rank = {int(node): at for at, node in enumerate(np.flatnonzero(np.array(circuit.nodes.buses) == bus), 1)}
    pairs = [f"{bus}.{rank[int(node)]}.{rank[int(nodes[phases])]}" for node in nodes[:phases]]
    draws = circuit.batch.draws if circuit.batch else None
    base = draws.base_v[draws.injector == place][0] if draws is not None else np.nan
    return f"monbus=[{' '.join(pairs)}] monbusesvbase=[{' '.join([f'{base:.17g}'] * phases)}]"


def _place(circuit: Circuit, inverter: Inverter) -> int:
    names = [name.lower() for name in circuit.injectors.elements.names]
    if inverter.element.lower() not in names:
        raise ModelError(f"the inverter {inverter.element} is not in the model")
    place = names.index(inverter.element.lower())
    if (circuit.injectors.elements.node[circuit.injectors.elements.conductors(place, 1)] == GROUND).all():
        raise ModelError(
            f"the inverter {inverter.element} is not in service",
            why="the model has it disabled or connected to nothing",
        )
    return place


def _injector_order(circuit: Circuit, places: Sequence[int]) -> IntArray:
    """Return where each injector's power is now: the new PVSystems stand after the model's own."""
    names = [name.lower() for name in circuit.injectors.elements.names]
    storages = sum(name.startswith("storage.") for name in names)
    before = len(names) - storages
    order = np.arange(len(names))
    order[before:] += len(places)
    order[list(places)] = before + np.arange(len(places))
    return order


def _property(dss: Any, element: str, prop: str) -> str:
    dss.Text.Command = f"? {quoted(f'{element}.{prop}')}"
    return str(dss.Text.Result)


def _draws(inverter: Inverter, watt: float) -> ModelError:
    return ModelError(
        f"OpenDSS cannot solve the inverter {inverter.element} with {watt:g} W",
        why="it stands for the element by a PVSystem, which only produces",
        remedy="Solve with `--engine batch`, or give the element no curve where it charges.",
    )
