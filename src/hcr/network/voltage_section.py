"""Parts of a feeder between regulators: all buses of one see the same voltage upstream."""

from collections.abc import Sequence

from hcr.network.zone_tree import BusParts
from hcr.powerflow.circuit import Circuit, IntArray


def regulated_transformers(circuit: Circuit) -> frozenset[int]:
    """Return the transformers whose taps a control moves, by their places among the branches."""
    if circuit.controls is None:
        return frozenset()
    moved = {circuit.controls.changers[one.changer].name for one in circuit.controls.regulators}
    names = {name.rpartition(".")[0].lower() for name in moved}
    return frozenset(at for at, name in enumerate(circuit.branches.elements.names) if name.lower() in names)


def voltage_sections(circuit: Circuit, transformers: Sequence[int]) -> IntArray:
    """Return the section that feeds each of some transformers, (transformers,) int.

    Parameters
    ----------
    transformers : places among the branches; each is fed at its bus of the highest nominal voltage.
    """
    parts = BusParts.of(circuit, skip=regulated_transformers(circuit))
    base = dict(zip(circuit.nodes.buses, circuit.nodes.base_v, strict=True))
    ends = [circuit.branches.elements.buses[branch] for branch in transformers]
    fed_at = [max(buses, key=lambda bus: float(base.get(bus, 0.0))) for buses in ends]
    return parts.of_buses(fed_at)
