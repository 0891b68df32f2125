"""What planners look up in a circuit or change besides its electricity: lengths, ratings, set points."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hcr.powerflow.circuit import FloatArray


@dataclass(frozen=True, slots=True)
class LineData:
    """A line; `length` is in its `unit`, which is `none` where the model has none."""

    name: str
    length: float
    unit: str
    underground: bool
    switch: bool
    normal_a: float
    emergency_a: float


@dataclass(frozen=True, slots=True)
class TransformerData:
    """A transformer.

    Attributes
    ----------
    windings_kva : nameplate of each winding [kVA].
    normal_kva, emergency_kva : what its first winding may carry [kVA].
    tap : of the first winding [pu]; lowest_tap, highest_tap : its range [pu]; tap_steps : of that range.
    """

    name: str
    phases: int
    windings_kva: tuple[float, ...]
    normal_kva: float
    emergency_kva: float
    tap: float = 1.0
    lowest_tap: float = 0.9
    highest_tap: float = 1.1
    tap_steps: int = 32


@dataclass(frozen=True, slots=True)
class RegulatorData:
    """The control of a regulator.

    Attributes
    ----------
    set_point_v : at the control [V]; nominal_v : of a phase of the winding it measures [V].
    pt_ratio : between that winding and the control.
    """

    name: str
    transformer: str
    winding: int
    set_point_v: float
    nominal_v: float
    pt_ratio: float


@dataclass(frozen=True, slots=True)
class ProtectionData:
    """A recloser, fuse or controlled switch: its class in lower case, its element and terminal."""

    kind: str
    name: str
    element: str
    terminal: int


@dataclass(frozen=True, slots=True)
class Equipment:
    """Equipment of a circuit, all that is in service.

    Attributes
    ----------
    normal_a, emergency_a : (branches,) float, current at terminal 1 as OpenDSS rates each branch [A], 0 for
        none. Transformers differ from `Branches`: 110 and 150 % of nameplate unless the model says otherwise.
    """

    lines: tuple[LineData, ...]
    transformers: tuple[TransformerData, ...]
    regulators: tuple[RegulatorData, ...]
    protection: tuple[ProtectionData, ...]
    normal_a: FloatArray
    emergency_a: FloatArray


def read_equipment(dss: Any, names: Sequence[str]) -> Equipment:
    """Return the equipment of an engine context.

    Parameters
    ----------
    names : of the branches, in their order.
    """
    engine = dss.to_altdss()
    rated = {
        one.FullName().lower(): (float(one.NormAmps), float(one.EmergAmps))
        for group in (engine.Line, engine.Transformer)
        for one in group
        if one.Enabled
    }
    ratings = np.array([rated.get(name.lower(), (0.0, 0.0)) for name in names]).reshape(-1, 2)
    return Equipment(
        lines=tuple(_line(one) for one in engine.Line if one.Enabled),
        transformers=tuple(_transformer(one) for one in engine.Transformer if one.Enabled),
        regulators=tuple(_regulator(one) for one in engine.RegControl if one.Enabled),
        protection=tuple(_protection(engine)),
        normal_a=ratings[:, 0].copy(),
        emergency_a=ratings[:, 1].copy(),
    )


def _line(line: Any) -> LineData:
    return LineData(
        name=line.FullName(),
        length=float(line.Length),
        unit=str(line.Units_str).lower(),
        underground=str(line.LineType_str).lower().startswith("ug"),
        switch=bool(line.Switch),
        normal_a=float(line.NormAmps),
        emergency_a=float(line.EmergAmps),
    )


def _transformer(transformer: Any) -> TransformerData:
    return TransformerData(
        name=transformer.FullName(),
        phases=int(transformer.Phases),
        windings_kva=tuple(float(kva) for kva in transformer.kVAs),
        normal_kva=float(transformer.NormHkVA),
        emergency_kva=float(transformer.EmergHkVA),
        tap=float(transformer.Taps[0]),
        lowest_tap=float(transformer.MinTap[0]),
        highest_tap=float(transformer.MaxTap[0]),
        tap_steps=int(transformer.NumTaps[0]),
    )


def _regulator(control: Any) -> RegulatorData:
    transformer, winding = control.Transformer, int(control.Winding)
    kv = float(transformer.kVs[winding - 1])
    phase_kv = kv / np.sqrt(3.0) if int(transformer.Phases) > 1 else kv  # phase to phase from two phases on
    return RegulatorData(
        name=control.FullName(),
        transformer=transformer.FullName(),
        winding=winding,
        set_point_v=float(control.VReg),
        nominal_v=1e3 * float(phase_kv),
        pt_ratio=float(control.PTRatio),
    )


def _protection(engine: Any) -> Iterator[ProtectionData]:
    for group in (engine.Recloser, engine.Fuse, engine.SwtControl):
        for one in group:
            watching = hasattr(one, "MonitoredObj")
            element = one.MonitoredObj if watching else one.SwitchedObj
            terminal = one.MonitoredTerm if watching else one.SwitchedTerm
            if one.Enabled and element is not None:
                kind = one.FullName().partition(".")[0].lower()
                yield ProtectionData(kind, one.FullName(), element.FullName(), int(terminal))
