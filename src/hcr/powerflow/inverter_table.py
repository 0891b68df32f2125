"""Inverters as arrays, as the compiled loops take them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.circuit import GROUND, FloatArray, Injectors, IntArray
from hcr.powerflow.inverter_curves import Inverter
from hcr.powerflow.passive import Draws

Settings = tuple[FloatArray, IntArray, IntArray, IntArray, FloatArray, FloatArray]
"""Numbers; choices; corners of the volt-var and of the volt-watt curve (first and last); voltages and shares
of all."""

Columns = tuple[
    IntArray,
    IntArray,
    tuple[IntArray, IntArray, FloatArray],
    FloatArray,
    IntArray,
    IntArray,
    IntArray,
    FloatArray,
    FloatArray,
]
"""Injector of each; its measured pairs (first and last); ends of the pairs and 1 / rated voltage; numbers;
choices; corners of the volt-var and of the volt-watt curve (first and last); voltages and shares of all."""


@dataclass(frozen=True, slots=True)
class InverterLimits:
    """Where an inverter ends, in watts and var.

    Attributes
    ----------
    most_w : what its panels or its settings allow at most.
    watt_base_w : what the shares of the volt-watt curve are of; 0: of what it could give.
    up_var, down_var : largest reactive power produced and drawn.
    quiet_w : power below which the volt-var curve rests.
    """

    most_w: float
    watt_base_w: float
    up_var: float
    down_var: float
    quiet_w: float

    @classmethod
    def of(cls, inverter: Inverter) -> "InverterLimits":
        """Return the limits of an inverter whose size is its rating."""
        curve, rating = inverter.curve, inverter.rating_va
        var = curve.var_limit * rating
        return cls(np.inf, rating, var, var, curve.quiet_below * rating)


@dataclass(frozen=True, slots=True)
class ModelInverter:
    """An inverter that the model brings along.

    Attributes
    ----------
    power_w : what it could give [W]; power_var : what it gives without a volt-var curve [var].
    phase : the only phase it goes by, from 1; 0: see `Inverter.monitored`.
    control : name of the element that holds the settings.
    """

    inverter: Inverter
    limits: InverterLimits
    power_w: float
    power_var: float
    phase: int
    control: str

    def driven(self) -> "ModelInverter":
        """Return it with its power given lane by lane."""
        return replace(self, power_w=np.nan, power_var=np.nan)


def placed(columns: Columns, place: IntArray) -> Columns:
    """Return the columns with the places of nodes for their numbers; the last entry is that of the ground."""
    node, other, scale = columns[2]
    return (*columns[:2], (place[node], place[other], scale), *columns[3:])


def inverter_columns(
    given: Sequence[Inverter], built_in: Sequence[ModelInverter], *, injectors: Injectors, draws: Draws
) -> Columns:
    """Return the table of all inverters; ends of measured pairs are nodes, `GROUND` for the reference.

    Each phase is measured across the element; those of the model to ground, as InvControl does it.

    Raises
    ------
    ModelError
        An element is not in the model, out of service, or has two curves.
    """
    names = {name.lower(): at for at, name in enumerate(injectors.elements.names)}
    chosen = {one.element.lower() for one in given}
    rows = [_Row(one, InverterLimits.of(one), np.nan, np.nan, 0, to_ground=False) for one in given] + [
        _Row(one.inverter, one.limits, one.power_w, one.power_var, one.phase, to_ground=True)
        for one in built_in
        if one.inverter.element.lower() not in chosen
    ]
    if len(chosen) < len(given):
        raise ModelError("an element has two inverter curves", why=_twice(given))
    places = [_place(names, row.inverter.element) for row in rows]
    ends = [_ends(row, at, draws) for row, at in zip(rows, places, strict=True)]
    return (
        np.array(places, np.int64),
        spans_of([len(end[0]) for end in ends]),
        _joined(ends),
        *_settings(rows),
    )


def settings_of(given: Sequence[Inverter]) -> Settings:
    """Return numbers, choices and curves of some inverters, as `Columns` ends with them."""
    return _settings([_Row(one, InverterLimits.of(one), np.nan, np.nan, 0, to_ground=True) for one in given])


def _settings(rows: "Sequence[_Row]") -> Settings:
    curves = [row.inverter.curve for row in rows]
    corners = [points for curve in curves for points in (curve.volt_var, curve.volt_watt)]
    spans = spans_of([len(points) for points in corners]).reshape(-1, 2, 2)
    flat = np.array([corner for points in corners for corner in points], float).reshape(-1, 2)
    return (
        np.array([row.numbers() for row in rows], float).reshape(-1, 8),
        np.array([row.choices() for row in rows], np.int64).reshape(-1, 4),
        np.ascontiguousarray(spans[:, 0]),
        np.ascontiguousarray(spans[:, 1]),
        np.ascontiguousarray(flat[:, 0]),
        np.ascontiguousarray(flat[:, 1]),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One inverter; NaN power is given lane by lane."""

    inverter: Inverter
    limits: InverterLimits
    power_w: float
    power_var: float
    phase: int
    to_ground: bool

    def numbers(self) -> tuple[float, ...]:
        limits = self.limits
        own = (self.power_w, self.power_var)
        return (
            self.inverter.rating_va,
            limits.most_w,
            limits.watt_base_w,
            limits.up_var,
            limits.down_var,
            limits.quiet_w,
            *own,
        )

    def choices(self) -> tuple[int, ...]:
        curve = self.inverter.curve
        return int(curve.reference), int(curve.watt_first), int(self.inverter.monitored), self.phase


def _ends(row: _Row, place: int, draws: Draws) -> tuple[IntArray, IntArray, FloatArray]:
    mine = np.flatnonzero(draws.injector == place)
    if not len(mine):
        raise ModelError(
            f"the inverter {row.inverter.element} is not in service",
            why="the model has it disabled or connected to nothing",
        )
    other = np.full(len(mine), GROUND, np.int64) if row.to_ground else draws.other[mine]
    return draws.node[mine], other, 1.0 / draws.base_v[mine]


def _joined(ends: Sequence[tuple[IntArray, IntArray, FloatArray]]) -> tuple[IntArray, IntArray, FloatArray]:
    none = np.empty(0, np.int64)
    return (
        np.concatenate([none, *(end[0] for end in ends)]),
        np.concatenate([none, *(end[1] for end in ends)]),
        np.concatenate([np.empty(0), *(end[2] for end in ends)]),
    )


def spans_of(sizes: Sequence[int]) -> IntArray:
    """Return first and last (exclusive) of consecutive groups, (groups, 2)."""
    last = np.cumsum(np.array(sizes, np.int64), dtype=np.int64)
    return np.stack([last - np.array(sizes, np.int64), last], axis=1).reshape(-1, 2)


def _place(names: dict[str, int], element: str) -> int:
    if element.lower() not in names:
        raise ModelError(f"the inverter {element} is not in the model")
    return names[element.lower()]


def _twice(given: Sequence[Inverter]) -> str:
    elements = [one.element.lower() for one in given]
    return ", ".join(sorted({element for element in elements if elements.count(element) > 1}))


NO_INVERTERS: Columns = (
    np.empty(0, np.int64),
    spans_of([]),
    _joined([]),
    np.empty((0, 8)),
    np.empty((0, 4), np.int64),
    spans_of([]),
    spans_of([]),
    np.empty(0),
    np.empty(0),
)
"""The columns of none."""
