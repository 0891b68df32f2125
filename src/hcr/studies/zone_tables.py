"""Which zone tables a task writes, and their rows."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from hcr.network.feeder import Customer
from hcr.studies.calendar import Calendar
from hcr.studies.case import Case
from hcr.studies.constraints import constraints
from hcr.studies.enhanced_metrics import enhanced_table
from hcr.studies.meter_tables import (
    ZoneAssets,
    duration_curves,
    energy_meter_voltages,
    energy_meters,
    link_to_input,
)
from hcr.studies.metric_options import EnhancedOptions
from hcr.studies.task import Outputs
from hcr.studies.zone_series import ZoneSeries
from hcr.studies.zone_summary import zone_summary

Rows = Mapping[str, "np.ndarray[Any, np.dtype[Any]]"]


def zone_tables(
    case: Case, series: list[ZoneSeries], calendar: Calendar, *, beyond: Mapping[str, tuple[int, int]]
) -> dict[str, Rows]:
    """Return the rows of every zone table that the task asks for, and of those that always are, by name.

    Parameters
    ----------
    beyond : customers over and under the normal limits at any time, by zone name.
    """
    outputs = case.task.outputs
    assets = zone_assets(case)
    customers = {name: one.customers for name, one in assets.items()}
    options = _options(outputs)
    tables: dict[str, Rows] = {
        "zone_summary": zone_summary(series, calendar, customers=customers, beyond=beyond),
        "link_to_input": link_to_input(case.zones, assets),
    }
    if outputs.enhanced_metrics:
        tables["network_performance_metrics_enhanced"] = enhanced_table(series, calendar, options=options)
    if outputs.duration_curves:
        tables["duration_curves"] = duration_curves(series, calendar)
    if outputs.constraints:
        tables["constraints"] = constraints(series, calendar, options=options)
    if outputs.energy_meters_raw:
        tables["energy_meters_raw"] = energy_meters(series, calendar)
    if outputs.energy_meter_voltages_raw:
        tables["energy_meter_voltages_raw"] = energy_meter_voltages(series, calendar)
    return tables


def zone_assets(case: Case) -> dict[str, ZoneAssets]:
    """Return what is installed inside each zone, by its name: its loads, and the PV behind their meters."""
    injectors = case.circuit.injectors
    names = [name.lower() for name in injectors.elements.names]
    zone_of = {
        names[at]: zone.name for zone in case.zones for at in zone.injectors.tolist() if injectors.is_load(at)
    }
    inside: dict[str, list[Customer]] = {zone.name: [] for zone in case.zones}
    for customer in case.feeder.customers:
        if zone := zone_of.get(customer.element.lower()):
            inside[zone].append(customer)
    loads = Counter(zone_of.values())
    return {
        zone: ZoneAssets(
            customers=loads[zone],
            panel_kw=sum(one.pv_kw for one in customers),
            inverter_kva=sum(one.pv_inverter_kva for one in customers),
        )
        for zone, customers in inside.items()
    }


def _options(outputs: Outputs) -> EnhancedOptions:
    return EnhancedOptions(
        load_normal=outputs.normal_load_thermal,
        load_emergency=outputs.emergency_load_thermal,
        gen_normal=outputs.normal_gen_thermal,
        gen_emergency=outputs.emergency_gen_thermal,
    )
