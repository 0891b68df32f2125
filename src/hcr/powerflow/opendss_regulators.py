"""Reads a voltage regulator out of the engine.

What the settings mean: RegControl.pas and Transformer.pas of the DSS C-API (Sample, GetWindingVoltages,
RotatePhases). Where a setting makes the engine read stale memory, the regulator is not followed.
"""

from hcr.powerflow.circuit import GROUND
from hcr.powerflow.control_kinds import HIGHEST, LOWEST, SINGLE
from hcr.powerflow.controls import RegControl, Reversal, Target
from hcr.powerflow.opendss_properties import Properties
from hcr.powerflow.opendss_switched import ControlledParts, NotFollowedError

PHASES = {"max": HIGHEST, "min": LOWEST}


def read_regulator(model: Properties, parts: ControlledParts) -> RegControl:
    """Return a regulator.

    Raises
    ------
    NotFollowedError
        The batch engine does not follow it.
    """
    transformer = model.text("transformer").lower().removeprefix("transformer.")
    branch = parts.branch(f"transformer.{transformer}")
    winding, moved = model.whole("winding"), model.whole("tapwinding")
    own = _winding_pairs(parts, transformer, branch, winding=winding)
    remote = bool(model.text("bus"))
    choice = model.text("ptphase").lower()
    phase = PHASES[choice] if choice in PHASES else min(int(choice), len(own))
    return RegControl(
        name=model.name,
        changer=parts.changer(transformer, moved),
        pairs=_remote_pairs(model, parts, transformer, winding=winding) if remote else own,
        phase=SINGLE if remote else phase,
        limited=own[0],
        limit=max(0.0, model.number("vlimit")),
        terminal=tuple(int(at) for at in parts.branches.conductors(branch, winding)),
        pt_ratio=model.number("ptratio"),
        measured_ratio=model.number("remoteptratio" if remote else "ptratio"),
        ct_primary=model.number("ctprim"),
        base_v=_base_volts(parts, transformer, winding),
        target=_target(model, "", drops=not remote),
        reversal=None if remote else _reversal(model),
        remote=remote,
        backwards=moved != winding,
        delay_s=model.number("delay"),
        inverse=model.flag("inversetime"),
        most_steps=model.whole("maxtapchange"),
    )


def _winding_pairs(
    parts: ControlledParts, transformer: str, branch: int, *, winding: int
) -> tuple[tuple[int, int], ...]:
    """Return the nodes across each phase of a winding."""
    table = parts.branches
    ends = [int(node) for node in table.node[table.conductors(branch, winding)]]
    phases = parts.phases(f"transformer.{transformer}")
    if not parts.winding(transformer, winding).IsDelta:
        return tuple((ends[phase], ends[phases]) for phase in range(phases))
    turn = _delta_direction(parts, transformer)
    if phases > 2:
        return tuple((ends[phase], ends[(phase + turn) % phases]) for phase in range(phases))
    if turn < 0:
        raise NotFollowedError("it measures a delta winding of one or two phases whose low side leads")
    return tuple((ends[phase], ends[phase + 1]) for phase in range(phases))


def _delta_direction(parts: ControlledParts, transformer: str) -> int:
    """Return 1 if a phase of a delta winding lies between a conductor and the next, -1 for the one before."""
    first = parts.winding(transformer, 1)
    first_is_delta, first_kv = bool(first.IsDelta), float(first.kV)
    second = parts.winding(transformer, 2)  # the same view, turned to the other winding
    if bool(second.IsDelta) == first_is_delta:
        return 1
    high_is_delta = first_is_delta if first_kv >= float(second.kV) else not first_is_delta
    leads = Properties(parts.dss, f"transformer.{transformer}").text("leadlag").lower() in ("lead", "euro")
    return 1 if high_is_delta == leads else -1


def _remote_pairs(
    model: Properties, parts: ControlledParts, transformer: str, *, winding: int
) -> tuple[tuple[int, int], ...]:
    """Return the one node of another bus that a regulator goes by."""
    if parts.winding(transformer, winding).IsDelta:
        raise NotFollowedError("it measures another bus on behalf of a delta winding")
    if model.text("ptphase").lower() not in ("1", *PHASES):
        raise NotFollowedError("it measures another bus, and another phase than the first named there")
    name, *numbers = model.text("bus").lower().split(".")
    node = parts.places.get(f"{name}.{numbers[0] if numbers else 1}")
    if node is None:
        raise NotFollowedError(f"the bus that it measures, {model.text('bus')}, has no such node")
    return ((node, GROUND),)


def _base_volts(parts: ControlledParts, transformer: str, winding: int) -> float:
    """Return the rated voltage of a phase of a winding [V]."""
    view = parts.winding(transformer, winding)
    volts, delta = float(view.kV) * 1e3, bool(view.IsDelta)
    wye = not delta and parts.phases(f"transformer.{transformer}") in (2, 3)
    return float(volts / 3.0**0.5) if wye else volts


def _target(model: Properties, prefix: str, *, drops: bool) -> Target:
    """Return what a regulator aims at; its forward settings say whether and how it minds the line drop."""
    volts, band = model.number(f"{prefix}vreg"), model.number(f"{prefix}band")
    by_magnitude = model.number("ldc_z")
    active = model.number("r") != 0.0 or model.number("x") != 0.0 or by_magnitude > 0.0
    if not (drops and active):
        return Target(volts, band)
    if by_magnitude != 0.0:
        return Target(volts, band, drop_z=model.number("rev_z" if prefix else "ldc_z"))
    return Target(volts, band, drop_r=model.number(f"{prefix}r"), drop_x=model.number(f"{prefix}x"))


def _reversal(model: Properties) -> Reversal | None:
    cogeneration = model.flag("cogen")
    if not (model.flag("reversible") or cogeneration):
        return None
    return Reversal(
        target=_target(model, "rev", drops=True),
        threshold_w=model.number("revthreshold") * 1e3,
        delay_s=model.number("revdelay"),
        neutral=model.flag("revneutral"),
        neutral_delay_s=model.number("tapdelay"),
        cogeneration=cogeneration,
    )
