import math
from itertools import combinations

import pytest

from hcr.network.line_construction import (
    CONDUCTORS,
    CONSTRUCTIONS,
    CORE_95,
    MERCURY,
    TRANSFORMER_TYPES,
    TUBE,
    Conductor,
    Construction,
    TransformerType,
    smallest_transformer,
)

BARE = [c for c in CONDUCTORS if "abc" not in c.name and c is not TUBE]
# AS 2374.1.2: minimum efficiency at half load, unity power factor.
MINIMUM_EFFICIENCY = {63.0: 0.9862, 100.0: 0.9876, 200.0: 0.9894, 315.0: 0.9904, 500.0: 0.9913}


def heat_balance_rating_a(conductor: Conductor) -> float:
    """Steady-state rating of IEEE Std 738 (McAdams convection) at the conditions of the catalogue [A]."""
    air_c, wire_c, wind_m_s = 40.0, 75.0, 1.0
    emissivity = absorptivity = 0.5
    diameter_m = conductor.diameter_mm / 1000.0
    film_c = (air_c + wire_c) / 2.0
    viscosity = 1.458e-6 * (film_c + 273.0) ** 1.5 / (film_c + 383.4)
    density = 1.293 / (1.0 + 0.00367 * film_c)
    conductivity = 2.424e-2 + 7.477e-5 * film_c - 4.407e-9 * film_c**2
    reynolds = diameter_m * density * wind_m_s / viscosity
    slow, fast = 1.01 + 1.35 * reynolds**0.52, 0.754 * reynolds**0.6
    convection = max(slow, fast) * conductivity * (wire_c - air_c)
    kelvin4 = ((wire_c + 273.0) / 100.0) ** 4 - ((air_c + 273.0) / 100.0) ** 4
    radiation = 17.8 * diameter_m * emissivity * kelvin4
    sun = absorptivity * 1000.0 * diameter_m
    resistance = conductor.resistance_20_ohm_km / 1000.0 * (1.0 + 0.00403 * (wire_c - 20.0))
    return math.sqrt((convection + radiation - sun) / resistance)


@pytest.mark.parametrize("conductor", BARE, ids=lambda c: c.name)
def test_ratings_of_bare_conductors_follow_the_heat_balance(conductor: Conductor) -> None:
    assert conductor.rating_a == pytest.approx(heat_balance_rating_a(conductor), abs=3.0)


def test_resistance_at_operating_temperature_is_12_percent_above_20_degrees() -> None:
    assert MERCURY.resistance_ohm_km == pytest.approx(0.258 * 1.1209)


def test_resistance_of_stranded_aluminium_follows_from_its_section() -> None:
    section_mm2 = 7 * math.pi * 4.5**2 / 4.0
    resistivity_ohm_mm2_km = 28.3  # IEC 60889 hard-drawn aluminium, lay included
    assert MERCURY.resistance_20_ohm_km == pytest.approx(resistivity_ohm_mm2_km / section_mm2, rel=0.03)


def test_gmr_of_seven_equal_strands() -> None:
    assert MERCURY.gmr_mm == pytest.approx(0.726 * 6.75)


@pytest.mark.parametrize("construction", CONSTRUCTIONS, ids=lambda c: c.name)
def test_wires_of_a_construction_do_not_touch(construction: Construction) -> None:
    places = list(zip(construction.x_m, construction.height_m, strict=True))
    apart_m = min(math.dist(one, other) for one, other in combinations(places, 2))
    assert apart_m > construction.conductor.diameter_mm / 1000.0
    assert len(construction.height_m) == construction.wires


def test_names_are_unique() -> None:
    assert len({c.name for c in CONDUCTORS}) == len(CONDUCTORS)
    assert len({c.name for c in CONSTRUCTIONS}) == len(CONSTRUCTIONS)
    assert {c.conductor.name for c in CONSTRUCTIONS} <= {c.name for c in CONDUCTORS}


@pytest.mark.parametrize("kind", TRANSFORMER_TYPES, ids=lambda t: f"{t.rating_kva:g}")
def test_transformer_losses_meet_the_minimum_efficiency(kind: TransformerType) -> None:
    output_kw = kind.rating_kva / 2.0
    losses_kw = kind.no_load_loss_kw + 0.25 * kind.load_loss_kw
    efficiency = output_kw / (output_kw + losses_kw)
    assert efficiency == pytest.approx(MINIMUM_EFFICIENCY[kind.rating_kva], abs=2e-4)


def test_resistance_and_reactance_make_up_the_impedance() -> None:
    kind = TRANSFORMER_TYPES[0]
    assert math.hypot(kind.resistance_percent, kind.reactance_percent) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("demand_kva", "rating_kva"), [(0.0, 63.0), (63.0, 63.0), (63.1, 100.0), (320.0, 500.0), (900.0, 500.0)]
)
def test_smallest_transformer(demand_kva: float, rating_kva: float) -> None:
    assert smallest_transformer(demand_kva).rating_kva == rating_kva


def test_bundled_cores_have_the_resistance_of_iec_60228() -> None:
    assert CORE_95.resistance_20_ohm_km == 0.320
