import numpy as np
import pytest

from hcr.network.synthetic_weather import STEPS, Weather, autoregressive, make_weather, plane_irradiance


@pytest.fixture(scope="module")
def weather() -> Weather:
    return make_weather(2025, np.random.default_rng(3))


def day(number: int) -> slice:
    """The half hours of a day; 0 is the first of January."""
    return slice(48 * number, 48 * (number + 1))


def test_all_series_have_a_year_of_half_hours(weather: Weather) -> None:
    for series in (weather.hour, weather.temperature_c, weather.sun_up, weather.beam_w_m2, weather.cloud):
        assert series.shape == (STEPS,) == (17520,)
        assert np.isfinite(series).all()


def test_the_sun_direction_is_a_unit_vector(weather: Weather) -> None:
    length = np.hypot(np.hypot(weather.sun_east, weather.sun_north), weather.sun_up)
    assert length == pytest.approx(np.ones(STEPS), abs=1e-12)


def test_noon_elevation_at_the_solstices(weather: Weather) -> None:
    december, june = (np.rad2deg(np.arcsin(weather.sun_up[day(d)].max())) for d in (354, 171))
    # 90 - |latitude -+ 23.45|: 85.95 and 39.05 degrees, seen half an hour apart at most
    assert december == pytest.approx(85.95, abs=1.5)
    assert june == pytest.approx(39.05, abs=0.5)


def test_summer_days_are_longer_than_winter_days(weather: Weather) -> None:
    december, june = ((weather.sun_up[day(d)] > 0).sum() / 2 for d in (354, 171))
    assert december == pytest.approx(13.8, abs=0.6)
    assert june == pytest.approx(10.4, abs=0.6)


def test_the_sun_rises_in_the_east_and_stands_north_in_winter(weather: Weather) -> None:
    june = day(171)
    up, east, north = weather.sun_up[june], weather.sun_east[june], weather.sun_north[june]
    assert east[np.argmax(up > 0)] > 0.8
    assert north[np.argmax(up)] > 0.7


def test_clear_sky_beam_is_dark_at_night_and_near_940_at_the_zenith(weather: Weather) -> None:
    assert (weather.beam_w_m2[weather.sun_up <= 0] == 0).all()
    # 1353 * 0.7 W/m2 at air mass one
    assert weather.beam_w_m2.max() == pytest.approx(947.0, abs=5.0)


def test_clouds_only_take_away(weather: Weather) -> None:
    assert weather.cloud.min() >= 0.05
    assert weather.cloud.max() <= 1.0
    assert 0.6 < weather.cloud.mean() < 0.9


def test_a_horizontal_plane_gets_the_beam_on_the_horizon_and_a_tenth_of_diffuse_light(
    weather: Weather,
) -> None:
    flat = plane_irradiance(weather, tilt_deg=0.0, azimuth_deg=77.0)
    expected = weather.beam_w_m2 * (np.maximum(weather.sun_up, 0.0) + 0.1) * weather.cloud
    assert flat == pytest.approx(expected)


def test_a_north_roof_earns_more_than_a_south_roof(weather: Weather) -> None:
    north, south = (plane_irradiance(weather, tilt_deg=25.0, azimuth_deg=a).sum() for a in (0.0, 180.0))
    assert north > 1.2 * south


def test_an_east_roof_earns_in_the_morning(weather: Weather) -> None:
    east = plane_irradiance(weather, tilt_deg=25.0, azimuth_deg=90.0)
    morning = weather.hour < 12
    assert east[morning].sum() > 1.2 * east[~morning].sum()


def test_yearly_horizontal_irradiation_is_that_of_south_east_queensland(weather: Weather) -> None:
    kwh_m2 = plane_irradiance(weather, tilt_deg=0.0, azimuth_deg=0.0).sum() * 0.5 / 1000.0
    assert 1550 < kwh_m2 < 2100


def test_january_is_warmer_than_july_and_afternoon_than_dawn(weather: Weather) -> None:
    temperature = weather.temperature_c
    january, july = temperature[: 31 * 48].mean(), temperature[181 * 48 : 212 * 48].mean()
    assert january == pytest.approx(26.0, abs=3.0)
    assert july == pytest.approx(13.0, abs=3.0)
    assert temperature[weather.hour == 15.25].mean() > temperature[weather.hour == 4.25].mean() + 6


def test_weekends_follow_the_calendar() -> None:
    weekend = make_weather(2025, np.random.default_rng(0)).weekend[24::48]
    assert not weekend[:3].any()  # 1 January 2025 was a Wednesday
    assert weekend[3:5].all()
    assert weekend.sum() == 104


def test_autoregressive_keeps_the_variance_and_correlates() -> None:
    series = autoregressive(np.random.default_rng(1).standard_normal(200_000), 0.6)
    assert series.std() == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(series[:-1], series[1:])[0, 1] == pytest.approx(0.6, abs=0.02)
