"""What came of a package, for people: models, worst voltages, hours outside limits, transformer peaks."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from hcr.cli.fetch import ZoneResults, read_results
from hcr.cli.output import aligned
from hcr.errors import HcrError

if TYPE_CHECKING:
    from hcr.cli.session import Session
    from hcr.client.answers import WorkPackage
    from hcr.client.api import HostingCapacityApi

ZONES_SHOWN = 12


def show_outcome(session: "Session", api: "HostingCapacityApi", package: "WorkPackage") -> None:
    """Write what failed in a package to stderr, and its results where the service hands them out."""
    if session.quiet:
        return
    for one in package.failures:
        session.say(f"  failed: {one.feeder} · {one.scenario} · {one.year}: {one.message}")
    for warning in package.warnings:
        session.warn(warning)
    if not (package.totals and package.totals.succeeded and package.results_path):
        return
    try:
        found = read_results(api, package.id)
    except HcrError as error:
        session.warn(f"the results cannot be shown: {error}")
        return
    session.say("")
    session.say(worst_voltages(found))
    session.say(zone_table(found.zones))
    session.say(f"Tables and manifest: {package.results_path}")
    session.say(f"Copy them:  {session.command(f'work-package results {package.id} --out FOLDER')}")


def worst_voltages(found: ZoneResults) -> str:
    """Return the lowest and the highest voltage of customers, else of zones, with place and time."""
    rows = []
    for kind, pick in (("lowest", min), ("highest", max)):
        side = "min" if kind == "lowest" else "max"
        customers = [one for one in found.customers if one[f"{side}_voltage_pu"] is not None]
        zones = [one for one in found.zones if one[f"{side}_voltage_pu"] is not None]
        if customers:
            one = pick(customers, key=lambda row: float(str(row[f"{side}_voltage_pu"])))
            where = f"customer {one['load_id']} (feeder {one['feeder']}, zone {one['zone']})"
        elif zones:
            one = pick(zones, key=lambda row: float(str(row[f"{side}_voltage_pu"])))
            where = f"node {one[f'{side}_voltage_node']} (feeder {one['feeder']}, zone {one['zone']})"
        else:
            continue
        volts, per_unit = one[f"{side}_voltage_v"], one[f"{side}_voltage_pu"]
        stamp = local_time(one[f"{side}_voltage_timestamp"], found.offsets.get(str(one["feeder"]), "+00:00"))
        rows.append(f"  {kind:8}{volts:6.1f} V  {per_unit:.3f} pu  {stamp}  {where}")
    return "Worst voltages, phase to neutral\n" + "\n".join(rows) + "\n"


def local_time(stamp: object, offset: str) -> str:
    """Return an instant in UTC as local standard time, `2025-02-10 19:00+10:00`."""
    zone = datetime.strptime(offset, "%z").tzinfo
    at = datetime.fromisoformat(str(stamp)).astimezone(zone)
    return at.isoformat(sep=" ", timespec="minutes")


def zone_table(zones: Sequence[dict[str, object]]) -> str:
    """Return the zones as text, those with most hours outside limits first."""
    ordered = sorted(zones, key=_severity)
    head = [
        "FEEDER", "ZONE", "YEAR", "MIN PU", "MAX PU", "UNDER h", "OVER h", "EMERG h", "THERMAL h", "PEAK kVA",
        "LOADING %", "IMPORT kW", "EXPORT kW", "IMPORT MWh", "EXPORT MWh",
    ]  # fmt: skip
    rows = [head, *(_zone_row(zone) for zone in ordered[:ZONES_SHOWN])]
    title = "Zones: extreme voltages, hours outside normal and emergency limits, peaks and energy at the head"
    rest = len(ordered) - ZONES_SHOWN
    return f"{title}\n{aligned(rows)}" + (f"and {rest} more zones\n" if rest > 0 else "")


def _zone_row(zone: dict[str, object]) -> list[str]:
    emergency = _number(zone, "hours_over_emergency") + _number(zone, "hours_under_emergency")
    thermal = _number(zone, "thermal_load_normal_hours") + _number(zone, "thermal_gen_normal_hours")
    return [
        str(zone["feeder"]),
        str(zone["zone"]),
        str(zone["year"]),
        _text(zone["min_voltage_pu"], ".3f"),
        _text(zone["max_voltage_pu"], ".3f"),
        _text(zone["hours_any_node_under_normal"], ".1f"),
        _text(zone["hours_any_node_over_normal"], ".1f"),
        f"{emergency:.1f}",
        f"{thermal:.1f}",
        _text(zone["peak_kva"], ".0f"),
        _text(zone["peak_loading_percent"], ".0f"),
        _text(zone["peak_import_kw"], ".0f"),
        _text(zone["peak_export_kw"], ".0f"),
        f"{abs(_number(zone, 'import_kwh')) / 1e3:.1f}",
        f"{abs(_number(zone, 'export_kwh')) / 1e3:.1f}",
    ]


def _severity(zone: dict[str, object]) -> tuple[float, float, str]:
    outside = _number(zone, "hours_any_node_under_normal") + _number(zone, "hours_any_node_over_normal")
    return (
        -outside - _number(zone, "thermal_load_normal_hours"),
        -_number(zone, "peak_kva"),
        str(zone["zone"]),
    )


def _number(zone: dict[str, object], key: str) -> float:
    value = zone.get(key)
    return float(value) if isinstance(value, int | float) else 0.0


def _text(value: object, form: str) -> str:
    return format(value, form) if isinstance(value, int | float) else "-"
