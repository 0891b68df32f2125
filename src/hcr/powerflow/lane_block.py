"""How many lanes the compiled loops take side by side, and what the compiler may do to them."""

import numpy as np

from hcr.powerflow.lane_vectors import lanes_of

LANES = lanes_of(np.float64)
"""Lanes solved side by side in double precision."""

FAST = {"contract", "nsz", "arcp"}
"""Fused multiply-add is allowed; reordering sums is not, so that lanes give the same bits anywhere."""
