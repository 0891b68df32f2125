"""Load shapes, and which elements of a model change their power by themselves, from step to step."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hcr.powerflow.load_shapes import LoadShape, no_such_shape
from hcr.powerflow.opendss_names import quoted
from hcr.powerflow.passive import Uncovered

SHAPES = {"yearly": ("yearly", "daily"), "daily": ("daily",)}
"""Properties that name a load shape, by time mode; the first that is set counts. Other modes have none."""


def varying_elements(dss: Any, elements: Sequence[str], *, mode: str) -> tuple[Uncovered, ...]:
    """Return those of some elements, by full name, that do not keep the power the model states."""
    multiplier = float(dss.ActiveCircuit.Solution.LoadMult)
    year = int(dss.ActiveCircuit.Solution.Year)
    found = []
    for name in elements:
        reason = _shape_reason(dss, name, mode) or _load_reason(dss, name, multiplier=multiplier, year=year)
        if reason:
            found.append(Uncovered(name, reason))
    return tuple(found)


def read_shapes(dss: Any, names: Sequence[str]) -> dict[str, LoadShape]:
    """Return some load shapes of an engine context by the names given.

    Raises
    ------
    ModelError
        There is no such shape.
    """
    shapes = dss.ActiveCircuit.LoadShapes
    there = [str(name) for name in shapes.AllNames]
    found = {}
    for name in names:
        if name.lower() not in (one.lower() for one in there):
            raise no_such_shape(name, there)
        shapes.Name = name
        interval = float(shapes.sInterval) / 3600.0
        hours = np.empty(0) if interval > 0.0 else np.array(shapes.TimeArray, float)
        found[name] = LoadShape(np.array(shapes.Pmult, float), interval, hours)
    return found


def _shape_reason(dss: Any, name: str, mode: str) -> str:
    kind = name.partition(".")[0].lower()
    if kind == "storage":
        return "its charge changes from step to step"
    if _is_fixed(dss, name):
        return ""
    shapes = [_property(dss, name, prop) for prop in SHAPES.get(mode, ())]
    named = [shape for shape in shapes if shape and shape.lower() != "none"]
    return f"it follows the load shape {named[0]}" if named else ""


def _load_reason(dss: Any, name: str, *, multiplier: float, year: int) -> str:
    if not name.lower().startswith("load."):
        return ""
    if multiplier != 1.0 and not _is_fixed(dss, name):
        return f"the model multiplies it by loadmult={multiplier:g}"
    return f"it grows to year {year} of the model" if year else ""


def _is_fixed(dss: Any, name: str) -> bool:
    """Return whether a load or generator follows neither shapes nor the load multiplier."""
    kind = name.partition(".")[0].lower()
    return kind in ("load", "generator") and _property(dss, name, "status").lower() == "fixed"


def _property(dss: Any, name: str, prop: str) -> str:
    dss.Text.Command = f"? {quoted(f'{name}.{prop}')}"
    return str(dss.Text.Result).strip()
