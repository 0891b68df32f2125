"""Weather of a synthetic feeder: temperature, sun and clouds for a year of half hours."""

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

FloatArray = NDArray[np.float64]

DAYS = 365
STEPS_PER_DAY = 48
STEPS = DAYS * STEPS_PER_DAY
STEP_HOURS = 24.0 / STEPS_PER_DAY
LATITUDE_DEG = -27.5
EAST_OF_MERIDIAN_DEG = 3.0  # the site lies so far east of the meridian of its time zone, as Brisbane does

# Sky of a day: how it follows the day before, and the share of clear-sky power that comes through.
SKY_CHANGE = np.array([[0.72, 0.22, 0.06], [0.40, 0.40, 0.20], [0.22, 0.43, 0.35]])  # clear, broken, overcast
SKY_TRANSMISSION = np.array([0.98, 0.70, 0.28])
SKY_UNREST = np.array([0.02, 0.30, 0.12])


@dataclass(frozen=True, slots=True)
class Weather:
    """One year at the feeder; every array has shape (17 520,) and speaks of the middle of its half hour.

    Attributes
    ----------
    hour : local standard time of day [h], 0.25 to 23.75
    weekend : True on Saturday and Sunday
    temperature_c : air temperature [°C]
    sun_east, sun_north, sun_up : direction cosines of the sun; `sun_up` is negative at night
    beam_w_m2 : clear-sky direct normal irradiance [W/m²]
    cloud : share of the clear-sky irradiance that comes through, 0 to 1
    """

    hour: FloatArray
    weekend: NDArray[np.bool_]
    temperature_c: FloatArray
    sun_east: FloatArray
    sun_north: FloatArray
    sun_up: FloatArray
    beam_w_m2: FloatArray
    cloud: FloatArray


def make_weather(year: int, rng: np.random.Generator) -> Weather:
    """The weather of the first 365 days of the year."""
    step = np.arange(STEPS)
    day = step // STEPS_PER_DAY
    hour: FloatArray = ((step % STEPS_PER_DAY + 0.5) * STEP_HOURS).astype(np.float64)
    east, north, up = _sun_direction(day + 1, hour)
    sky = _sky_of_days(rng)
    return Weather(
        hour=hour,
        weekend=(dt.date(year, 1, 1).weekday() + day) % 7 >= 5,
        temperature_c=_temperature(day, hour, sky, rng),
        sun_east=east,
        sun_north=north,
        sun_up=up,
        beam_w_m2=_clear_sky_beam(up),
        cloud=_cloud(sky, rng),
    )


def autoregressive(noise: FloatArray, correlation: float) -> FloatArray:
    """First-order autoregressive series of unit variance from white noise of unit variance."""
    gain = math.sqrt(1.0 - correlation**2)
    return np.asarray(lfilter([gain], [1.0, -correlation], noise), dtype=np.float64)


def _sun_direction(
    day_of_year: NDArray[np.int64], hour: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Direction cosines of the sun towards east, north and up, each (steps,).

    Notes
    -----
    Declination and equation of time after Spencer (1971), Fourier series representation of the
    position of the sun, Search 2(5); direction cosines as in Iqbal (1983), An Introduction to Solar
    Radiation, section 1.5.
    """
    angle = 2.0 * np.pi * (day_of_year - 1) / 365.0
    declination = (
        0.006918
        - 0.399912 * np.cos(angle)
        + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle)
        + 0.000907 * np.sin(2 * angle)
        - 0.002697 * np.cos(3 * angle)
        + 0.00148 * np.sin(3 * angle)
    )
    equation_of_time_min = 229.18 * (
        0.000075
        + 0.001868 * np.cos(angle)
        - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle)
        - 0.040849 * np.sin(2 * angle)
    )
    solar_hour = hour + (4.0 * EAST_OF_MERIDIAN_DEG + equation_of_time_min) / 60.0
    hour_angle = np.deg2rad(15.0 * (solar_hour - 12.0))
    latitude = math.radians(LATITUDE_DEG)
    east = -np.cos(declination) * np.sin(hour_angle)
    north = math.cos(latitude) * np.sin(declination) - math.sin(latitude) * np.cos(declination) * np.cos(
        hour_angle
    )
    up = math.sin(latitude) * np.sin(declination) + math.cos(latitude) * np.cos(declination) * np.cos(
        hour_angle
    )
    return east, north, up


def _clear_sky_beam(sun_up: FloatArray) -> FloatArray:
    """Direct normal irradiance under a clear sky (steps,) [W/m²], 0 at night.

    Notes
    -----
    ``1353 * 0.7**(air_mass**0.678)``, Meinel and Meinel (1976), Applied Solar Energy; air mass after Kasten
    and Young (1989), Applied Optics 28(22).
    """
    elevation_deg = np.rad2deg(np.arcsin(np.clip(sun_up, 0.0, 1.0)))
    air_mass = 1.0 / (np.clip(sun_up, 0.0, 1.0) + 0.50572 * (elevation_deg + 6.07995) ** -1.6364)
    return np.where(sun_up > 0.0, 1353.0 * 0.7 ** (air_mass**0.678), 0.0)


def plane_irradiance(weather: Weather, *, tilt_deg: float, azimuth_deg: float) -> FloatArray:
    """Irradiance on a tilted plane (steps,) [W/m²]; azimuth 0 is north, 90 east.

    Notes
    -----
    Beam by the angle of incidence, plus diffuse light of a tenth of the beam (Meinel and Meinel 1976) from an
    isotropic sky (Liu and Jordan 1963); clouds weaken both alike.
    """
    tilt, azimuth = math.radians(tilt_deg), math.radians(azimuth_deg)
    across = weather.sun_east * math.sin(azimuth) + weather.sun_north * math.cos(azimuth)
    incidence = np.maximum(across * math.sin(tilt) + weather.sun_up * math.cos(tilt), 0.0)
    sky_view = 0.1 * (1.0 + math.cos(tilt)) / 2.0
    return weather.beam_w_m2 * (incidence + sky_view) * weather.cloud


def _sky_of_days(rng: np.random.Generator) -> NDArray[np.int64]:
    """Sky of each day (365,): 0 clear, 1 broken, 2 overcast; a Markov chain."""
    draws = rng.random(DAYS)
    sky = np.zeros(DAYS, dtype=np.int64)
    thresholds = SKY_CHANGE.cumsum(axis=1)
    for day in range(1, DAYS):
        sky[day] = min(int(np.searchsorted(thresholds[sky[day - 1]], draws[day])), 2)
    return sky


def _cloud(sky: NDArray[np.int64], rng: np.random.Generator) -> FloatArray:
    """Share of the clear-sky irradiance that comes through (steps,), 0.05 to 1."""
    unrest = autoregressive(rng.standard_normal(STEPS), 0.75)
    of_step = np.repeat(sky, STEPS_PER_DAY)
    return np.clip(SKY_TRANSMISSION[of_step] + SKY_UNREST[of_step] * unrest, 0.05, 1.0)


def _temperature(
    day: NDArray[np.int64], hour: FloatArray, sky: NDArray[np.int64], rng: np.random.Generator
) -> FloatArray:
    """Air temperature (steps,) [°C]: warmest in late January at 15:00, cooler under cloud.

    The means are those of inland south-east Queensland: about 26 °C in January and 13 °C in July.
    """
    season = 19.5 + 6.5 * np.cos(2.0 * np.pi * (day - 24) / DAYS)
    spells = 2.8 * autoregressive(rng.standard_normal(DAYS), 0.7)
    swing = np.array([6.5, 5.0, 3.0])[sky][day]
    daily = swing * np.cos(2.0 * np.pi * (hour - 15.0) / 24.0)
    return np.asarray(season + spells[day] + daily, dtype=np.float64)
