"""Writes the load data of a synthetic feeder as Parquet, some customers at a time."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.synthetic_meters import MeteredVoltages
from hcr.network.synthetic_plan import load_id
from hcr.network.synthetic_years import CustomerYears
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


def write_load_data(
    path: Path, *, recipe: FeederRecipe, years: CustomerYears, readings: MeteredVoltages | None = None
) -> None:
    """Write the long table of all customers, sorted by load_id and time.

    Parameters
    ----------
    readings : voltages, and which half hours arrive; without them all do, and there are no voltages.
    """
    firsts = range(0, len(years), CUSTOMERS_PER_PART)
    parts = (range(first, min(first + CUSTOMERS_PER_PART, len(years))) for first in firsts)
    write_parquet_parts(path, (_columns(recipe, years, part, readings) for part in parts), COLUMNS)


def _columns(
    recipe: FeederRecipe, years: CustomerYears, part: range, readings: MeteredVoltages | None
) -> dict[str, NDArray[Any]]:
    """The columns of some customers, by number."""
    found = [years.of(number) for number in part]
    rows = years.steps * len(part)
    names = np.array([load_id(recipe.mrid, years.customers[number]) for number in part], object)
    columns: dict[str, NDArray[Any]] = {
        "load_id": np.repeat(names, years.steps),
        "time": np.tile(_ends(recipe.year, years.steps), len(part)),
        "import_w": np.concatenate([year.import_w for year in found]),
        "import_var": np.concatenate([year.import_var for year in found]),
        "export_w": np.concatenate([year.export_w for year in found]),
        "export_var": np.zeros(rows),
        "v_v": np.full(rows, np.nan),
        "pv_w": np.concatenate([year.pv_w for year in found]),
    }
    if readings is None:
        return columns
    volts, arrived = (np.concatenate(each) for each in zip(*map(readings.of, part), strict=True))
    columns["v_v"] = volts
    return {name: values[arrived] for name, values in columns.items()}


def _ends(year: int, steps: int) -> NDArray[np.datetime64]:
    """Return the ends of the first intervals of a year, (steps,) datetime64[us], local standard time."""
    step = np.timedelta64(MINUTES, "m")
    return np.datetime64(f"{year:04d}-01-01T00:00", "us") + step * np.arange(1, steps + 1)
