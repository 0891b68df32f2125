import pytest

from hcr.errors import ConfigError
from hcr.studies.interconnection.resource import Kind, Size


@pytest.mark.parametrize("kind", [Kind.PV, Kind.GENERATOR])
def test_pv_and_generators_are_rated_at_power_factor_0_8(kind: Kind):
    assert Size.of(kind, 200.0) == Size(200.0, 250.0)


def test_a_battery_is_rated_at_its_power_and_stores_hours_of_it():
    assert Size.of(Kind.BATTERY, 200.0, hours=4) == Size(200.0, 200.0, 800.0)


def test_hours_belong_to_batteries_and_to_nothing_else():
    with pytest.raises(ConfigError, match="of kind bat has no size"):
        Size.of(Kind.BATTERY, 200.0)
    with pytest.raises(ConfigError, match="of kind pv has no size"):
        Size.of(Kind.PV, 200.0, hours=2)


def test_a_size_scales_in_proportion():
    assert Size(200.0, 220.0).scaled(100.0) == Size(100.0, 110.0)
    assert Size(200.0, 200.0, 800.0).scaled(50.0) == Size(50.0, 50.0, 200.0)
    assert Size(0.0, 0.0).scaled(0.0) == Size(0.0, 0.0)
    assert Size(0.0, 0.0).scaled(80.0) == Size(80.0, 100.0)


def test_sizes_add_up():
    battery = Size.of(Kind.BATTERY, 50.0, hours=2)
    assert battery.plus(battery) == Size(100.0, 100.0, 200.0)
    assert Size(80.0, 100.0).plus(Size(20.0, 25.0)) == Size(100.0, 125.0)
    assert Size(80.0, 100.0).plus(battery) == Size(130.0, 150.0, 100.0)
