from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.meter_faults import MeterFaults
from hcr.network.synthetic_layout import draw_layout
from hcr.network.synthetic_meters import Meters, WrongKind
from hcr.network.synthetic_plan import CustomerSite

CLEAN = MeterFaults(noise=0.0, wrong=0.0, missing=0.0)


def customers_of(count: int) -> Sequence[CustomerSite]:
    return draw_layout(FeederRecipe("f", count, 1), np.random.default_rng(1)).customers


def meters(faults: MeterFaults, customers: Sequence[CustomerSite], seed: int = 5) -> Meters:
    return Meters.drawn(faults, customers, np.random.SeedSequence(seed))


@pytest.mark.parametrize(
    ("customers", "share", "count"),
    [(2000, 0.02, 40), (50, 0.001, 1), (49, 0.001, 0), (60, 0.0, 0), (3, 0.5, 2)],
)
def test_the_share_of_wrong_meters(customers: int, share: float, count: int) -> None:
    wrong = meters(MeterFaults(wrong=share), customers_of(customers)).wrong
    assert len(wrong) == len({meter.customer for meter in wrong}) == count


def test_every_kind_of_wrong_meter_occurs_and_is_possible() -> None:
    customers = customers_of(1000)
    wrong = meters(MeterFaults(wrong=0.1), customers).wrong
    assert min(Counter(meter.kind for meter in wrong)[kind] for kind in WrongKind) > 10
    by_customer = {meter.customer: meter for meter in wrong}
    for meter in wrong:
        site = customers[meter.customer]
        if meter.kind is WrongKind.PHASE:
            assert {site.phases, meter.true_phase} < set("ABC")
            assert site.phases != meter.true_phase
        if meter.kind is WrongKind.SWAPPED:
            assert by_customer[meter.other].other == meter.customer
            assert customers[meter.other].transformer != site.transformer


def test_half_a_percent_is_silent_and_those_are_not_wrong() -> None:
    drawn = meters(MeterFaults(wrong=0.1), customers_of(1000))
    assert len(drawn.silent) == 5
    assert not set(drawn.silent) & {meter.customer for meter in drawn.wrong}


def test_a_clean_meter_reads_the_voltage_to_a_hundredth() -> None:
    true_v = np.random.default_rng(1).uniform(220.0, 260.0, (4, 48))
    readings = meters(CLEAN, customers_of(4)).read(true_v)
    for number in range(4):
        volts, arrived = readings.of(number)
        assert np.abs(volts - true_v[number]).max() <= 0.0051
        assert arrived.all()


def test_noise_and_missing_are_as_large_as_asked_for() -> None:
    readings = meters(MeterFaults(noise=0.01, wrong=0.0, missing=0.2), customers_of(10)).read(
        np.full((10, 5000), 240.0)
    )
    found = [readings.of(number) for number in range(10)]
    assert np.std([volts for volts, _ in found]) / 240.0 == pytest.approx(0.01, rel=0.02)
    assert np.mean([arrived for _, arrived in found]) == pytest.approx(0.8, abs=0.01)
    assert (found[0][1] != found[1][1]).any()


def test_a_day_reads_the_same_however_many_there_are() -> None:
    drawn, true_v = meters(MeterFaults(), customers_of(60)), np.full((60, 960), 240.0)
    few, many = drawn.read(true_v[:, :48]), drawn.read(true_v)
    for number in range(60):
        for short, whole in zip(few.of(number), many.of(number), strict=True):
            np.testing.assert_array_equal(short, whole[:48])


def test_wrong_meters_read_what_their_kind_says() -> None:
    customers = customers_of(300)
    drawn = meters(MeterFaults(noise=0.0, wrong=0.2, missing=0.0), customers)
    true_v = 200.0 + np.arange(300)[:, None] * 0.1 + np.arange(48) * 0.01
    readings = drawn.read(true_v)
    for meter in drawn.wrong:
        volts, _ = readings.of(meter.customer)
        expected = {
            WrongKind.PHASE: true_v[meter.customer],  # the network has it on the other phase
            WrongKind.STUCK: np.full(48, true_v[meter.customer, 0]),
            WrongKind.SWAPPED: true_v[meter.other],
        }[meter.kind]
        assert volts == pytest.approx(expected, abs=0.0051)
    assert all(np.isnan(readings.of(number)[0]).all() for number in drawn.silent)
    assert all(readings.of(number)[1].all() for number in drawn.silent)  # the power is there
