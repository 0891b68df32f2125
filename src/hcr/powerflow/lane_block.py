"""How many lanes the compiled loops take side by side, and what the compiler may do to them."""

LANES = 32
"""States solved side by side; the working set of a block stays in the second-level cache."""

FAST = {"contract", "nsz", "arcp"}
"""Fused multiply-add is allowed; reordering sums is not, so that lanes give the same bits anywhere."""
