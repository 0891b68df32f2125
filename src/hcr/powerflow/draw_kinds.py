"""Kinds of draw, numbered as the compiled loops know them; their formulas stand in `draw_kernels`."""

CONSTANT_POWER, CONSTANT_Z, CONSTANT_CURRENT, ZIP, CVR, GENERATOR, LIMITED = range(7)
