"""Maps as inline SVG: points and lines where they lie, both coordinates to the same scale, north above."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from hcr.cli.svg import canvas, nothing, round_steps, text_at, value_range

SIDE, ROOM, BELOW = 640.0, 24.0, 32.0
"""Longest side of a map, its margin, and the height of the scale below it."""

LETTER = 7.5
"""Width of a letter of a label, at 11 px: that of capitals [px]."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a map.

    Attributes
    ----------
    title : is shown on hover; label : beside it.
    shape : `circle`; `diamond` or `cross` leave a circle below them to be seen.
    """

    x: float
    y: float
    colour: str
    title: str
    label: str = ""
    radius: float = 6.0
    shape: str = "circle"


@dataclass(frozen=True, slots=True)
class Stroke:
    """Lines of a map that are drawn alike, below all points; `title` is shown on hover."""

    segments: Sequence[tuple[Place, Place]]
    colour: str = "var(--axis)"
    width: float = 1.0
    dashed: bool = False
    title: str = ""


def street_map(dots: Sequence[Dot], *, unit: str, strokes: Sequence[Stroke] = (), label: str = "") -> str:
    """Return points and lines with a scale below; `label` is read out in the place of the map."""
    places = [(dot.x, dot.y) for dot in dots]
    places += [place for stroke in strokes for segment in stroke.segments for place in segment]
    if not places:
        return nothing("the model has no coordinates")
    x, y = value_range([x for x, _ in places]), value_range([y for _, y in places])
    scale = (SIDE - 2 * ROOM) / max(x[1] - x[0], y[1] - y[0])
    high = 2 * ROOM + (y[1] - y[0]) * scale

    def at(place: Place) -> Place:
        return ROOM + (place[0] - x[0]) * scale, high - ROOM - (place[1] - y[0]) * scale

    drawn = "".join(_stroke(stroke, at) for stroke in strokes if stroke.segments)
    drawn += "".join(_dot(dot, *at((dot.x, dot.y))) for dot in dots)
    drawn += _scale(scale, high + BELOW / 2, unit)
    wide = max([SIDE, *(_end(dot, *at((dot.x, dot.y))) for dot in dots if dot.label)])
    return canvas(drawn, wide, high + BELOW, label=label)


def _stroke(stroke: Stroke, at: Callable[[Place], Place]) -> str:
    path = "".join(
        f"M{first[0]:.1f} {first[1]:.1f}L{second[0]:.1f} {second[1]:.1f}"
        for first, second in ((at(one), at(other)) for one, other in stroke.segments)
    )
    dashes = ' stroke-dasharray="3 3"' if stroke.dashed else ""
    style = f'fill="none" stroke="{stroke.colour}" stroke-width="{stroke.width:g}"{dashes}'
    title = f"<title>{escape(stroke.title)}</title>" if stroke.title else ""
    return f'<path {style} d="{path}">{title}</path>'


def _dot(dot: Dot, x: float, y: float) -> str:
    drawn = f"{_shape(dot, x, y)}<title>{escape(dot.title)}</title></{_TAGS[dot.shape]}>"
    if not dot.label:
        return drawn
    left = _leftwards(dot, x)
    return drawn + text_at(x - 9 if left else x + 9, y - 6, dot.label, "end" if left else "start")


def _leftwards(dot: Dot, x: float) -> bool:
    """Return whether a label stands on the left of its point: right of the middle, if there is room."""
    return x > SIDE / 2 and x > 9 + LETTER * len(dot.label)


def _end(dot: Dot, x: float, _: float) -> float:
    """Return where the label of a point ends."""
    return x if _leftwards(dot, x) else x + 9 + LETTER * len(dot.label)


_TAGS = {"circle": "circle", "diamond": "path", "cross": "path"}


def _shape(dot: Dot, x: float, y: float) -> str:
    """Return the shape of a point, not yet closed."""
    r = dot.radius
    if dot.shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}" fill="{dot.colour}">'
    if dot.shape == "diamond":
        path = f"M{x:.1f} {y - r:.1f}l{r:g} {r:g}l{-r:g} {r:g}l{-r:g} {-r:g}z"
        return f'<path d="{path}" fill="none" stroke="{dot.colour}" stroke-width="2">'
    path = f"M{x - r:.1f} {y - r:.1f}l{2 * r:g} {2 * r:g}m0 {-2 * r:g}l{-2 * r:g} {2 * r:g}"
    return f'<path d="{path}" fill="none" stroke="{dot.colour}" stroke-width="2.5">'


def _scale(scale: float, y: float, unit: str) -> str:
    """Return a bar that tells a round length."""
    length = max(one for one in round_steps(SIDE / 4 / scale) if one <= SIDE / 4 / scale)
    right = ROOM + length * scale
    return f'<path class="axis" d="M{ROOM:.1f} {y - 4:.1f}v8v-4H{right:.1f}v-4v8"/>' + text_at(
        right + 8, y + 4, f"{length:g} {unit}", "start"
    )
