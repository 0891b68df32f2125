"""Reads what loads, generators, PV systems and storage draw out of the engine, class by class, as arrays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hcr.powerflow import draw_kinds as kinds
from hcr.powerflow.circuit import GROUND, Injectors
from hcr.powerflow.passive import Draws, Uncovered

INJECTOR_CLASSES = {"load": "Load", "generator": "Generator", "pvsystem": "PVSystem", "storage": "Storage"}
"""Classes of elements with a power, and what the engine's batch interface calls them."""

LOAD_KINDS = {
    1: kinds.CONSTANT_POWER,
    2: kinds.CONSTANT_Z,
    4: kinds.CVR,
    5: kinds.CONSTANT_CURRENT,
    8: kinds.ZIP,
}

GENERATOR_KINDS = {1: kinds.GENERATOR, 2: kinds.CONSTANT_Z, 7: kinds.LIMITED}

PLAIN_LOW_PU = 0.5
"""Where elements without a `vlowpu` would turn into their nominal impedance; they have no such branch."""


@dataclass(frozen=True, slots=True)
class _Stated:
    """What the model states about one element; `bounds` are low, least and most voltage [pu]."""

    kind: str
    model: int
    delta: bool
    kv: float
    bounds: tuple[float, float, float]
    neutral_ohm: float
    zipv: tuple[float, ...]
    exponents: tuple[float, float]


def read_draws(dss: Any, injectors: Injectors) -> tuple[Draws, list[Uncovered]]:
    """Return the single-phase draws of a circuit, and the elements whose model the batch engine lacks."""
    stated = _read(dss)
    rows: list[tuple[float, ...]] = []
    uncovered: list[Uncovered] = []
    for at, name in enumerate(injectors.elements.names):
        nodes = injectors.elements.node[injectors.elements.conductors(at, 1)].tolist()
        if all(node == GROUND for node in nodes):
            continue
        model, phases = stated[name.lower()], int(injectors.phases[at])
        reason = _why_not(model, nodes, phases)
        if reason:
            uncovered.append(Uncovered(name, reason))
        rows += [(at, *row) for row in _rows(model, nodes, phases)]
    table = np.array(rows, float).reshape(-1, 16)
    injector, node, other, kind = (table[:, column].astype(np.int64) for column in (0, 1, 2, 4))
    base, low, least, most = (table[:, column].copy() for column in (5, 6, 7, 8))
    return (
        Draws(injector, node, other, table[:, 3].copy(), kind, base, low, least, most, table[:, 9:].copy()),
        uncovered,
    )


def _read(dss: Any) -> dict[str, _Stated]:
    """Return what the model states about every element, by full name in lower case."""
    classes = dss.to_altdss()
    found: dict[str, _Stated] = {}
    for kind, title in INJECTOR_CLASSES.items():
        if len(getattr(classes, title)):
            found |= _read_class(kind, getattr(classes, title).batch())
    return found


def _read_class(kind: str, batch: Any) -> dict[str, _Stated]:
    names = [f"{kind}.{name}".lower() for name in batch.Name]
    count, is_load = len(names), kind == "load"
    models, delta, kv = (np.asarray(column).tolist() for column in (batch.Model, batch.Conn, batch.kV))
    low = np.asarray(batch.VLowpu).tolist() if is_load else [PLAIN_LOW_PU] * count
    bounds = zip(low, np.asarray(batch.VMinpu).tolist(), np.asarray(batch.VMaxpu).tolist(), strict=True)
    neutral = np.asarray(batch.RNeut).tolist() if is_load else [-1.0] * count
    zipv = [tuple(row.tolist()) for row in batch.ZIPV] if is_load and 8 in models else [()] * count
    exponents = [(0.0, 0.0)] * count
    if is_load:
        watts, var = (np.asarray(column).tolist() for column in (batch.CVRWatts, batch.CVRVars))
        exponents = list(zip(watts, var, strict=True))
    columns = zip(models, delta, kv, bounds, neutral, zipv, exponents, strict=True)
    return {
        name: _Stated(kind, model, is_delta == 1, *rest)
        for name, (model, is_delta, *rest) in zip(names, columns, strict=True)
    }


def _why_not(model: _Stated, nodes: Sequence[int], phases: int) -> str:
    """Return why an element cannot be solved in lanes; empty if it can."""
    if model.kind == "load":
        return _why_not_load(model, nodes, phases)
    if model.kind == "generator" and model.model not in GENERATOR_KINDS:
        return f"generator model {model.model}"
    if model.delta:
        return "connected in delta"
    if model.kind in ("pvsystem", "storage") and model.model != 1:
        return f"{model.kind} model {model.model}"
    return ""


def _why_not_load(model: _Stated, nodes: Sequence[int], phases: int) -> str:
    if model.model not in LOAD_KINDS:
        return f"load model {model.model}"
    grounded = len(nodes) > phases and nodes[-1] == GROUND
    if model.neutral_ohm >= 0.0 and not grounded:
        return "its neutral has an impedance to ground"
    return ""


def _rows(model: _Stated, nodes: Sequence[int], phases: int) -> Iterator[tuple[float, ...]]:
    """Yield node, other, share, kind, rated voltage, three bounds and seven coefficients of each phase."""
    volts = model.kv * 1e3
    base = volts if phases == 1 or model.delta else volts / float(np.sqrt(3.0))
    bounds = [base * bound for bound in model.bounds]
    sign = 1.0 if model.kind == "load" else -1.0
    kind, coefficients = _kind(model)
    for phase in range(phases):
        other = _other_end(nodes, phase, phases, delta=model.delta)
        if nodes[phase] != GROUND or other != GROUND:
            yield (nodes[phase], other, sign / phases, kind, base, *bounds, *coefficients)


def _other_end(nodes: Sequence[int], phase: int, phases: int, *, delta: bool) -> int:
    if delta:
        return nodes[(phase + 1) % len(nodes)]
    return nodes[phases] if len(nodes) > phases else GROUND


def _kind(model: _Stated) -> tuple[int, list[float]]:
    coefficients = [0.0] * 7
    if model.kind != "load":
        known = GENERATOR_KINDS if model.kind == "generator" else {}
        return known.get(model.model, kinds.GENERATOR), coefficients
    if model.model == 8:
        coefficients = list(model.zipv)
    elif model.model == 4:
        coefficients[:2] = model.exponents
    return LOAD_KINDS.get(model.model, kinds.CONSTANT_POWER), coefficients
