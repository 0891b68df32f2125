"""Demand and PV output of one customer of a synthetic feeder, a year of half hours."""

from dataclasses import dataclass

import numpy as np

from hcr.network.synthetic_plan import CustomerSite
from hcr.network.synthetic_weather import (
    DAYS,
    STEP_HOURS,
    STEPS,
    STEPS_PER_DAY,
    FloatArray,
    Weather,
    autoregressive,
    plane_irradiance,
)

# Annual energy is lognormal: median [kWh] and log standard deviation. The means are 5.3 MWh for a home,
# a usual figure for two to three people in eastern Australia, and 18 MWh for a small business.
HOME_ENERGY = (4800.0, 0.45)
BUSINESS_ENERGY = (16_000.0, 0.50)
COOLED_HOMES = 0.75
EV_HOMES = 0.06
EV_CHARGER_W = (2300.0, 3600.0, 7000.0)
MAX_PHASE_W = 14_000.0  # a 63 A main switch at 230 V
POWER_FACTOR = (0.95, 0.985)
PV_PERFORMANCE = (0.74, 0.84)  # heat, dirt, wiring and inverter losses together


@dataclass(frozen=True, slots=True)
class MeterYear:
    """What the meter of a customer sees, each (17 520,) or the beginning of it, all at least 0.

    Attributes
    ----------
    import_w, export_w : mean net power of the half hour [W]
    import_var : inductive reactive power drawn [var]; the PV inverter runs at unity power factor
    pv_w : output of the PV system behind the meter [W]
    """

    import_w: FloatArray
    import_var: FloatArray
    export_w: FloatArray
    pv_w: FloatArray

    def until(self, steps: int) -> "MeterYear":
        """Return the first so many half hours."""
        parts = self.import_w, self.import_var, self.export_w, self.pv_w
        return MeterYear(*(part[:steps] for part in parts))


def make_meter_year(customer: CustomerSite, weather: Weather, rng: np.random.Generator) -> MeterYear:
    """The net metered year of the customer, in whole watts (a meter counts watt-hours)."""
    load_w = _business_load(weather, rng) if customer.commercial else _home_load(weather, rng)
    phases = len(customer.phases)
    load_w = np.rint(np.minimum(load_w, phases * MAX_PHASE_W))
    power_factor = float(rng.uniform(*POWER_FACTOR))
    load_var = np.rint(load_w * np.sqrt(1.0 / power_factor**2 - 1.0))
    pv_w = np.rint(_pv_output(customer, weather, rng)) if customer.pv_kw else np.zeros(STEPS)
    return MeterYear(
        import_w=np.maximum(load_w - pv_w, 0.0),
        import_var=load_var,
        export_w=np.maximum(pv_w - load_w, 0.0),
        pv_w=pv_w,
    )


def _pv_output(customer: CustomerSite, weather: Weather, rng: np.random.Generator) -> FloatArray:
    """Inverter output (steps,) [W], clipped at the rating of the inverter; most roofs look north."""
    irradiance = plane_irradiance(
        weather,
        tilt_deg=float(rng.uniform(12.0, 30.0)),
        azimuth_deg=float(rng.normal(0.0, 50.0)),
    )
    power_w = customer.pv_kw * irradiance * float(rng.uniform(*PV_PERFORMANCE))
    return np.minimum(power_w, 1000.0 * customer.pv_inverter_kva)


def _home_load(weather: Weather, rng: np.random.Generator) -> FloatArray:
    """Load of a home (steps,) [W]: habits, cooling and heating scaled to a yearly energy, plus a car."""
    late_h = rng.normal(0.0, 0.7)  # how much later than others these people live
    weekend = weather.weekend.astype(np.float64)
    morning = _bump(weather.hour, 7.0 + late_h + 1.3 * weekend, 1.1)
    evening = _bump(weather.hour, 18.7 + 0.5 * late_h, 1.9)
    daytime = _bump(weather.hour, 12.8, 3.0) * (rng.uniform(0.0, 0.8) + 0.4 * weekend)
    shape = (
        rng.uniform(0.35, 0.65)
        + rng.uniform(0.3, 0.9) * morning
        + rng.uniform(0.8, 1.5) * evening
        + 0.5 * daytime
    )
    at_home = 0.15 + 0.25 * daytime + 0.2 * morning + evening
    cooling = np.maximum(weather.temperature_c - 25.0, 0.0) * (rng.random() < COOLED_HOMES)
    heating = np.maximum(17.0 - weather.temperature_c, 0.0)
    shape += at_home * (cooling * rng.lognormal(-1.6, 0.4) + heating * rng.lognormal(-2.2, 0.5))
    load_w = _scale(shape * _restlessness(rng, spread=0.45), _yearly_kwh(HOME_ENERGY, rng))
    return load_w + _car(rng) if rng.random() < EV_HOMES else load_w


def _business_load(weather: Weather, rng: np.random.Generator) -> FloatArray:
    """Load of a shop or workshop (steps,) [W]: opening hours, cooling in them, little at night."""
    opening, closing = rng.normal(7.5, 0.7), rng.normal(17.5, 1.0)
    rise = 1.0 / (1.0 + np.exp(-3.0 * (weather.hour - opening)))
    fall = 1.0 / (1.0 + np.exp(3.0 * (weather.hour - closing)))
    is_open = rise * fall * np.where(weather.weekend, rng.uniform(0.1, 0.7), 1.0)
    cooling = np.maximum(weather.temperature_c - 23.0, 0.0) * rng.uniform(0.02, 0.07)
    shape = rng.uniform(0.15, 0.40) + is_open * (1.0 + cooling)
    return _scale(shape * _restlessness(rng, spread=0.2), _yearly_kwh(BUSINESS_ENERGY, rng))


def _bump(hour: FloatArray, centre: FloatArray | float, width_h: float) -> FloatArray:
    """A Gaussian of height 1 around an hour of the day, round the clock."""
    distance = (hour - centre + 12.0) % 24.0 - 12.0
    return np.asarray(np.exp(-0.5 * (distance / width_h) ** 2), dtype=np.float64)


def _restlessness(rng: np.random.Generator, *, spread: float) -> FloatArray:
    """Lognormal factor of mean 1 (steps,), correlated from half hour to half hour."""
    series = autoregressive(rng.standard_normal(STEPS), 0.6)
    return np.asarray(np.exp(spread * series - 0.5 * spread**2), dtype=np.float64)


def _yearly_kwh(energy: tuple[float, float], rng: np.random.Generator) -> float:
    median_kwh, spread = energy
    return float(median_kwh * rng.lognormal(0.0, spread))


def _scale(shape: FloatArray, yearly_kwh: float) -> FloatArray:
    """Power (steps,) [W] of this shape that adds up to the yearly energy."""
    return shape * (1000.0 * yearly_kwh / (float(shape.sum()) * STEP_HOURS))


def _car(rng: np.random.Generator) -> FloatArray:
    """Charging of a car (steps,) [W]: one to four hours on about every second evening."""
    power_w = float(rng.choice(EV_CHARGER_W))
    charges = rng.random(DAYS) < 0.45
    first = rng.integers(36, 44, DAYS)  # 18:00 to 22:00
    length = rng.integers(2, 9, DAYS)
    step = np.arange(STEPS)
    since = step % STEPS_PER_DAY - first[step // STEPS_PER_DAY]
    on = charges[step // STEPS_PER_DAY] & (since >= 0) & (since < length[step // STEPS_PER_DAY])
    return np.where(on, power_w, 0.0)
