from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hcr.network.feeder_recipe import MAX_ZONE_CUSTOMERS, FeederRecipe
from hcr.network.line_construction import MV_BUSBAR
from hcr.network.synthetic_layout import draw_layout
from hcr.network.synthetic_plan import FeederLayout, ZoneKind


def layout(customers: int, seed: int = 1, **values: float) -> FeederLayout:
    return draw_layout(FeederRecipe("f", customers, seed, **values), np.random.default_rng(seed))


@settings(max_examples=40, deadline=None)
@given(customers=st.integers(1, 200), seed=st.integers(0, 10_000))
def test_the_network_is_a_tree_that_reaches_every_customer(customers: int, seed: int) -> None:
    feeder = layout(customers, seed)
    parent = {span.to_bus: span.from_bus for span in feeder.mv_spans + feeder.lv_spans}
    parent |= {t.lv_bus: t.mv_bus for t in feeder.transformers}
    parent |= {c.bus: c.pole_bus for c in feeder.customers}
    assert len(feeder.customers) == customers
    assert len(parent) == (
        len(feeder.mv_spans) + len(feeder.lv_spans) + len(feeder.transformers) + len(feeder.customers)
    )
    for customer in feeder.customers:
        bus, hops = customer.bus, 0
        while bus != feeder.source_bus:
            bus, hops = parent[bus], hops + 1
            assert hops <= len(parent)
    assert set(feeder.places) == set(parent) | {feeder.source_bus}


@settings(max_examples=25, deadline=None)
@given(customers=st.integers(1, 200), share=st.floats(0.0, 1.0))
def test_exactly_the_rounded_share_has_pv(customers: int, share: float) -> None:
    feeder = layout(customers, pv_share=share)
    assert sum(c.pv_kw > 0 for c in feeder.customers) == round(share * customers)


def test_pv_fits_its_inverter_and_its_connection() -> None:
    for customer in layout(400, pv_share=1.0).customers:
        assert 3.0 <= customer.pv_kw <= 10.0
        assert customer.pv_kw <= 4.0 / 3.0 * customer.pv_inverter_kva
        if customer.phases != "ABC":
            assert customer.pv_inverter_kva <= 5.0


def test_about_four_in_five_customers_have_one_phase_and_phases_are_balanced() -> None:
    phases = Counter(customer.phases for customer in layout(2000).customers)
    single = phases["A"] + phases["B"] + phases["C"]
    assert 0.70 < single / 2000 < 0.85
    for phase in "ABC":
        assert phases[phase] == pytest.approx(single / 3, rel=0.1)


def test_phases_of_a_zone_are_not_perfectly_balanced() -> None:
    feeder = layout(500)
    spreads = []
    for transformer in feeder.transformers:
        counts = Counter(c.phases for c in feeder.customers if c.transformer == transformer.name)
        spreads.append(max(counts[p] for p in "ABC") - min(counts[p] for p in "ABC"))
    assert max(spreads) >= 3


def test_suburbs_are_dense_and_the_country_is_not() -> None:
    feeder = layout(3000)
    size = Counter(customer.transformer for customer in feeder.customers)
    mean = {kind: np.mean([size[t.name] for t in feeder.transformers if t.kind is kind]) for kind in ZoneKind}
    assert 40 < mean[ZoneKind.SUBURB] < 55
    assert mean[ZoneKind.RURAL] < 12 < mean[ZoneKind.VILLAGE] < 30
    assert 25 < 3000 / len(feeder.transformers) < 60


@settings(max_examples=40, deadline=None)
@given(data=st.data(), customers=st.integers(1, 300), seed=st.integers(0, 10_000))
def test_exactly_so_many_transformers_and_none_without_customers(
    data: st.DataObject, customers: int, seed: int
) -> None:
    count = data.draw(st.integers(-(-customers // MAX_ZONE_CUSTOMERS), customers))
    feeder = layout(customers, seed, transformers=count)
    size = Counter(customer.transformer for customer in feeder.customers)
    assert len(feeder.transformers) == len(size) == count
    assert len(feeder.customers) == customers
    assert max(size.values()) <= MAX_ZONE_CUSTOMERS


def test_sizes_of_so_many_zones_differ_and_follow_the_seed() -> None:
    sizes = [
        sorted(Counter(c.transformer for c in layout(2000, seed, transformers=40).customers).values())
        for seed in (1, 1, 2)
    ]
    assert sizes[0] == sizes[1] != sizes[2]
    assert sizes[0][-1] > 3 * sizes[0][0]


def test_a_transformer_has_one_to_four_circuits() -> None:
    feeder = layout(600)
    circuits = Counter(span.from_bus for span in feeder.lv_spans)
    assert {circuits[t.lv_bus] for t in feeder.transformers} <= {1, 2, 3, 4}


def test_customers_are_numbered_in_the_order_of_their_names() -> None:
    names = [customer.name for customer in layout(150).customers]
    assert names == [f"c{i:04d}" for i in range(1, 151)]
    assert names == sorted(names)


def test_names_still_sort_when_there_are_more_than_9999_customers() -> None:
    names = [customer.name for customer in layout(10_050).customers]
    assert names[0] == "c00001"
    assert names == sorted(names)


def test_a_large_feeder_leaves_the_substation_on_several_trunks() -> None:
    small, large = layout(1000, mv_kv=11.0), layout(5000, mv_kv=11.0)
    exit_bus = large.mv_spans[0].to_bus
    assert sum(span.from_bus == small.mv_spans[0].to_bus for span in small.mv_spans) == 1
    assert sum(span.from_bus == exit_bus for span in large.mv_spans) >= 4
    assert large.mv_spans[0].construction is MV_BUSBAR


def test_service_lines_are_as_long_as_the_map_says() -> None:
    feeder = layout(80)
    for customer in feeder.customers:
        pole, meter = feeder.places[customer.pole_bus], feeder.places[customer.bus]
        distance = np.hypot(meter.x_m - pole.x_m, meter.y_m - pole.y_m)
        assert distance == pytest.approx(customer.service_m)


def test_spans_are_as_long_as_the_map_says() -> None:
    feeder = layout(80)
    for span in feeder.mv_spans + feeder.lv_spans:
        start, end = feeder.places[span.from_bus], feeder.places[span.to_bus]
        assert np.hypot(end.x_m - start.x_m, end.y_m - start.y_m) == pytest.approx(span.length_m, abs=0.06)
