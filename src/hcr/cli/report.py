"""What came of a package, for people: models, worst voltages, hours outside limits, transformer peaks."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    if found.kind == "interconnection":
        session.say(f"See them:  {session.command(f'interconnection show {package.id}')}")
        session.say(f"As a page: {session.command(f'interconnection report {package.id}')}")
    else:
        session.say(worst_voltages(found))
        session.say(zone_table(found.zones, instant=package.load_type == "FIXED_TIME"))
    there = "" if api.transport.endpoint.protocol == "embedded" else " on the service's machine"
    session.say(f"Tables and manifest{there}: {package.results_path}")
    session.say(f"Copy them:  {session.command(f'work-package results {package.id} --out FOLDER')}")


def worst_voltages(found: ZoneResults) -> str:
    """Return the lowest and the highest voltage of customers, else of zones, with place and local time."""
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


def zone_table(zones: Sequence[dict[str, object]], *, instant: bool = False) -> str:
    """Return the zones as text, those with most outside their limits first.

    At an instant every entry of the override lists is a solve of its own, so nothing is added up to hours
    or energy.
    """
    columns = [*EXTREMES, *PEAKS] if instant else [*EXTREMES, *HOURS, *PEAKS, *ENERGY]
    ordered = sorted(zones, key=_severity)
    head = ["FEEDER", "ZONE", "YEAR", *(column.head for column in columns)]
    rows = [
        [
            str(zone["feeder"]),
            str(zone["zone"]),
            str(zone["year"]),
            *(column.text(zone) for column in columns),
        ]
        for zone in ordered[:ZONES_SHOWN]
    ]
    rest = len(ordered) - ZONES_SHOWN
    more = f"and {rest} more zones\n" if rest > 0 else ""
    return f"Zones\n{aligned([head, *rows])}{more}{INSTANT_NOTE if instant else PERIOD_NOTE}\n"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the zone table: its head, the summary columns it adds up, and how it is written."""

    head: str
    keys: tuple[str, ...]
    form: str = ".1f"
    scale: float = 1.0

    def text(self, zone: dict[str, object]) -> str:
        """Return the cell of a zone; `-` where there is no value."""
        values = [value for value in (zone.get(key) for key in self.keys) if isinstance(value, int | float)]
        if not values:
            return "-"
        text = format(sum(values) * self.scale, self.form)
        return text.removeprefix("-") if float(text) == 0 else text


EXTREMES = (
    _Column("MIN PU", ("min_voltage_pu",), ".3f"),
    _Column("MAX PU", ("max_voltage_pu",), ".3f"),
    _Column("CUST UNDER", ("customers_under_normal",), ".0f"),
    _Column("CUST OVER", ("customers_over_normal",), ".0f"),
)
HOURS = (
    _Column("UNDER h", ("hours_under_normal",)),
    _Column("OVER h", ("hours_over_normal",)),
    _Column("EMERG h", ("hours_under_emergency", "hours_over_emergency")),
    _Column("THERMAL h", ("thermal_load_normal_hours", "thermal_gen_normal_hours")),
)
PEAKS = (
    _Column("PEAK kVA", ("peak_kva",), ".0f"),
    _Column("LOADING %", ("peak_loading_percent",), ".0f"),
    _Column("IMPORT kW", ("peak_import_kw",), ".0f"),
    _Column("EXPORT kW", ("peak_export_kw",), ".0f"),
)
ENERGY = (
    _Column("IMPORT MWh", ("import_kwh",), ".1f", 1e-3),
    _Column("EXPORT MWh", ("export_kwh",), ".1f", 1e-3),
)

PERIOD_NOTE = """\
CUST UNDER/OVER: customers that are outside 216-253 V at any time, phase to neutral at the connection.
UNDER, OVER, EMERG h: hours in which the mean voltage of the zone's nodes, phase to ground, is outside
216-253 V (EMERG: 207-260 V). THERMAL h: hours in which a branch of the zone is above its normal rating.
"""

INSTANT_NOTE = """\
CUST UNDER/OVER: customers outside 216-253 V, phase to neutral, in any entry of the override lists.
Every customer's voltage in every entry: table customer_voltages.
"""


def _severity(zone: dict[str, object]) -> tuple[float, ...]:
    customers = _number(zone, "customers_under_normal") + _number(zone, "customers_over_normal")
    hours = sum(_number(zone, key) for column in HOURS for key in column.keys)
    return (-customers, -hours, -_number(zone, "peak_kva"))


def _number(zone: dict[str, object], key: str) -> float:
    value = zone.get(key)
    return float(value) if isinstance(value, int | float) else 0.0
