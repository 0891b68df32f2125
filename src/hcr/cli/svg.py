"""Small drawings as inline SVG: bars, lines and points on axes, without any library."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 640, 260, 56, 40, 12
TICKS = 5


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one kind; `colour` as CSS names it."""

    name: str
    colour: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a map; `title` is shown on hover."""

    x: float
    y: float
    colour: str
    title: str


@dataclass(frozen=True, slots=True)
class Axes:
    """From data to places in the drawing: the ranges of both axes, and their labels."""

    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str
    y_label: str

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place of a point."""
        wide, high = WIDTH - LEFT - ABOVE, HEIGHT - BELOW - ABOVE
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return LEFT + across * wide, HEIGHT - BELOW - up * high

    def drawn(self) -> str:
        """Return frame, ticks and labels."""
        parts = [f'<path class="axis" d="M{LEFT} {ABOVE}V{HEIGHT - BELOW}H{WIDTH - ABOVE}"/>']
        for step in range(TICKS + 1):
            x = self.x[0] + step * (self.x[1] - self.x[0]) / TICKS
            y = self.y[0] + step * (self.y[1] - self.y[0]) / TICKS
            left, top = self.at(x, y)
            parts.append(_text(left, HEIGHT - BELOW + 16, f"{x:.3g}", "middle"))
            parts.append(_text(LEFT - 6, top + 4, f"{y:.3g}", "end"))
        parts.append(_text(WIDTH / 2, HEIGHT - 6, self.x_label, "middle"))
        parts.append(
            f'<text transform="translate(12 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
            f"{escape(self.y_label)}</text>"
        )
        return "".join(parts)


def histogram(series: Sequence[tuple[str, str, Sequence[float]]], *, bins: int, label: str) -> str:
    """Return bars of how often values fall into bins; (name, colour, values) for each series.

    The outermost bins hold what is beyond them: they end at the 1st and 99th percentile.
    """
    values = sorted(value for _, _, some in series for value in some)
    if not values:
        return nothing("no values")
    cut = len(values) // 100
    low, high = _range(values[cut : len(values) - cut])
    width = (high - low) / bins
    counts = {name: [0] * bins for name, _, _ in series}
    for name, _, some in series:
        for value in some:
            counts[name][min(bins - 1, max(0, int((value - low) / width)))] += 1
    axes = Axes((low, high), (0.0, max(1, *(max(one) for one in counts.values()))), label, "count")
    bars = "".join(
        _bar(axes, low + at * width, width, count, colour, f"{name}: {count}")
        for name, colour, _ in series
        for at, count in enumerate(counts[name])
        if count
    )
    return _svg(axes.drawn() + bars + _legend([(name, colour) for name, colour, _ in series]))


def lines(series: Sequence[Series], *, x_label: str, y_label: str) -> str:
    """Return each series as a line with dots."""
    points = [point for one in series for point in one.points]
    if not points:
        return nothing("no values")
    axes = Axes(_range([x for x, _ in points]), _range([0.0, *(y for _, y in points)]), x_label, y_label)
    drawn = []
    for one in series:
        places = [axes.at(*point) for point in one.points]
        drawn.append(
            f'<polyline fill="none" stroke="{one.colour}" points="'
            + " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            + '"/>'
        )
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{one.colour}"/>' for x, y in places]
    return _svg(axes.drawn() + "".join(drawn) + _legend([(one.name, one.colour) for one in series]))


def street_map(dots: Sequence[Dot]) -> str:
    """Return points where they lie, both coordinates to the same scale, north above."""
    if not dots:
        return nothing("the model has no coordinates")
    x, y = _range([dot.x for dot in dots]), _range([dot.y for dot in dots])
    side, room = 520.0, 16.0
    scale = (side - 2 * room) / max(x[1] - x[0], y[1] - y[0])
    drawn = "".join(
        f'<circle cx="{room + (dot.x - x[0]) * scale:.1f}" cy="{side - room - (dot.y - y[0]) * scale:.1f}" '
        f'r="6" fill="{dot.colour}"><title>{escape(dot.title)}</title></circle>'
        for dot in dots
    )
    return _svg(drawn, side, side)


def nothing(why: str) -> str:
    """Return what stands in the place of a drawing."""
    return f'<p class="none">Nothing to draw: {escape(why)}.</p>'


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Return the range of values, never empty."""
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _bar(axes: Axes, x: float, width: float, count: int, colour: str, title: str) -> str:
    (left, top), (right, bottom) = axes.at(x, count), axes.at(x + width, 0.0)
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" '
        f'fill="{colour}" fill-opacity="0.55"><title>{escape(title)}</title></rect>'
    )


def _legend(entries: Sequence[tuple[str, str]]) -> str:
    return "".join(
        f'<rect x="{LEFT + 12}" y="{ABOVE + 18 * at}" width="10" height="10" fill="{colour}"/>'
        + _text(LEFT + 28, ABOVE + 9 + 18 * at, name, "start")
        for at, (name, colour) in enumerate(entries)
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(content: str, width: float = WIDTH, height: float = HEIGHT) -> str:
    return f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img">{content}</svg>'
