"""Reads the InvControls of a model: which PV systems follow which curves.

What an InvControl of the DSS C-API wants of a PV system, and where the two of them end, is in `Calc_PBase`,
`Check_Plimits`, `Check_Qlimits` and `Calc_QHeadRoom` of InvControl.pas, and in `ComputeInverterPower` of
PVsystem.pas.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from hcr.errors import ModelError
from hcr.powerflow.inverter_curves import Inverter, InverterCurve, Monitored, Points, Reference
from hcr.powerflow.inverter_table import InverterLimits, ModelInverter
from hcr.powerflow.opendss_names import quoted
from hcr.powerflow.passive import Uncovered

MODES = {"voltvar": ("vvc_curve1",), "voltwatt": ("voltwatt_curve",)}
COMBINED = {"vv_vw": ("vvc_curve1", "voltwatt_curve")}

PLAIN = {
    "hysteresis_offset": ("0", "its volt-var curve has hysteresis"),
    "voltage_curvex_ref": ("rated", "its curves go by an average over time"),
    "rateofchangemode": ("inactive", "it limits the rate of change"),
    "monbus": ("", "it monitors other buses"),
    "controlmodel": ("0", "its control model is not linear"),
}
"""Settings that must be as they are by default, and what it means where they are not."""

MONITORED = {"avg": Monitored.AVERAGE, "max": Monitored.HIGHEST, "min": Monitored.LOWEST}


def read_inverters(dss: Any) -> tuple[tuple[ModelInverter, ...], list[Uncovered]]:
    """Return the PV systems that follow curves, and the controls whose settings the batch engine lacks."""
    classes = dss.to_altdss()
    found: dict[str, ModelInverter] = {}
    uncovered: list[Uncovered] = []
    for control in classes.InvControl if len(classes.InvControl) else ():
        if not control.Enabled:
            continue
        name = f"InvControl.{control.Name}"
        settings = _Settings(dss, name)
        reason = settings.why_not() or _why_not_elements(control.DERList, found)
        read: dict[str, ModelInverter] = {}
        if not reason:
            read, reason = _followers(dss, control, settings)
        if reason:
            uncovered.append(Uncovered(name, reason))
        else:
            found |= read
    return tuple(found.values()), uncovered


class _Settings:
    """Settings of one InvControl, as the engine writes them."""

    def __init__(self, dss: Any, name: str) -> None:
        self._text, self.name = dss.Text, name

    def text(self, prop: str) -> str:
        """Return a setting in lower case."""
        self._text.Command = f"? {quoted(f'{self.name}.{prop}')}"
        return str(self._text.Result).strip().lower()

    @property
    def curves(self) -> tuple[str, ...]:
        """Return the properties that name its curves; none where the mode is not known."""
        return MODES.get(self.text("mode"), ()) or COMBINED.get(self.text("combimode"), ())

    @property
    def monitored(self) -> tuple[Monitored, int]:
        """Return which voltages count, or the only phase that does, from 1."""
        text = self.text("monvoltagecalc")
        return MONITORED.get(text, Monitored.AVERAGE), 0 if text in MONITORED else int(text)

    def why_not(self) -> str:
        """Return why the batch engine cannot follow it; empty if it can."""
        if not self.curves:
            return f"its mode is {self.text('mode') or self.text('combimode') or 'not set'}"
        for prop, (plain, reason) in PLAIN.items():
            if self.text(prop) != plain:
                return reason
        missing = [prop for prop in self.curves if not self.text(prop)]
        return f"it has no {missing[0]}" if missing else ""


def _why_not_elements(names: list[str], found: Mapping[str, ModelInverter]) -> str:
    others = [name for name in names if not name.lower().startswith("pvsystem.")]
    if others:
        return f"it controls {others[0]}, which is no PV system"
    twice = [name for name in names if name.lower() in found]
    return f"{twice[0]} has another control besides" if twice else ""


def _followers(dss: Any, control: Any, settings: _Settings) -> tuple[dict[str, ModelInverter], str]:
    """Return the PV systems of a control, and why they cannot be followed."""
    followers: dict[str, ModelInverter] = {}
    systems = dss.to_altdss().PVSystem
    for element in control.DERList:
        system = systems[element.partition(".")[2]]
        reason = _why_not_system(system, settings)
        if reason:
            return {}, f"{element}: {reason}"
        if system.Enabled and _is_on(system, settings):
            try:
                followers[element.lower()] = _follower(system, element, control, settings)
            except ModelError as error:
                return {}, str(error)
    return followers, ""


def _why_not_system(system: Any, settings: _Settings) -> str:
    if system.PFPriority:
        return "its power factor has priority"
    if system.pctPMinkvarMax > 0.0:
        return "its reactive power is limited by a slope (%PMinkvarMax)"
    if "vvc_curve1" not in settings.curves and system.PF != 1.0:
        return "its reactive power follows a power factor"
    return ""


def _is_on(system: Any, settings: _Settings) -> bool:
    """Return whether the control acts: volt-var may, on an inverter that gives no power."""
    is_off = _panel_w(system) < system.kVA * 1e3 * system.pctCutOut / 100.0
    return not is_off or ("vvc_curve1" in settings.curves and not system.VarFollowInverter)


def _panel_w(system: Any) -> float:
    return 1e3 * float(system.GetVariableValue("PanelkW"))


def _follower(system: Any, element: str, control: Any, settings: _Settings) -> ModelInverter:
    rating, peak = system.kVA * 1e3, system.Pmpp * 1e3
    most = peak * system.pctPmpp / 100.0
    is_off = _panel_w(system) < rating * system.pctCutOut / 100.0
    power = 0.0 if is_off else _panel_w(system) * float(system.GetVariableValue("Efficiency"))
    bases = {"pavailablepu": 0.0, "pmpppu": peak, "pctpmpppu": most, "kvaratingpu": rating}
    is_varaval = settings.text("refreactivepower") == "varaval"
    curve = InverterCurve(
        volt_var=_points(control.VVC_Curve1, lowest=-1.0) if "vvc_curve1" in settings.curves else (),
        volt_watt=_points(control.VoltWatt_Curve, lowest=0.0) if "voltwatt_curve" in settings.curves else (),
        reference=Reference.VARAVAL if is_varaval else Reference.VARMAX,
        watt_first=bool(system.WattPriority) or is_varaval,
    )
    monitored, phase = settings.monitored
    limits = InverterLimits(
        most_w=most,
        watt_base_w=bases[settings.text("voltwattyaxis")],
        up_var=system.kvarMax * 1e3,
        down_var=system.kvarMaxAbs * 1e3,
        quiet_w=system.pctPMinNoVars * peak / 100.0,
    )
    own = (power, float(system.kvar) * 1e3)
    return ModelInverter(
        Inverter(element, curve, rating, monitored), limits, *own, phase, f"InvControl.{control.Name}"
    )


def _points(curve: Any, *, lowest: float) -> Points:
    """Return the corners of an XYCurve, its last slopes drawn on until the share is at its end.

    OpenDSS goes on along the slope beyond the corners; what an inverter does ends at `lowest` and 1.
    """
    pairs = np.stack([np.asarray(curve.XArray, float), np.asarray(curve.YArray, float)], axis=1)
    corners = [(float(volts), float(share)) for volts, share in pairs]
    if len(corners) < 2:
        return tuple(corners)
    before = _beyond(corners[1], corners[0], lowest)
    after = _beyond(corners[-2], corners[-1], lowest)
    return (*before, *corners, *after)


def _beyond(inner: tuple[float, float], outer: tuple[float, float], lowest: float) -> Points:
    """Return the corner where the line through two corners ends outside the outer one, if it slopes there."""
    rise, run = outer[1] - inner[1], outer[0] - inner[0]
    end = 1.0 if rise > 0.0 else lowest
    if rise == 0.0 or run == 0.0 or outer[1] == end:
        return ()
    return ((outer[0] + (end - outer[1]) * run / rise, end),)
