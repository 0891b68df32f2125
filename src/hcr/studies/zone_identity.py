"""The columns that name a zone, as every zone table has them."""

import numpy as np

from hcr.network.zones import Zone
from hcr.results.table_writer import Array


def zone_identity(zone: Zone, rows: int) -> dict[str, Array]:
    """Return the four identifying columns of a zone, each `rows` long."""
    return {
        "measurement_zone_name": np.full(rows, zone.name, object),
        "mz_type": np.full(rows, zone.kind, object),
        "conducting_equipment_mrid": np.full(rows, zone.head_mrid, object),
        "terminal_sequence_number": np.full(rows, zone.head_terminal, np.int64),
    }
