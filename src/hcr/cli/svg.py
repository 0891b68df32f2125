"""Small drawings as inline SVG, without any library: histograms and lines on axes, and what others share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, BELOW, ABOVE, RIGHT = 640, 280, 56, 40, 32, 16
TICKS = 6
"""Most spaces between ticks of an axis."""

DUST = 1e-9
"""Share of a space by which rounding may put a tick beside the end of an axis."""


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one kind; `colour` as CSS names it."""

    name: str
    colour: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axes:
    """From data to places in the drawing: the ranges of both axes, and their labels."""

    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str
    y_label: str

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place of a point."""
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - BELOW - ABOVE
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return LEFT + across * wide, HEIGHT - BELOW - up * high

    def drawn(self) -> str:
        """Return frame, ticks and labels."""
        bottom, right = HEIGHT - BELOW, WIDTH - RIGHT
        parts = [f'<path class="axis" d="M{LEFT} {ABOVE}V{bottom}H{right}"/>']
        for x in ticks(*self.x):
            left, _ = self.at(x, self.y[0])
            parts.append(f'<path class="axis" d="M{left:.1f} {bottom}v4"/>')
            parts.append(text_at(left, bottom + 16, f"{x:g}", "middle"))
        for y in ticks(*self.y):
            _, top = self.at(self.x[0], y)
            parts.append(f'<path class="{"axis" if y == 0 else "grid"}" d="M{LEFT} {top:.1f}H{right}"/>')
            parts.append(text_at(LEFT - 6, top + 4, f"{y:g}", "end"))
        parts.append(text_at(WIDTH / 2, HEIGHT - 6, self.x_label, "middle"))
        parts.append(
            f'<text transform="translate(12 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
            f"{escape(self.y_label)}</text>"
        )
        return "".join(parts)


def histogram(
    series: Sequence[tuple[str, str, Sequence[float]]], *, bins: int, x_label: str, y_label: str
) -> str:
    """Return bars of how often values fall into bins; (name, colour, values) for each series.

    The outermost bins hold what is beyond them: they end at the 1st and 99th percentile, or at zero.
    """
    values = sorted(value for _, _, some in series for value in some)
    if not values:
        return nothing("no values")
    cut = len(values) // 100
    low, high = value_range([0.0, *values[cut : len(values) - cut]])
    width = (high - low) / bins
    counts = {name: [0] * bins for name, _, _ in series}
    for name, _, some in series:
        for value in some:
            counts[name][min(bins - 1, max(0, int((value - low) / width)))] += 1
    axes = Axes((low, high), (0.0, max(1, *(max(one) for one in counts.values()))), x_label, y_label)
    bars = "".join(
        _bar(axes, low + at * width, width, count, colour, f"{name}: {count}")
        for name, colour, _ in series
        for at, count in enumerate(counts[name])
        if count
    )
    return canvas(axes.drawn() + bars + _legend([(name, colour) for name, colour, _ in series]))


def lines(series: Sequence[Series], *, x_label: str, y_label: str) -> str:
    """Return each series as a line with dots."""
    points = [point for one in series for point in one.points]
    if not points:
        return nothing("no values")
    axes = Axes(
        value_range([x for x, _ in points]), value_range([0.0, *(y for _, y in points)]), x_label, y_label
    )
    drawn = []
    for one in series:
        places = [axes.at(*point) for point in one.points]
        drawn.append(
            f'<polyline fill="none" stroke="{one.colour}" points="'
            + " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            + '"/>'
        )
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{one.colour}"/>' for x, y in places]
    return canvas(axes.drawn() + "".join(drawn) + _legend([(one.name, one.colour) for one in series]))


def ticks(low: float, high: float) -> list[float]:
    """Return the multiples of 1, 2 or 5 times a power of ten in a range, seven at most."""
    step = next(one for one in round_steps((high - low) / TICKS) if one >= (high - low) / TICKS)
    return [
        float(f"{at * step:.12g}")
        for at in range(math.ceil(low / step - DUST), math.floor(high / step + DUST) + 1)
    ]


def nothing(why: str) -> str:
    """Return what stands in the place of a drawing."""
    return f'<p class="none">Nothing to draw: {escape(why)}.</p>'


def value_range(values: Sequence[float]) -> tuple[float, float]:
    """Return the range of values, never too narrow to be divided."""
    low, high = min(values), max(values)
    return (low, high) if high - low > 1e-6 * max(1.0, abs(low), abs(high)) else (low - 0.5, high + 0.5)


def round_steps(least: float) -> list[float]:
    """Return round numbers about one."""
    power = 10.0 ** math.floor(math.log10(least))
    return [power, 2.0 * power, 5.0 * power, 10.0 * power, 20.0 * power]


def _bar(axes: Axes, x: float, width: float, count: int, colour: str, title: str) -> str:
    (left, top), (right, bottom) = axes.at(x, count), axes.at(x + width, 0.0)
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" '
        f'fill="{colour}" fill-opacity="0.55"><title>{escape(title)}</title></rect>'
    )


def _legend(entries: Sequence[tuple[str, str]]) -> str:
    """Return what each colour means, in a row above the axes."""
    return "".join(
        f'<rect x="{LEFT + 150 * at}" y="8" width="10" height="10" fill="{colour}"/>'
        + text_at(LEFT + 16 + 150 * at, 17, name, "start")
        for at, (name, colour) in enumerate(entries)
    )


def text_at(x: float, y: float, text: str, anchor: str) -> str:
    """Return text beside a place; `anchor` says where the text has it: start, middle or end."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def canvas(content: str, width: float = WIDTH, height: float = HEIGHT, *, label: str = "") -> str:
    """Return a whole drawing; `label` is read out in its place."""
    told = f' aria-label="{escape(label)}"' if label else ""
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" font-size="11"'
    return f'<svg {size} role="img"{told}>{content}</svg>'
