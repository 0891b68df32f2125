"""What meters read at given times: power in four channels, and voltage."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hcr.network.stored_readings import CHANNELS, columns_of
from hcr.powerflow.circuit import FloatArray

Stamps = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class MeterReadings:
    """Readings of customers at some times; NaN where there is none.

    Attributes
    ----------
    import_w, import_var, export_w, export_var : (customers, times) float [W], [var]; positive var lags.
    voltage_v : (customers, times) float, phase to neutral, mean over the customer's phases [V].
    """

    import_w: FloatArray
    import_var: FloatArray
    export_w: FloatArray
    export_var: FloatArray
    voltage_v: FloatArray


def read_meters(path: Path, load_ids: Sequence[str], stamps: Stamps) -> MeterReadings:
    """Return what the meters of some customers read in the intervals that end at given times.

    Parameters
    ----------
    stamps : (times,) datetime64, one or more ends of intervals, local standard time.

    Raises
    ------
    FeederError
        The file cannot be read.
    """
    names = (*CHANNELS, "v_v")
    present = columns_of(path, where="LIMIT 0", select="*")
    wanted = {"load_id": np.array(load_ids, object), "place": np.arange(len(load_ids), dtype=np.int32)}
    times = {"time": stamps.astype("datetime64[us]"), "slot": np.arange(len(stamps), dtype=np.int32)}
    chosen = ", ".join(name if name in present else f"CAST(NULL AS DOUBLE) AS {name}" for name in names)
    rows = columns_of(
        path,
        f"place, slot, {chosen}",
        where="JOIN wanted USING (load_id) JOIN times USING (time) WHERE time BETWEEN ? AND ?",
        parameters=(
            stamps.min().astype("datetime64[us]").item(),
            stamps.max().astype("datetime64[us]").item(),
        ),
        joined={"wanted": wanted, "times": times},
    )
    grids = {name: _grid(rows, name, (len(load_ids), len(stamps))) for name in names}
    import_w, import_var, export_w, export_var = (grids[name] for name in CHANNELS)
    return MeterReadings(import_w, import_var, export_w, export_var, voltage_v=grids["v_v"])


def _grid(rows: dict[str, Any], name: str, shape: tuple[int, int]) -> FloatArray:
    grid = np.full(shape, np.nan)
    grid[rows["place"], rows["slot"]] = np.ma.filled(rows[name].astype(float), np.nan)
    return grid
