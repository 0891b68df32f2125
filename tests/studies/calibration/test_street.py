"""What a calibration begins with: meters, times and taps of a generated feeder."""

from typing import Any

import numpy as np
import pytest

from hcr.errors import FeederError
from hcr.network.tap_changer import NoTaps, TapChanger
from hcr.studies.calibration.metering import NOWHERE
from hcr.studies.calibration.street import _refuse_too_many, changers
from hcr.studies.task import ModelSettings, TapPosition


def transformer_of(town: Any) -> dict[str, str]:
    return {row["load_id"]: row["transformer"].partition(".")[2] for row in town.customers}


def test_customers_hang_on_the_tap_of_their_transformer(town: Any) -> None:
    street = town.street()
    own = transformer_of(town)
    assert street.transformers == tuple(own[name] for name in street.customers.load_ids)
    taps = street.metering.taps
    assert [taps[group].mrid for group in street.metering.group] == list(street.transformers)
    assert taps[0] is None  # the feeder head
    assert {tap.mrid for tap in changers(street).values()} == set(own.values())
    assert street.warnings == ()


def test_readings_are_those_of_the_file(town: Any) -> None:
    street = town.street()
    stored: dict[tuple[str, Any], float] = {}
    town.change_readings(
        lambda columns: (
            stored.update(
                zip(zip(columns["load_id"], columns["time"], strict=True), columns["v_v"], strict=True)
            )
            or columns
        )
    )
    for at, load_id in enumerate(street.customers.load_ids[:5]):
        expected = [stored.get((load_id, stamp), np.nan) for stamp in street.stamps]
        np.testing.assert_array_equal(street.readings.voltage_v[at], expected)
    assert len(street.stamps) == 24
    assert np.isnan(street.readings.import_w).mean() == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(
    ("method", "band"), [("joint", (0.7 * 250.0, 1.3 * 250.0)), ("documented", (180.0, 263.0))]
)
def test_each_method_has_its_band(town: Any, method: str, band: tuple[float, float]) -> None:
    low, high = town.street(town.task(method)).metering.band_v.T
    assert low == pytest.approx(band[0], rel=1e-3)
    assert high == pytest.approx(band[1], rel=1e-3)


def test_times_come_in_order_and_once(town: Any) -> None:
    times = town.task().calibration.times
    street = town.street(town.task(times=(times[5], times[2], times[5])))
    assert street.stamps.tolist() == [times[2], times[5]]


def test_an_hourly_interval_takes_the_reading_at_its_end(town: Any) -> None:
    times = town.task().calibration.times
    street = town.street(town.task(times=times[:1], model=ModelSettings(interval_minutes=60)))
    assert street.stamps.tolist() == [times[0]]


def test_transformers_of_one_network_are_groups_of_nobody(town: Any) -> None:
    town.edit("new line.tie bus1=t001_lv.1.2.3.4 bus2=t002_lv.1.2.3.4 phases=4 r1=0.001 x1=0.001 length=1")
    street = town.street()
    lost = [at for at, name in enumerate(street.transformers) if "," in name]
    assert {street.transformers[at] for at in lost} == {"t001,t002"}
    assert set(street.metering.group[lost]) == {NOWHERE}
    alone = [one.mrid for one in street.metering.taps if isinstance(one, NoTaps)]
    assert alone == ["t001", "t002"]
    assert len(changers(street)) == 2


def test_two_networks_of_one_transformer_share_its_tap(town: Any) -> None:
    """A third winding feeds a network of its own; moving the tap moves both."""
    town.edit(
        """
new transformer.two phases=3 windings=3 buses=(mv0002, two_a, two_b) conns=(delta, wye, wye)
~ kvs=(22, 0.433, 0.433) kvas=(200, 100, 100) xhl=4 xht=4 xlt=4
edit line.t001_1_p01 bus1=two_a.1.2.3.4
edit line.t001_2_p01 bus1=two_b.1.2.3.4
calcvoltagebases"""
    )
    street = town.street()
    of_two = [at for at, one in enumerate(street.metering.taps) if one and one.mrid == "two"]
    assert len(of_two) == 1
    own = street.metering.customers_of(of_two[0])
    assert {street.transformers[at] for at in own} == {"two"}
    assert len(own) == sum(name == "two" for name in street.transformers)


def test_given_taps_are_in_the_circuit(town: Any) -> None:
    street = town.street(town.task(taps=(TapPosition("Transformer.t002", 1, 0.95, 6),)))
    positions = {tap.mrid: tap.position for tap in changers(street).values()}
    assert positions == {"t001": 4, "t002": 6, "t003": 4, "t004": 4}
    assert all(isinstance(tap, TapChanger) for tap in street.metering.taps[1:])


def test_too_many_readings_are_refused_with_the_number_of_times_that_is_possible(town: Any) -> None:
    feeder = town.library.open("town")
    _refuse_too_many(feeder, 10_000, 500)
    with pytest.raises(FeederError, match="feeder town is too large for 501 times") as refusal:
        _refuse_too_many(feeder, 10_000, 501)
    assert refusal.value.why == "10000 customers at 501 times are more than 5,000,000 readings"
    assert refusal.value.remedy.startswith("Choose 500 times or fewer")
