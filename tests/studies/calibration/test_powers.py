"""Powers of customers: what was read, what is filled in, and what the request says instead."""

from typing import Any

import numpy as np
import pytest

from hcr.studies.calibration.powers import known_powers
from hcr.studies.task import ModelSettings

DAY_W = tuple(100.0 * half_hour for half_hour in range(48))


def test_missing_powers_are_the_mean_of_the_customers_own(town: Any) -> None:
    street = town.street()
    (import_w, *_), warnings = known_powers(street)
    given = street.readings.import_w
    missing = np.isnan(given)
    at = int(missing.any(axis=1).argmax())
    assert import_w[at][missing[at]] == pytest.approx(np.nanmean(given[at]))
    np.testing.assert_array_equal(import_w[~missing], given[~missing])
    told = f"town: {missing.mean():.1%} of the power readings are missing"
    assert warnings == (f"{told}; each takes the mean of the customer's others",)


def test_customers_without_any_reading_draw_nothing(town: Any) -> None:
    silent = town.customers[0]["load_id"]

    def without(columns: dict[str, Any]) -> dict[str, Any]:
        kept = columns["load_id"] != silent
        return {name: values[kept] for name, values in columns.items()}

    town.change_readings(without)
    street = town.street()
    powers, warnings = known_powers(street)
    at = street.customers.load_ids.index(silent)
    assert all((channel[at] == 0.0).all() for channel in powers)
    assert warnings[0] == "town: 1 of 100 customers have no reading at these times; they draw nothing"


def take_away(town: Any, load_id: str) -> None:
    """Take away all readings of a customer."""

    def without(columns: dict[str, Any]) -> dict[str, Any]:
        kept = columns["load_id"] != load_id
        return {name: values[kept] for name, values in columns.items()}

    town.change_readings(without)


def test_missing_powers_are_zero_where_gaps_are_not_filled(town: Any) -> None:
    street = town.street(town.task(model=ModelSettings(fill_gaps=False)))
    channels, warnings = known_powers(street)
    missing = np.isnan(street.readings.import_w)
    assert missing.any()
    assert (channels[0][missing] == 0.0).all()
    np.testing.assert_array_equal(channels[0][~missing], street.readings.import_w[~missing])
    assert warnings == (f"town: {missing.mean():.1%} of the power readings are missing; each is zero",)


def test_customers_without_any_reading_take_the_default_series(town: Any) -> None:
    silent = town.customers[0]["load_id"]
    take_away(town, silent)
    street = town.street(town.task(model=ModelSettings(default_load_w=DAY_W, default_gen_var=(5.0,) * 48)))
    (import_w, import_var, export_w, export_var), warnings = known_powers(street)
    at = street.customers.load_ids.index(silent)
    # Times are 01:00, 02:00 … 24:00, ends of the second, fourth … half hour of the day.
    assert import_w[at].tolist() == list(DAY_W[1::2])
    assert (import_var[at].any(), export_w[at].any(), set(export_var[at])) == (False, False, {5.0})
    told = "town: 1 of 100 customers have no reading at these times; they take the default series"
    assert warnings[0] == told


def test_power_factors_stand_in_for_the_var_that_were_read(town: Any) -> None:
    factors = ModelSettings(power_factor_imports=0.8, power_factor_exports=-0.6)
    (import_w, import_var, export_w, export_var), _ = known_powers(town.street(town.task(model=factors)))
    assert import_w.any()
    assert import_var == pytest.approx(0.75 * import_w)
    assert export_w.any()
    assert export_var == pytest.approx(-4.0 / 3.0 * export_w)
