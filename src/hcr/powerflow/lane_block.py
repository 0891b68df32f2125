"""How many lanes the compiled loops take side by side."""

import numpy as np

from hcr.powerflow.lane_vectors import lanes_of

LANES = lanes_of(np.float64)
"""Lanes solved side by side in double precision."""

WIDTHS = (LANES // 4, LANES // 2, LANES)
"""Widths of blocks of scenarios: few of them are walked through in less time where others are not there."""


def width_of(count: int) -> int:
    """Return the width of the narrowest block for some lanes, at most `LANES`."""
    return min(width for width in WIDTHS if width >= count)
