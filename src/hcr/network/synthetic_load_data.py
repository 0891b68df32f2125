"""Writes the load data of a synthetic feeder as Parquet, some customers at a time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.synthetic_demand import make_meter_year
from hcr.network.synthetic_plan import CustomerSite
from hcr.network.synthetic_weather import STEPS, Weather, make_weather
from hcr.results.parquet import write_parquet_parts

CUSTOMERS_PER_PART = 100  # keeps the memory of a part near 150 MB
MINUTES = 30

COLUMNS = {
    "load_id": "VARCHAR",
    "time": "TIMESTAMP",
    "import_w": "DOUBLE",
    "import_var": "DOUBLE",
    "export_w": "DOUBLE",
    "export_var": "DOUBLE",
    "v_v": "DOUBLE",
    "pv_w": "DOUBLE",
}


def load_id(recipe: FeederRecipe, customer: CustomerSite) -> str:
    """Name of the customer in the load data; sorts as the customers are numbered."""
    return f"{recipe.mrid}-{customer.name}"


def write_load_data(
    path: Path, *, recipe: FeederRecipe, customers: Sequence[CustomerSite], seed: np.random.SeedSequence
) -> None:
    """Write the long table of all customers, sorted by load_id and time.

    Every customer draws from a stream of its own, so its year does not depend on how customers are batched.
    """
    weather_seed, *customer_seeds = seed.spawn(1 + len(customers))
    weather = make_weather(recipe.year, np.random.default_rng(weather_seed))
    firsts = range(0, len(customers), CUSTOMERS_PER_PART)
    parts = (slice(first, first + CUSTOMERS_PER_PART) for first in firsts)
    columns = (_columns(recipe, customers[part], weather, seeds=customer_seeds[part]) for part in parts)
    write_parquet_parts(path, columns, COLUMNS)


def _columns(
    recipe: FeederRecipe,
    customers: Sequence[CustomerSite],
    weather: Weather,
    *,
    seeds: Sequence[np.random.SeedSequence],
) -> dict[str, NDArray[Any]]:
    years = [
        make_meter_year(customer, weather, np.random.Generator(np.random.PCG64(seed)))
        for customer, seed in zip(customers, seeds, strict=True)
    ]
    rows = STEPS * len(customers)
    names = np.array([load_id(recipe, customer) for customer in customers], object)
    return {
        "load_id": np.repeat(names, STEPS),
        "time": np.tile(_ends(recipe.year), len(customers)),
        "import_w": np.concatenate([year.import_w for year in years]),
        "import_var": np.concatenate([year.import_var for year in years]),
        "export_w": np.concatenate([year.export_w for year in years]),
        "export_var": np.zeros(rows),
        "v_v": np.full(rows, np.nan),
        "pv_w": np.concatenate([year.pv_w for year in years]),
    }


def _ends(year: int) -> NDArray[np.datetime64]:
    """Return the ends of the intervals of a year, (STEPS,) datetime64[us], local standard time."""
    step = np.timedelta64(MINUTES, "m")
    return np.datetime64(f"{year:04d}-01-01T00:00", "us") + step * np.arange(1, STEPS + 1)
