"""The LV side of a synthetic feeder: transformer, circuits, service lines and customers of one zone."""

import math
from dataclasses import dataclass

import numpy as np

from hcr.network.line_construction import (
    LV_ABC_50,
    LV_ABC_95,
    LV_ABC_150,
    LV_LIBRA,
    LV_MARS,
    LV_MERCURY,
    Construction,
    smallest_transformer,
)
from hcr.network.synthetic_plan import CustomerSite, Point, Span, TransformerSite, ZoneKind
from hcr.network.synthetic_trunk import ZonePlan

SINGLE_PHASE_SHARE = 0.80
COMMERCIAL_SHARE = {ZoneKind.SUBURB: 0.06, ZoneKind.VILLAGE: 0.05, ZoneKind.RURAL: 0.0}
COMMERCIAL_THREE_PHASE_SHARE = 0.85
MISPLACED_PHASE_SHARE = 0.18  # connected to whatever phase was handy instead of the one next in turn
MAX_CIRCUITS = 4
PLANNING_DEMAND_KVA = 3.6  # per customer, beside the margin below
PLANNING_MARGIN_KVA = 12.0
POLE_SPAN_M = {ZoneKind.SUBURB: (26.0, 42.0), ZoneKind.VILLAGE: (35.0, 55.0), ZoneKind.RURAL: (40.0, 75.0)}
CUSTOMERS_PER_POLE = {ZoneKind.SUBURB: 3, ZoneKind.VILLAGE: 2, ZoneKind.RURAL: 1}
SERVICE_M = {ZoneKind.SUBURB: (8.0, 25.0), ZoneKind.VILLAGE: (12.0, 35.0), ZoneKind.RURAL: (20.0, 60.0)}


@dataclass(frozen=True, slots=True)
class StreetStyle:
    """How a street was built: conductors of the near and far half of a circuit, customers it takes."""

    share: float
    main: Construction
    tail: Construction
    customers_per_circuit: int


# Most streets are stiff; the last style of each kind is the old weak one, where a study finds its violations.
STYLES: dict[ZoneKind, tuple[StreetStyle, ...]] = {
    ZoneKind.SUBURB: (
        StreetStyle(0.55, LV_ABC_150, LV_ABC_150, 11),
        StreetStyle(0.29, LV_MERCURY, LV_MERCURY, 11),
        StreetStyle(0.16, LV_MARS, LV_LIBRA, 19),
    ),
    ZoneKind.VILLAGE: (
        StreetStyle(0.50, LV_ABC_150, LV_ABC_150, 6),
        StreetStyle(0.30, LV_MERCURY, LV_MARS, 8),
        StreetStyle(0.20, LV_MARS, LV_LIBRA, 14),
    ),
    ZoneKind.RURAL: (
        StreetStyle(0.45, LV_ABC_150, LV_ABC_95, 3),
        StreetStyle(0.30, LV_MERCURY, LV_MARS, 4),
        StreetStyle(0.25, LV_LIBRA, LV_ABC_50, 8),
    ),
}


@dataclass(frozen=True, slots=True)
class Street:
    """The zone of one transformer: its LV spans, its customers, and where their buses are."""

    transformer: TransformerSite
    spans: tuple[Span, ...]
    customers: tuple[CustomerSite, ...]
    places: dict[str, Point]


@dataclass(frozen=True, slots=True)
class ZoneSite:
    """A zone that gets its name, its place on the map and the names of its customers."""

    plan: ZonePlan
    name: str
    place: Point
    customer_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pole:
    """A pole, the span that leads to it and the customers it serves."""

    bus: str
    span_m: float
    place: Point
    customers: tuple[str, ...]


def draw_street(site: ZoneSite, rng: np.random.Generator) -> Street:
    """The zone with its transformer, one to four circuits and every customer connected."""
    transformer = _draw_transformer(site, rng)
    styles = STYLES[site.plan.kind]
    style = styles[int(rng.choice(len(styles), p=[style.share for style in styles]))]
    circuits = min(MAX_CIRCUITS, math.ceil(site.plan.customers / style.customers_per_circuit))
    first_heading = float(rng.uniform(0.0, 2.0 * math.pi))
    spans: list[Span] = []
    poles: list[_Pole] = []
    for circuit in range(circuits):
        names = site.customer_names[circuit::circuits]
        heading = first_heading + 2.0 * math.pi * circuit / circuits
        drawn = _draw_circuit(site, f"{site.name}_{circuit + 1}", names=names, heading=heading, rng=rng)
        spans.extend(_wire(transformer.lv_bus, drawn, style))
        poles.extend(drawn)
    customers = _connect(poles, site, rng)
    places = {transformer.lv_bus: site.place} | {pole.bus: pole.place for pole in poles}
    places |= {
        customer.bus: _beside(places[customer.pole_bus], customer.service_m, rng) for customer in customers
    }
    return Street(transformer, tuple(spans), tuple(customers), places)


def _draw_transformer(site: ZoneSite, rng: np.random.Generator) -> TransformerSite:
    demand_kva = PLANNING_MARGIN_KVA + PLANNING_DEMAND_KVA * site.plan.customers
    return TransformerSite(
        name=site.name,
        kind=site.plan.kind,
        mv_bus=site.plan.mv_bus,
        lv_bus=f"{site.name}_lv",
        type=smallest_transformer(demand_kva),
        earth_ohm=round(float(rng.uniform(0.5, 2.0)), 2),
    )


def _draw_circuit(
    site: ZoneSite, circuit: str, *, names: tuple[str, ...], heading: float, rng: np.random.Generator
) -> list[_Pole]:
    """The poles of a circuit in order, as a gently bending street."""
    poles: list[_Pole] = []
    place, first = site.place, 0
    while first < len(names):
        served = int(rng.integers(1, CUSTOMERS_PER_POLE[site.plan.kind] + 1))
        length = round(float(rng.uniform(*POLE_SPAN_M[site.plan.kind])), 1)
        heading += float(rng.normal(0.0, 0.08))
        place = Point(place.x_m + length * math.cos(heading), place.y_m + length * math.sin(heading))
        poles.append(_Pole(f"{circuit}_p{len(poles) + 1:02d}", length, place, names[first : first + served]))
        first += served
    return poles


def _wire(lv_bus: str, poles: list[_Pole], style: StreetStyle) -> list[Span]:
    """The spans of a circuit: the first half on the main conductor, the rest on the tail conductor."""
    spans: list[Span] = []
    at = lv_bus
    for position, pole in enumerate(poles):
        construction = style.main if position < math.ceil(len(poles) / 2) else style.tail
        spans.append(Span(pole.bus, at, pole.bus, construction, pole.span_m))
        at = pole.bus
    return spans


def _connect(poles: list[_Pole], site: ZoneSite, rng: np.random.Generator) -> list[CustomerSite]:
    """The customers of the poles; single-phase ones take the phases in turn, most of the time."""
    customers: list[CustomerSite] = []
    turn = int(rng.integers(3))
    for pole in poles:
        for name in pole.customers:
            commercial = bool(rng.random() < COMMERCIAL_SHARE[site.plan.kind])
            three_phase_share = COMMERCIAL_THREE_PHASE_SHARE if commercial else 1.0 - SINGLE_PHASE_SHARE
            phases = "ABC"
            if rng.random() >= three_phase_share:
                turn += 1
                phases = "ABC"[int(rng.integers(3)) if rng.random() < MISPLACED_PHASE_SHARE else turn % 3]
            customers.append(
                CustomerSite(
                    name=name,
                    transformer=site.name,
                    pole_bus=pole.bus,
                    phases=phases,
                    service_m=round(float(rng.uniform(*SERVICE_M[site.plan.kind])), 1),
                    # 5 to 100 ohm: a driven electrode in anything from clay to rock.
                    earth_ohm=round(float(np.clip(rng.lognormal(3.0, 0.6), 5.0, 100.0)), 1),
                    commercial=commercial,
                )
            )
    return customers


def _beside(pole: Point, distance_m: float, rng: np.random.Generator) -> Point:
    """A place so far from the pole, in any direction."""
    heading = float(rng.uniform(0.0, 2.0 * math.pi))
    return Point(pole.x_m + distance_m * math.cos(heading), pole.y_m + distance_m * math.sin(heading))
