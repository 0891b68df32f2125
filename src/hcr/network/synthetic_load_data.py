"""Writes the load data of a synthetic feeder as Parquet, some customers at a time."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.synthetic_demand import make_meter_year
from hcr.network.synthetic_plan import CustomerSite
from hcr.network.synthetic_weather import STEPS, Weather, make_weather

CUSTOMERS_PER_PART = 100  # keeps the memory of a part near 150 MB
MINUTES = 30

_WRITE_PART = """
COPY (
    SELECT ($load_ids::VARCHAR[])[customer + 1] AS load_id, time, import_w, import_var, export_w,
           0.0::DOUBLE AS export_var, NULL::DOUBLE AS v_v, pv_w
    FROM part
) TO '{path}' (FORMAT parquet, COMPRESSION snappy)
"""
_JOIN_PARTS = "COPY (FROM read_parquet($parts)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"


def load_id(recipe: FeederRecipe, customer: CustomerSite) -> str:
    """Name of the customer in the load data; sorts as the customers are numbered."""
    return f"{recipe.mrid}-{customer.name}"


def write_load_data(
    path: Path, *, recipe: FeederRecipe, customers: Sequence[CustomerSite], seed: np.random.SeedSequence
) -> None:
    """Write the long table of all customers, sorted by load_id and time.

    Every customer draws from a stream of its own, so its year does not depend on how customers are batched.
    DuckDB runs on one thread and keeps the order, which makes the bytes of the file repeatable.
    """
    weather_seed, *customer_seeds = seed.spawn(1 + len(customers))
    weather = make_weather(recipe.year, np.random.default_rng(weather_seed))
    with (
        tempfile.TemporaryDirectory(prefix=".load_data-", dir=path.parent) as scratch,
        duckdb.connect(config={"threads": 1, "preserve_insertion_order": True}) as database,
    ):
        parts: list[str] = []
        for first in range(0, len(customers), CUSTOMERS_PER_PART):
            some = slice(first, first + CUSTOMERS_PER_PART)
            parts.append(str(Path(scratch) / f"{first:06d}.parquet"))
            columns = _columns(customers[some], weather, customer_seeds[some])
            database.register("part", columns | _times(recipe.year, len(customers[some])))
            load_ids = [load_id(recipe, customer) for customer in customers[some]]
            database.execute(_WRITE_PART.format(path=_quoted(parts[-1])), {"load_ids": load_ids})
            database.unregister("part")
        database.execute(_JOIN_PARTS.format(path=_quoted(str(path))), {"parts": parts})


def _columns(
    customers: Sequence[CustomerSite], weather: Weather, seeds: Sequence[np.random.SeedSequence]
) -> dict[str, NDArray[np.generic]]:
    years = [
        make_meter_year(customer, weather, np.random.Generator(np.random.PCG64(seed)))
        for customer, seed in zip(customers, seeds, strict=True)
    ]
    return {
        "customer": np.repeat(np.arange(len(customers), dtype=np.int32), STEPS),
        "import_w": np.concatenate([year.import_w for year in years]),
        "import_var": np.concatenate([year.import_var for year in years]),
        "export_w": np.concatenate([year.export_w for year in years]),
        "pv_w": np.concatenate([year.pv_w for year in years]),
    }


def _times(year: int, customers: int) -> dict[str, NDArray[np.generic]]:
    """The ends of the intervals in local standard time, once for every customer."""
    step = np.timedelta64(MINUTES, "m")
    ends = np.datetime64(f"{year:04d}-01-01T00:00", "us") + step * np.arange(1, STEPS + 1)
    return {"time": np.tile(ends, customers)}


def _quoted(path: str) -> str:
    """The path for a place in SQL where DuckDB takes no parameter, between single quotes."""
    return path.replace("'", "''")
