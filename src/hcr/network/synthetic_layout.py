"""The drawn plan of a synthetic feeder: trunks, streets and the PV systems on the roofs."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.synthetic_plan import CustomerSite, FeederLayout
from hcr.network.synthetic_street import Street, ZoneSite, draw_street
from hcr.network.synthetic_trunk import SOURCE_BUS, plan_trunks

NEIGHBOUR_SPREAD = 1.8  # log standard deviation between zones of the odds to have PV: roofs copy roofs
# What installers sell: module rating [kW] and share of the systems. Single-phase systems end at 6.65 kW, the
# most that 4/3 of a 5 kVA inverter carries; 5 kVA a phase is the usual connection limit in Australia.
SINGLE_PHASE_PV_KW = (3.0, 4.0, 5.0, 6.6)
SINGLE_PHASE_PV_SHARE = (0.25, 0.25, 0.25, 0.25)
THREE_PHASE_PV_KW = (5.0, 6.6, 8.0, 10.0)
THREE_PHASE_PV_SHARE = (0.25, 0.30, 0.20, 0.25)
INVERTER_KVA = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
MAX_DC_AC_RATIO = 4.0 / 3.0


def draw_layout(recipe: FeederRecipe, rng: np.random.Generator) -> FeederLayout:
    """The whole feeder; customers are numbered along the trunks from the zone substation."""
    plan = plan_trunks(recipe, rng)
    zone_digits, digits = max(3, len(str(len(plan.zones)))), max(4, len(str(recipe.customers)))
    streets: list[Street] = []
    first = 1
    for number, zone in enumerate(plan.zones, start=1):
        names = tuple(f"c{i:0{digits}d}" for i in range(first, first + zone.customers))
        site = ZoneSite(zone, f"t{number:0{zone_digits}d}", plan.places[zone.mv_bus], names)
        streets.append(draw_street(site, rng))
        first += zone.customers
    customers = sorted((c for street in streets for c in street.customers), key=lambda c: c.name)
    return FeederLayout(
        source_bus=SOURCE_BUS,
        mv_spans=tuple(plan.spans),
        transformers=tuple(street.transformer for street in streets),
        lv_spans=tuple(span for street in streets for span in street.spans),
        customers=tuple(_install_pv(customers, share=recipe.pv_share, rng=rng)),
        places=plan.places | {bus: place for street in streets for bus, place in street.places.items()},
    )


def _install_pv(
    customers: list[CustomerSite], *, share: float, rng: np.random.Generator
) -> list[CustomerSite]:
    """The customers, exactly the rounded share of them with a PV system, clustered by zone."""
    chosen = _choose_roofs(customers, count=round(share * len(customers)), rng=rng)
    return [
        _with_pv(customer, rng) if has_pv else customer
        for customer, has_pv in zip(customers, chosen, strict=True)
    ]


def _choose_roofs(
    customers: list[CustomerSite], *, count: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which customers have PV: a weighted draw without replacement.

    Notes
    -----
    The `count` largest of ``log(weight) + Gumbel noise`` are such a draw: the exponential-keys method of
    Efraimidis and Spirakis (2006) on a logarithmic scale.
    """
    zones = sorted({customer.transformer for customer in customers})
    log_odds = dict(zip(zones, rng.normal(0.0, NEIGHBOUR_SPREAD, len(zones)), strict=True))
    keys = np.array([log_odds[c.transformer] for c in customers]) + rng.gumbel(size=len(customers))
    chosen = np.zeros(len(customers), dtype=np.bool_)
    chosen[np.argsort(-keys, kind="stable")[:count]] = True
    return chosen


def _with_pv(customer: CustomerSite, rng: np.random.Generator) -> CustomerSite:
    """The customer with a PV system drawn from what fits its connection."""
    if customer.phases == "ABC":
        pv_kw = float(rng.choice(THREE_PHASE_PV_KW, p=THREE_PHASE_PV_SHARE))
    else:
        pv_kw = float(rng.choice(SINGLE_PHASE_PV_KW, p=SINGLE_PHASE_PV_SHARE))
    inverter_kva = next(kva for kva in INVERTER_KVA if kva * MAX_DC_AC_RATIO >= pv_kw)
    return replace(customer, pv_kw=pv_kw, pv_inverter_kva=inverter_kva)
