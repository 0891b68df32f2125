"""Maps of an interconnection study: what buses can host, and what is upgraded where."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from hcr.cli.limit_names import limit_name, value_told
from hcr.cli.svg_map import Dot, Place, Stroke, street_map
from hcr.cli.wording import counted
from hcr.studies.interconnection.records import deciding
from hcr.studies.interconnection.study_result import BusCapacity, MapBus, SequenceResult, StudyResult
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind

STEPS = ("#00204d", "#575c6d", "#918d77", "#c8b866", "#ffea46")
"""From little to much: the scale cividis, made for colour-blind people; dots have a rim on any paper."""

VIOLATING, UPGRADED = "#d55e00", "#e69f00"

UNIT = "(unit of the model's coordinates)"

MOST_LABELS = 60
"""Units whose name stands on a map; on hover all are told."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the buses and elements of a feeder lie.

    Attributes
    ----------
    places : by bus, in small letters. lines, open_lines : closed and open elements.
    elements : by name in small letters, with and without its class.
    """

    places: Mapping[str, Place]
    lines: tuple[tuple[Place, Place], ...]
    open_lines: tuple[tuple[Place, Place], ...]
    elements: Mapping[str, tuple[Place, Place]]

    @classmethod
    def of(cls, result: StudyResult) -> "Plan":
        """Return the plan of a study's feeder."""
        places = {bus.name.lower(): place for bus in result.buses if (place := _place(bus)) is not None}
        drawn = [
            (edge, (places[edge.first.lower()], places[edge.second.lower()]))
            for edge in result.edges
            if edge.first.lower() in places and edge.second.lower() in places
        ]
        elements: dict[str, tuple[Place, Place]] = {}
        for edge, segment in drawn:
            name = edge.element.lower()
            elements |= {name: segment, name.partition(".")[2] or name: segment}
        closed = tuple(segment for edge, segment in drawn if not edge.open)
        return cls(places, closed, tuple(segment for edge, segment in drawn if edge.open), elements)

    @property
    def strokes(self) -> list[Stroke]:
        """Return the feeder itself; what is open is dashed."""
        return [Stroke(self.lines), Stroke(self.open_lines, dashed=True, title="open")]

    @property
    def radius(self) -> float:
        """Return how large points are, so that those of a large feeder are told apart [px]."""
        return 6.0 if len(self.places) <= 300 else 4.0 if len(self.places) <= 1500 else 2.5


def capacity_map(result: StudyResult) -> str:
    """Return the map of hosting capacities, with its legend and what it lacks."""
    plan = Plan.of(result)
    edges = class_edges([one.size.kw for one in result.independent])
    shown = sorted(result.independent, key=lambda one: one.size.kw)
    dots = [
        Dot(*place, _colour(one.size.kw, edges), told(one), radius=plan.radius)
        for one in shown
        if (place := plan.places.get(one.bus.lower())) is not None
    ]
    first = next(iter(result.sequences), None)
    dots += _units(result, plan, first) + (_violating(first, plan) if first else [])
    drawn = street_map(
        dots, unit=UNIT, strokes=plan.strokes, label="Map of the feeder with the hosting capacity of each bus"
    )
    return _legend(edges, marks=bool(result.units)) + f"<figure>{drawn}</figure>" + _lost(result, plan)


def upgrade_map(result: StudyResult, sequence: SequenceResult) -> str:
    """Return the map of what a sequence connects and upgrades, and what it lacks."""
    plan = Plan.of(result)
    made = [(one.unit, upgrade) for one in sequence.rounds for upgrade in one.upgrades]
    placed = [(unit, upgrade, _upgraded(upgrade, plan)) for unit, upgrade in made]
    strokes = [
        Stroke((segment,), UPGRADED, 5.0, title=f"{upgrade_told(upgrade)}, for unit {unit}")
        for unit, upgrade, segment in placed
        if segment is not None
    ]
    dots = [*_units(result, plan, sequence), *_violating(sequence, plan)]
    label = f"Map of the upgrades of sequence {sequence.index}"
    drawn = street_map(dots, unit=UNIT, strokes=[*plan.strokes, *strokes], label=label)
    off = sum(segment is None for _, _, segment in placed)
    lost = f"<p>{counted(off, 'upgrade')} cannot be shown on the map.</p>" if off else ""
    return f"<figure>{drawn}</figure>{lost}"


def told(one: BusCapacity) -> str:
    """Return a capacity in a sentence: how much, what limits it, and how surely."""
    worst = deciding(one.violations)
    if worst is None:
        return f"{one.bus}: {one.size.kw:,.0f} kW or more, {limit_name(None)}"
    limit = (
        f"{limit_name(worst.metric.value)} at {worst.element}" if worst.element else limit_name(worst.metric)
    )
    bounds = f"{value_told(worst.value, worst.unit)} against {value_told(worst.bound, worst.unit)}"
    failing = "" if one.search.failing_kw is None else f" with {one.search.failing_kw:,.1f} kW"
    return f"{one.bus}: {one.size.kw:,.0f} kW, limited by {limit}: {bounds}{failing}"


def upgrade_told(upgrade: Upgrade) -> str:
    """Return an upgrade in a sentence."""
    change = f"{upgrade.old:g} to {upgrade.new:g} {upgrade.unit}"
    built = f", {upgrade.length_ft:,.0f} ft" if upgrade.length_ft else ""
    return f"{upgrade.kind.value} {upgrade.element}: {change}{built}, {upgrade.cost_usd:,.0f} USD"


def class_edges(capacities: Sequence[float]) -> list[float]:
    """Return the lower ends of up to five classes with about as many capacities each [kW]."""
    ordered = sorted(capacities)
    if not ordered:
        return []
    ends = [ordered[at * len(ordered) // len(STEPS)] for at in range(1, len(STEPS))]
    return sorted({0.0, *(float(f"{end:.2g}") for end in ends)})


def _colour(kw: float, edges: Sequence[float]) -> str:
    at = sum(kw >= edge for edge in edges) - 1
    return STEPS[_step(max(at, 0), len(edges))]


def _step(at: int, classes: int) -> int:
    """Return which colour a class has: the outermost classes have the outermost colours."""
    return round(at * (len(STEPS) - 1) / (classes - 1)) if classes > 1 else len(STEPS) - 1


def _legend(edges: Sequence[float], *, marks: bool) -> str:
    ranges = []
    for at, low in enumerate(edges):
        text = f"below {edges[at + 1]:,g}" if not low and at + 1 < len(edges) else f"{low:,g} or more"
        if low and at + 1 < len(edges):
            text = f"{low:,g} to {edges[at + 1]:,g}"
        ranges.append(
            f'<span class="step" style="background:{STEPS[_step(at, len(edges))]}"></span> {text} kW'
        )
    if marks:
        ranges.append("&#9671; unit of the queue")
        ranges.append(f'<span style="color:{VIOLATING}">&#10005;</span> bus that violates a limit')
    return f'<p class="legend">{" &nbsp; ".join(ranges)}</p>'


def _units(result: StudyResult, plan: Plan, sequence: SequenceResult | None) -> list[Dot]:
    """Return the units that a sequence connects, its trigger last and so on top."""
    trigger = sequence.trigger if sequence else None
    there = {one.unit for one in sequence.rounds} if sequence else set()
    shown = sorted(
        (unit for unit in result.units if unit.number in there), key=lambda one: one.number == trigger
    )
    labelled = len(shown) <= MOST_LABELS
    return [
        Dot(
            *place,
            VIOLATING if unit.number == trigger else "var(--ink)",
            f"unit {unit.number}, {unit.name}: {unit.size.kw:,.0f} kW at {unit.bus}"
            + (", the first that violates a limit" if unit.number == trigger else ""),
            label=str(unit.number) if labelled or unit.number == trigger else "",
            radius=9.0,
            shape="diamond",
        )
        for unit in shown
        if (place := plan.places.get(unit.bus.lower())) is not None
    ]


def _violating(sequence: SequenceResult, plan: Plan) -> list[Dot]:
    """Return the places where a sequence violates limits, each once; those of elements at their middle."""
    found: dict[Place, str] = {}
    for one in sequence.rounds:
        for margin in one.violations:
            place = _of_element(margin.element, plan)
            if place is not None:
                bounds = (
                    f"{value_told(margin.value, margin.unit)} against {value_told(margin.bound, margin.unit)}"
                )
                text = f"{margin.element}: {limit_name(margin.metric.value)}, {bounds}, with unit {one.unit}"
                found[place] = f"{found[place]}; {text}" if place in found else text
    return [Dot(*place, VIOLATING, text, shape="cross") for place, text in found.items()]


def _of_element(name: str, plan: Plan) -> Place | None:
    """Return where a node, a bus or an element lies."""
    text = name.lower()
    bus = plan.places.get(text) or plan.places.get(text.partition(".")[0])
    if bus is not None:
        return bus
    segment = plan.elements.get(text) or plan.elements.get(_short(text))
    if segment is None:
        return None
    (x, y), (right, top) = segment
    return (x + right) / 2.0, (y + top) / 2.0


_CLASSES = {
    **dict.fromkeys((UpgradeKind.LINE, UpgradeKind.NEW_REGULATOR), "line"),
    **dict.fromkeys((UpgradeKind.TRANSFORMER, UpgradeKind.TAP), "transformer"),
}


def _upgraded(upgrade: Upgrade, plan: Plan) -> tuple[Place, Place] | None:
    """Return where an upgraded element lies; a line and a transformer may have the same name."""
    name = _short(upgrade.element)
    return plan.elements.get(f"{_CLASSES.get(upgrade.kind, '')}.{name}") or plan.elements.get(name)


def _short(element: str) -> str:
    name = element.lower()
    return name.partition(".")[2] or name


def _place(bus: MapBus) -> Place | None:
    return None if bus.x is None or bus.y is None else (bus.x, bus.y)


def _lost(result: StudyResult, plan: Plan) -> str:
    lost = len(result.buses) - len(plan.places)
    return f"<p>{lost} of {len(result.buses)} buses have no coordinates.</p>" if lost else ""


def sequence_maps(result: StudyResult) -> Iterator[str]:
    """Yield a map of each sequence that upgrades something."""
    for sequence in result.sequences:
        if any(one.upgrades for one in sequence.rounds):
            yield f"<h4>Sequence {sequence.index}</h4>"
            yield f"<p>{escape(_order_told(result, sequence))}</p>"
            yield upgrade_map(result, sequence)


def _order_told(result: StudyResult, sequence: SequenceResult) -> str:
    order = ", ".join(str(number) for number in sequence.order)
    lines = sum(len(one.upgrades) for one in sequence.rounds)
    return f"Order {order}; {counted(lines, 'upgrade')} for {sequence.cost_usd:,.0f} USD."
