import numpy as np
import pytest

from hcr.network.synthetic_demand import MeterYear, make_meter_year
from hcr.network.synthetic_plan import CustomerSite
from hcr.network.synthetic_weather import STEPS, Weather, make_weather


@pytest.fixture(scope="module")
def weather() -> Weather:
    return make_weather(2025, np.random.default_rng(3))


def site(**values: object) -> CustomerSite:
    facts: dict[str, object] = {
        "name": "c0001",
        "transformer": "t001",
        "pole_bus": "t001_1_p01",
        "phases": "A",
        "service_m": 20.0,
        "earth_ohm": 20.0,
        "commercial": False,
    }
    return CustomerSite(**(facts | values))  # type: ignore[arg-type]


def years(customer: CustomerSite, weather: Weather, count: int) -> list[MeterYear]:
    return [make_meter_year(customer, weather, np.random.default_rng(seed)) for seed in range(count)]


def load_w(year: MeterYear) -> np.ndarray:
    return year.import_w - year.export_w + year.pv_w


def test_a_meter_never_imports_and_exports_in_one_half_hour(weather: Weather) -> None:
    year = make_meter_year(site(pv_kw=6.6, pv_inverter_kva=5.0), weather, np.random.default_rng(1))
    assert (year.import_w * year.export_w == 0).all()
    assert (load_w(year) > 0).all()
    for series in (year.import_w, year.import_var, year.export_w, year.pv_w):
        assert series.shape == (STEPS,)
        assert (series >= 0).all()
        assert (series == np.rint(series)).all()


def test_without_pv_nothing_is_exported(weather: Weather) -> None:
    year = make_meter_year(site(), weather, np.random.default_rng(1))
    assert year.export_w.max() == 0
    assert year.pv_w.max() == 0


def test_the_inverter_clips(weather: Weather) -> None:
    tight = site(pv_kw=6.6, pv_inverter_kva=3.0)
    assert max(year.pv_w.max() for year in years(tight, weather, 5)) == 3000


def test_pv_is_dark_at_night_and_yields_what_a_roof_in_queensland_does(weather: Weather) -> None:
    yields = []
    for year in years(site(pv_kw=5.0, pv_inverter_kva=5.0), weather, 20):
        assert (year.pv_w[weather.sun_up < 0] == 0).all()
        yields.append(year.pv_w.sum() / 2000.0 / 5.0)
    assert 1250 < np.mean(yields) < 1650  # kWh per kW and year


def test_homes_differ_and_average_between_4_and_7_mwh(weather: Weather) -> None:
    energy_mwh = [load_w(year).sum() / 2e6 for year in years(site(), weather, 60)]
    assert 4.0 < np.mean(energy_mwh) < 7.0
    assert min(energy_mwh) < 3.5
    assert max(energy_mwh) > 7.0


def test_a_home_peaks_in_the_evening_and_rests_at_night(weather: Weather) -> None:
    mean = np.mean([load_w(year) for year in years(site(), weather, 30)], axis=0)
    profile = np.array([mean[i::48].mean() for i in range(48)])
    assert 17.5 <= weather.hour[profile.argmax()] <= 20.5
    assert weather.hour[profile.argmin()] < 5.0
    assert profile.max() > 2.5 * profile.min()
    assert profile[14] > profile[8]  # 07:00 against 04:00


def test_homes_need_more_in_midsummer_and_midwinter_than_in_between(weather: Weather) -> None:
    mean = np.mean([load_w(year) for year in years(site(), weather, 30)], axis=0)
    january, may, july = (mean[48 * first : 48 * (first + 30)].mean() for first in (0, 120, 181))
    assert january > may
    assert july > may


def test_a_business_works_by_day_and_rests_at_the_weekend(weather: Weather) -> None:
    mean = np.mean([load_w(y) for y in years(site(phases="ABC", commercial=True), weather, 20)], axis=0)
    noon, night = (weather.hour > 11) & (weather.hour < 14), weather.hour < 4
    assert mean[noon & ~weather.weekend].mean() > 2.0 * mean[night].mean()
    assert mean[noon & ~weather.weekend].mean() > 1.3 * mean[noon & weather.weekend].mean()


def test_the_power_factor_is_inductive_and_between_95_and_98_5_percent(weather: Weather) -> None:
    for year in years(site(), weather, 10):
        load = load_w(year)
        power_factor = load.sum() / np.hypot(load.sum(), year.import_var.sum())
        assert 0.949 < power_factor < 0.986


def test_the_main_switch_limits_a_phase(weather: Weather) -> None:
    assert max(load_w(year).max() for year in years(site(), weather, 40)) <= 14_000


def test_noise_is_correlated_from_half_hour_to_half_hour(weather: Weather) -> None:
    load = load_w(make_meter_year(site(), weather, np.random.default_rng(5)))
    log = np.log(np.maximum(load, 1.0))
    by_clock = np.concatenate([log[i::48] - log[i::48].mean() for i in range(48)]).reshape(48, -1).T.ravel()
    assert np.corrcoef(by_clock[:-1], by_clock[1:])[0, 1] > 0.4


def test_equal_streams_give_equal_years(weather: Weather) -> None:
    one, other = (make_meter_year(site(), weather, np.random.default_rng(9)) for _ in range(2))
    assert (one.import_w == other.import_w).all()
