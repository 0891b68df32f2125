from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.network.load_data import LoadData, Period
from hcr.studies.customer_powers import Connections, CustomerPowers, profile, profile_at
from hcr.studies.task import LoadTime, ModelSettings, Override, Task

START = datetime(2025, 7, 9)
DAY = Period(START, 48, 30)
CUSTOMERS = Connections(
    load_ids=("a", "b"),
    elements=("Load.a", "Load.b"),
    places=np.array([3, 7]),
    stated_w=np.array([900.0, 800.0]),
    stated_var=np.array([90.0, 80.0]),
)


def metered(lanes: int = 48, *, known: tuple[bool, bool] = (True, True)) -> LoadData:
    """Return data in which each channel of customer a is flat, and b is zero."""
    flat = [np.array([[value] * lanes, [0.0] * lanes]) for value in (1000.0, 100.0, 10.0, 1.0)]
    return LoadData(*flat, np.array(known))


def period_task(*overrides: Override, model: ModelSettings | None = None) -> Task:
    return Task(
        "f", "base", 2025, LoadTime(START, START + timedelta(days=1), overrides), model or ModelSettings()
    )


def instant_task(*overrides: Override, model: ModelSettings | None = None) -> Task:
    return Task("f", "base", 2025, LoadTime(START, None, overrides), model or ModelSettings())


def over_a_day(
    *overrides: Override, model: ModelSettings | None = None, known=(True, True)
) -> CustomerPowers:
    task = period_task(*overrides, model=model)
    return CustomerPowers.of(metered(known=known), task, customers=CUSTOMERS, period=DAY)


def at_an_instant(
    *overrides: Override, model: ModelSettings | None = None, known=(True, True)
) -> CustomerPowers:
    task, period = instant_task(*overrides, model=model), Period(START, 1, 30)
    return CustomerPowers.of(metered(1, known=known), task, customers=CUSTOMERS, period=period)


def channels(powers: CustomerPowers, row: int, lane: int = 0) -> tuple[float, float, float, float]:
    """Return import W and var, export W and var."""
    every = (powers.import_w, powers.import_var, powers.export_w, powers.export_var)
    return tuple(float(one[row, lane]) for one in every)


def test_data_stays_as_it_is():
    powers = over_a_day()

    assert channels(powers, 0, 47) == (1000.0, 100.0, 10.0, 1.0)
    assert powers.lanes == 48


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (Override("a", load_w=(500.0,)), (500.0, 100.0, 10.0, 1.0)),
        (Override("a", load_w=(-500.0,)), (0.0, 100.0, 510.0, 1.0)),  # on top of what the data exports
        (Override("a", gen_w=(300.0,)), (1000.0, 100.0, 300.0, 1.0)),
        (Override("a", gen_w=(-300.0,)), (1300.0, 100.0, 0.0, 1.0)),
        (Override("a", load_w=(-500.0,), gen_w=(-300.0,)), (300.0, 100.0, 500.0, 1.0)),
        (Override("a", load_var=(-7.0,), gen_var=(8.0,)), (1000.0, -7.0, 10.0, 8.0)),
        (Override("a", load_w=(0.0,)), (0.0, 100.0, 10.0, 1.0)),
        (Override("a", load_w=()), (1000.0, 100.0, 10.0, 1.0)),
        (Override("a"), (1000.0, 100.0, 10.0, 1.0)),
    ],
)
def test_an_override_replaces_what_it_gives_and_keeps_the_rest(
    override: Override, expected: tuple[float, float, float, float]
):
    assert channels(at_an_instant(override), 0) == expected


def test_entries_of_an_instant_are_lanes_and_shorter_lists_repeat():
    powers = at_an_instant(Override("a", load_w=(1.0, 2.0, 3.0, 4.0)), Override("b", gen_w=(5.0, 6.0)))

    assert powers.import_w[0].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert powers.export_w[1].tolist() == [5.0, 6.0, 5.0, 6.0]
    assert powers.export_w[0].tolist() == [10.0] * 4  # the data, in every entry


def test_an_override_of_a_period_goes_interval_by_interval():
    watts = tuple(float(value) for value in range(48))

    assert over_a_day(Override("a", load_w=watts)).import_w[0].tolist() == list(watts)


def test_overrides_of_nobody_are_named():
    powers = over_a_day(Override("x", load_w=(1.0,)), Override("a", load_w=(1.0,)), Override("y"))

    assert powers.unknown_overrides == ("x", "y")


def test_without_data_a_load_follows_the_model():
    powers = over_a_day(known=(True, False))

    assert powers.own.tolist() == [False, True]
    assert powers.injections(CUSTOMERS, DAY, walk=True).elements == ("Load.a", "Generator.hcr_export_3")


def test_without_data_an_override_keeps_what_the_model_states_beside_it():
    powers = at_an_instant(Override("b", gen_w=(300.0,)), known=(True, False))

    assert not powers.own.any()
    assert channels(powers, 1) == (800.0, 80.0, 300.0, 0.0)


def test_an_override_without_values_leaves_the_load_to_the_model():
    assert over_a_day(Override("b"), known=(True, False)).own.tolist() == [False, True]


def test_defaults_are_for_customers_without_data():
    model = ModelSettings(default_load_w=(50.0,) * 48, default_gen_var=(5.0,) * 48)

    powers = over_a_day(model=model, known=(True, False))

    assert channels(powers, 0) == (1000.0, 100.0, 10.0, 1.0)
    assert channels(powers, 1) == (50.0, 0.0, 0.0, 5.0)
    assert (powers.defaulted, powers.own.any()) == (1, False)


def test_an_override_is_laid_over_the_default():
    model = ModelSettings(default_load_w=(50.0,) * 48, default_load_var=(5.0,) * 48)

    powers = over_a_day(Override("b", load_w=(70.0,) * 48), model=model, known=(True, False))

    assert channels(powers, 1) == (70.0, 5.0, 0.0, 0.0)


def test_the_default_of_an_instant_is_that_of_its_time_of_day():
    model = ModelSettings(default_load_w=tuple(float(value) for value in range(48)))
    evening = Period(START.replace(hour=18), 1, 30)

    powers = CustomerPowers.of(
        metered(1, known=(True, False)), instant_task(model=model), customers=CUSTOMERS, period=evening
    )

    assert channels(powers, 1)[0] == 36.0  # 18:00 to 18:30 is interval 37 of the day


@pytest.mark.parametrize(
    ("factor", "import_var", "export_var"), [(0.8, 750.0, 7.5), (-0.8, -750.0, -7.5), (1.0, 0.0, 0.0)]
)
def test_power_factors_beat_data_and_overrides_and_lag_when_positive(
    factor: float, import_var: float, export_var: float
):
    model = ModelSettings(power_factor_imports=factor, power_factor_exports=factor)

    powers = at_an_instant(Override("a", load_var=(12.0,)), model=model)

    assert channels(powers, 0) == pytest.approx((1000.0, import_var, 10.0, export_var))


def test_a_power_factor_of_one_side_leaves_the_other():
    assert channels(at_an_instant(model=ModelSettings(power_factor_exports=0.8)), 0)[1] == 100.0


def test_injections_of_a_walk_end_each_interval():
    injections = over_a_day().injections(CUSTOMERS, DAY, walk=True)

    assert injections.hours[[0, 1, 47]].tolist() == [189 * 24 + 0.5, 189 * 24 + 1.0, 190 * 24.0]
    assert (injections.step_hours, injections.walk, injections.lanes) == (0.5, True, 48)


def test_injections_of_an_instant_are_all_at_the_same_time():
    powers = at_an_instant(Override("a", load_w=(1.0, 2.0, 3.0)))

    injections = powers.injections(CUSTOMERS, Period(datetime(2025, 1, 1, 18), 1, 30), walk=False)

    assert injections.hours.tolist() == [18.5] * 3
    assert not injections.walk


def test_generators_produce_the_var_that_data_counts_as_consumed():
    injections = over_a_day().injections(CUSTOMERS, DAY, walk=True)

    assert injections.elements == ("Load.a", "Load.b", "Generator.hcr_export_3")
    assert injections.power_w[:, 0].tolist() == [1000.0, 0.0, 10.0]
    assert injections.power_var[:, 0].tolist() == [100.0, 0.0, -1.0]


def test_var_alone_makes_an_exporter_and_silence_does_not():
    assert over_a_day(Override("b", gen_var=(0.0,) * 47 + (3.0,))).exporters().tolist() == [0, 1]
    assert over_a_day(Override("a", gen_w=(0.0,), gen_var=(0.0,))).exporters().tolist() == []


HALF_HOURS = tuple(float(value) for value in range(48))


def test_a_list_of_the_periods_length_is_taken_as_it_is():
    assert profile(HALF_HOURS, 30, Period(datetime(2025, 7, 9, 12), 48, 30)).tolist() == list(HALF_HOURS)


def test_a_days_list_repeats_by_the_clock():
    got = profile(HALF_HOURS, 30, Period(datetime(2025, 7, 9, 23), 4, 30))

    assert got.tolist() == [46.0, 47.0, 0.0, 1.0]


def test_a_years_list_begins_on_the_first_of_january():
    year = tuple(float(value) for value in range(365 * 48))

    assert profile(year, 30, Period(datetime(2025, 2, 1), 2, 30)).tolist() == [31 * 48.0, 31 * 48.0 + 1]


def test_longer_steps_take_the_mean_and_shorter_ones_hold():
    hourly = profile(HALF_HOURS, 30, Period(START, 24, 60))
    quarterly = profile(HALF_HOURS, 30, Period(START, 96, 15))

    assert hourly[:3].tolist() == [0.5, 2.5, 4.5]
    assert quarterly[:5].tolist() == [0.0, 0.0, 1.0, 1.0, 2.0]


@given(st.integers(0, 23), st.integers(1, 3), st.sampled_from([15, 30, 60, 120]))
def test_the_energy_of_a_day_does_not_depend_on_the_step(hour: int, days: int, minutes: int):
    period = Period(START.replace(hour=hour), days * 1440 // minutes, minutes)

    assert profile(HALF_HOURS, 30, period).mean() == pytest.approx(np.mean(HALF_HOURS))


@pytest.mark.parametrize("length", [48, 17_520])
@pytest.mark.parametrize(
    "begin", [datetime(2025, 1, 1), datetime(2025, 12, 31, 23), datetime(2025, 7, 9, 17)]
)
def test_a_list_at_stamps_is_that_of_the_period_about_them(begin: datetime, length: int):
    values = tuple(float(value) for value in range(length))
    period = Period(begin, 3, 30)

    assert profile_at(values, 30, period.stamps()).tolist() == profile(values, 30, period).tolist()
