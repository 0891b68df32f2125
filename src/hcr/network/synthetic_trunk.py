"""The MV side of a synthetic feeder: how many zones, and the trunks and laterals that reach them."""

import math
from dataclasses import dataclass, field

import numpy as np

from hcr.network.feeder_recipe import MAX_ZONE_CUSTOMERS, FeederRecipe
from hcr.network.line_construction import (
    MV_APPLE,
    MV_BANANA,
    MV_BUSBAR,
    MV_MERCURY,
    MV_PLUTO,
    Construction,
)
from hcr.network.synthetic_plan import Point, Span, ZoneKind

SOURCE_BUS = "zone_substation"
HEAD_M = 30.0  # the feeder exit, from busbar to the first pole
CUSTOMERS_PER_TRUNK_AND_KV = 120  # about 0.35 MVA peak per kV: half of what the trunk conductor carries
ZONE_SHARE = {ZoneKind.SUBURB: 0.60, ZoneKind.VILLAGE: 0.22, ZoneKind.RURAL: 0.18}
ZONE_CUSTOMERS = {ZoneKind.SUBURB: (34, 58), ZoneKind.VILLAGE: (14, 30), ZoneKind.RURAL: (3, 10)}
ZONE_SPAN_M = {
    ZoneKind.SUBURB: (220.0, 480.0),
    ZoneKind.VILLAGE: (500.0, 1200.0),
    ZoneKind.RURAL: (900, 2400),
}
LATERAL_SHARE = {ZoneKind.SUBURB: 0.25, ZoneKind.VILLAGE: 0.45, ZoneKind.RURAL: 0.70}


@dataclass(frozen=True, slots=True)
class ZonePlan:
    """A transformer zone before its streets are drawn: kind, number of customers, MV bus that feeds it."""

    kind: ZoneKind
    customers: int
    mv_bus: str


@dataclass(slots=True)
class MvPlan:
    """The MV network as far as it is drawn."""

    spans: list[Span] = field(default_factory=list)
    zones: list[ZonePlan] = field(default_factory=list)
    places: dict[str, Point] = field(default_factory=dict)

    def extend(self, from_bus: str, *, length_m: float, heading: float, construction: Construction) -> str:
        """The bus at the far end of a new span; heading in radians from east."""
        number = len(self.spans) + 1
        bus = f"mv{number:04d}"
        start = self.places[from_bus]
        self.places[bus] = Point(
            start.x_m + length_m * math.cos(heading), start.y_m + length_m * math.sin(heading)
        )
        self.spans.append(Span(f"mv{number:04d}", from_bus, bus, construction, round(length_m, 1)))
        return bus


def plan_trunks(recipe: FeederRecipe, rng: np.random.Generator) -> MvPlan:
    """MV spans and zones for the customers; the first span is the feeder head."""
    customers, mv_kv = recipe.customers, recipe.mv_kv
    if recipe.transformers is None:
        sizes = _zone_sizes(customers, rng)
    else:
        sizes = _so_many_zones(recipe.transformers, customers, rng)
    trunks = max(1, math.ceil(customers / (CUSTOMERS_PER_TRUNK_AND_KV * mv_kv)))
    plan = MvPlan(places={SOURCE_BUS: Point(0.0, 0.0)})
    head = MV_PLUTO if trunks == 1 else MV_BUSBAR
    exit_bus = plan.extend(SOURCE_BUS, length_m=HEAD_M, heading=0.0, construction=head)
    for trunk in range(trunks):
        heading = 2.0 * math.pi * trunk / trunks + rng.normal(0.0, 0.1)
        _draw_trunk(plan, exit_bus, heading=heading, zones=sizes[trunk::trunks], rng=rng)
    return plan


def _zone_sizes(customers: int, rng: np.random.Generator) -> list[tuple[ZoneKind, int]]:
    """Zones that together have exactly so many customers, town first, country last."""
    kinds = list(ZONE_SHARE)
    sizes: list[tuple[ZoneKind, int]] = []
    left = customers
    while left > 0:
        kind = kinds[int(rng.choice(len(kinds), p=list(ZONE_SHARE.values())))]
        low, high = ZONE_CUSTOMERS[kind]
        size = min(int(rng.integers(low, high + 1)), left)
        sizes.append((_kind_of_size(kind, size), size))
        left -= size
    return _town_first(sizes, rng)


def _so_many_zones(count: int, customers: int, rng: np.random.Generator) -> list[tuple[ZoneKind, int]]:
    """So many zones, none empty or too large, that together have exactly so many customers."""
    kinds = list(ZONE_SHARE)
    drawn = [kinds[place] for place in rng.choice(len(kinds), size=count, p=list(ZONE_SHARE.values()))]
    usual = np.array([rng.uniform(*ZONE_CUSTOMERS[kind]) for kind in drawn])
    sizes = np.ones(count, np.int64)
    while (left := customers - int(sizes.sum())) > 0:
        room = MAX_ZONE_CUSTOMERS - sizes
        share = left * usual * (room > 0) / usual[room > 0].sum()
        if share.max() < 1.0:  # the last few, one to each of the zones that come nearest to one more
            share = np.zeros(count)
            share[np.argsort(-usual * (room > 0), kind="stable")[:left]] = 1.0
        sizes += np.minimum(share.astype(np.int64), room)
    return _town_first(
        [(_kind_of_size(kind, int(size)), int(size)) for kind, size in zip(drawn, sizes, strict=True)], rng
    )


def _kind_of_size(kind: ZoneKind, size: int) -> ZoneKind:
    """The kind of a zone; what a zone of this kind would be too small for is a smaller kind of zone."""
    fitting = [k for k in ZONE_SHARE if ZONE_CUSTOMERS[k][0] <= size]
    return kind if kind in fitting else (fitting or [ZoneKind.RURAL])[0]


def _town_first(zones: list[tuple[ZoneKind, int]], rng: np.random.Generator) -> list[tuple[ZoneKind, int]]:
    kinds = list(ZONE_SHARE)
    return sorted(zones, key=lambda zone: kinds.index(zone[0]) + rng.normal(0.0, 0.35))


def _draw_trunk(
    plan: MvPlan,
    exit_bus: str,
    *,
    heading: float,
    zones: list[tuple[ZoneKind, int]],
    rng: np.random.Generator,
) -> None:
    """Add one trunk with its laterals and zones to the plan."""
    at = exit_bus
    for position, (kind, customers) in enumerate(zones):
        heading += rng.normal(0.0, 0.15)
        length = float(rng.uniform(*ZONE_SPAN_M[kind]))
        if position and rng.random() < LATERAL_SHARE[kind]:
            side = heading + rng.choice([-0.5, 0.5]) * math.pi
            middle = plan.extend(at, length_m=length * 0.5, heading=side, construction=MV_BANANA)
            bus = plan.extend(middle, length_m=length * 0.5, heading=side + 0.2, construction=MV_APPLE)
        else:
            near = position < 0.6 * len(zones)
            at = plan.extend(
                at, length_m=length, heading=heading, construction=MV_PLUTO if near else MV_MERCURY
            )
            bus = at
        plan.zones.append(ZonePlan(kind, customers, bus))
