"""Bars as inline SVG: beside each other by name, or ranked, a group after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from hcr.cli.svg import Axes, canvas, nothing, text_at, ticks, value_range
from hcr.cli.svg_map import LETTER

LINE, GAP, LONG = 14.0, 10.0, 460.0
"""Height of a bar, the space between groups of bars, and the length of the longest [px]."""

MOST_TITLES = 500
"""Ranked bars that have a title each; more would be too thin to be pointed at, and make a large file."""


@dataclass(frozen=True, slots=True)
class BarSeries:
    """One bar for each name; None draws none."""

    name: str
    colour: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Values that belong together, each with what is shown on hover."""

    name: str
    colour: str
    values: Sequence[tuple[float, str]]


def named_bars(names: Sequence[str], series: Sequence[BarSeries], *, axis: str, label: str) -> str:
    """Return bars to the right of names, one of each series below the other, their values beside them.

    Parameters
    ----------
    axis : what is drawn, with its unit; label : is read out in the place of the drawing.
    """
    values = [value for one in series for value in one.values if value is not None]
    if not values:
        return nothing("no values")
    low, high = value_range([0.0, *values])
    low, high = min(low, 0.0), max(high, 0.0)
    left = 12.0 + LETTER * max(len(name) for name in names)
    scale = LONG / (high - low)
    wide = left + LONG + 24.0 + LETTER * max(len(_told(value)) for value in values)
    room = len(series) * LINE + GAP
    bottom = len(names) * room
    zero = left - low * scale
    drawn = [
        f'<path class="axis" d="M{zero:.1f} 0V{bottom:.1f}"/>',
        *(_tick(left + (tick - low) * scale, bottom, tick) for tick in ticks(low, high)),
        text_at(left + LONG / 2, bottom + 34, axis, "middle"),
    ]
    for row, name in enumerate(names):
        top = row * room + GAP / 2
        drawn.append(text_at(left - 6, top + len(series) * LINE / 2 + 4, name, "end"))
        for at, one in enumerate(series):
            if (value := one.values[row]) is not None:
                drawn.append(_bar((zero, top + at * LINE), value * scale, one, _title(name, one, value)))
                drawn.append(
                    text_at(max(zero, zero + value * scale) + 4, top + at * LINE + 11, _told(value), "start")
                )
    return canvas("".join(drawn), wide, bottom + 44, label=label)


def ranked_bars(groups: Sequence[Ranked], *, y_label: str, label: str) -> str:
    """Return values as bars from the largest to the smallest, a group after the other."""
    total = sum(len(group.values) for group in groups)
    if not total:
        return nothing("no values")
    high = max(value for group in groups for value, _ in group.values)
    axes = Axes((0.0, float(total)), value_range([0.0, high]), "buses, in groups by limit", y_label)
    drawn, at = [], 0
    for group in groups:
        ordered = sorted(group.values, key=lambda one: -one[0])
        drawn.append(_ranks(axes, at, group, ordered, titles=total <= MOST_TITLES))
        at += len(ordered)
    return canvas(axes.drawn() + "".join(drawn), label=label)


def _ranks(
    axes: Axes, first: int, group: Ranked, ordered: Sequence[tuple[float, str]], *, titles: bool
) -> str:
    shapes = []
    for at, (value, _) in enumerate(ordered, first):
        (left, top), (right, bottom) = axes.at(at, max(value, 0.0)), axes.at(at + 1, 0.0)
        shapes.append(f"M{left:.1f} {bottom:.1f}V{min(top, bottom - 1):.1f}H{right:.1f}V{bottom:.1f}z")
    if not titles:
        title = f"{group.name}: {len(ordered)} buses"
        return f'<path fill="{group.colour}" d="{"".join(shapes)}"><title>{escape(title)}</title></path>'
    return "".join(
        f'<path fill="{group.colour}" d="{shape}"><title>{escape(title)}</title></path>'
        for shape, (_, title) in zip(shapes, ordered, strict=True)
    )


def _bar(start: tuple[float, float], length: float, one: BarSeries, title: str) -> str:
    x, y = start
    return (
        f'<rect x="{min(x, x + length):.1f}" y="{y + 1:.1f}" width="{abs(length):.1f}" height="{LINE - 2:g}" '
        f'fill="{one.colour}"><title>{escape(title)}</title></rect>'
    )


def _tick(x: float, bottom: float, value: float) -> str:
    line = f'<path class="grid" d="M{x:.1f} 0V{bottom:.1f}"/>'
    return line + text_at(x, bottom + 16, f"{value:,.10g}", "middle")


def _title(name: str, one: BarSeries, value: float) -> str:
    return f"{name}, {one.name}: {_told(value)}"


def _told(value: float) -> str:
    """Return a value in as many digits as are read."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:.3g}"
