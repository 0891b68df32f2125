"""How many lanes the compiled loops take side by side."""

import numpy as np

from hcr.powerflow.lane_vectors import lanes_of

LANES = lanes_of(np.float64)
"""Lanes solved side by side in double precision."""
