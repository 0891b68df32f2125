"""What people call the limits of an interconnection study, and the colour of each.

The colours are those of Okabe and Ito, which colour-blind people tell apart, on white and on black.
"""

LIMITS = {
    "voltage_vmin": ("lowest voltage", "#0072b2"),
    "voltage_vmax": ("highest voltage", "#d55e00"),
    "voltage_vdiff": ("voltage change", "#cc79a7"),
    "thermal_emerg": ("emergency rating", "#e69f00"),
    "thermal_norm_hrs": ("hours above normal rating", "#a59a00"),
    "island_pq": ("island screen", "#009e73"),
    "convergence": ("no solution", "#8a8f98"),
}
"""Name and colour by the limit's name in tables."""

UNLIMITED = ("no limit found", "#56b4e9")


def limit_name(limit: str | None) -> str:
    """Return what people call a limit; None is of a bus that none limits."""
    return UNLIMITED[0] if limit is None else LIMITS.get(limit, (limit, ""))[0]


def limit_colour(limit: str | None) -> str:
    """Return the colour of a limit."""
    return UNLIMITED[1] if limit is None else LIMITS.get(limit, ("", "#8a8f98"))[1]


def value_told(value: float, unit: str) -> str:
    """Return a value with its unit, as people read it beside a limit."""
    digits = 4 if unit.startswith("pu") else 2
    return f"{value:.{digits}f} {unit}".rstrip()
