"""Transformer windings and where their taps stand, as the model states them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hcr.powerflow.circuit import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Windings:
    """Windings of transformers, a transformer's one after another.

    Attributes
    ----------
    branch : (windings,) int, place of the transformer among the branches.
    number : (windings,) int, from 1; rated_kv : (windings,) float, as the model states it [kV].
    tap, lowest, highest : (windings,) float, turns [pu of nominal]; steps : (windings,) int between them.
    """

    branch: IntArray
    number: IntArray
    rated_kv: FloatArray
    tap: FloatArray
    lowest: FloatArray
    highest: FloatArray
    steps: IntArray


def read_windings(dss: Any, names: tuple[str, ...]) -> Windings:
    """Return the windings of an engine context.

    Parameters
    ----------
    names : of the branches, in their order.
    """
    places = {name.lower(): place for place, name in enumerate(names)}
    rows: list[tuple[float, ...]] = []
    for transformer in dss.ActiveCircuit.Transformers:
        place = places.get(f"transformer.{transformer.Name}".lower())
        if place is None:
            continue
        for winding in range(1, transformer.NumWindings + 1):
            transformer.Wdg = winding
            taps = transformer.Tap, transformer.MinTap, transformer.MaxTap
            rows.append((place, winding, transformer.kV, *taps, transformer.NumTaps))
    table = np.array(rows, float).reshape(-1, 7).T.copy()
    return Windings(
        branch=table[0].astype(np.int64),
        number=table[1].astype(np.int64),
        rated_kv=table[2],
        tap=table[3],
        lowest=table[4],
        highest=table[5],
        steps=table[6].astype(np.int64),
    )
