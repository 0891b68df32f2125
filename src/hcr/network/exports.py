"""Exports of customers: a Generator beside the load, as load data keeps export apart from import."""

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.opendss_names import quoted

EXPORT_PREFIX = "hcr_export_"
"""Names of the Generator elements that carry customers' exports, followed by the load's place."""


def export_name(place: int) -> str:
    """Return the name of the Generator beside the load at a place of the circuit."""
    return f"{EXPORT_PREFIX}{place}"


def export_edit(circuit: Circuit, place: int, band_pu: tuple[float, float]) -> str:
    """Return the OpenDSS command that puts a Generator beside the load at a place.

    Parameters
    ----------
    circuit : without the Generators; loads keep their places when they are added.
    band_pu : voltages between which the Generator produces what it is told [pu].
    """
    injectors, (lowest, highest) = circuit.injectors, band_pu
    return (
        f"new generator.{export_name(place)} bus1={quoted(injectors.connection(place, circuit.nodes))} "
        f"phases={injectors.phases[place]} conn={'delta' if injectors.delta[place] else 'wye'} "
        f"kv={injectors.rated_v[place] / 1e3:.10g} kw=0 kvar=0 model=1 "
        f"vminpu={lowest} vmaxpu={highest}"
    )
