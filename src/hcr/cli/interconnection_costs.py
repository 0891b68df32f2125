"""Sections of the report on what connects in each order, what that costs, and who pays."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from hcr.cli.bars import BarSeries, named_bars
from hcr.cli.page import legend, table
from hcr.studies.interconnection.records import records_of, trigger_cost_usd
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.study_result import Compared, SequenceResult, StudyResult, StudyUnit

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#a59a00", "#8a8f98")
"""The colours of Okabe and Ito; the drawings have a legend and titles besides."""

RULES = {
    "trigger": "the unit that triggers an upgrade pays it",
    "pro_rata": "all pay by their kW",
    "gain": "all pay by what their bus gains",
    "shapley": "all pay what they add on average (Shapley)",
}


def capacity_by_sequence(result: StudyResult) -> Iterator[str]:
    """Yield how much the buses of the queue can take alone, and in each sequence."""
    compared = {
        (_site(one), sequence.index): one for sequence in result.sequences for one in sequence.comparison
    }
    if not compared:
        return
    sites = list(dict.fromkeys(site for site, _ in compared))
    alone = {site: one.independent_kw for (site, _), one in compared.items()}
    series = [BarSeries("alone", COLOURS[-1], [alone[site] for site in sites])]
    for sequence in result.sequences:
        found = [compared.get((site, sequence.index)) for site in sites]
        kw = [one.sequence_kw if one else None for one in found]
        series.append(BarSeries(f"sequence {sequence.index}", _colour(sequence.index), kw))
        if any(one is not None and one.upgraded_kw is not None for one in found):
            after = [one.upgraded_kw if one else None for one in found]
            name = f"after the upgrades of sequence {sequence.index}, beyond what is installed"
            series.append(BarSeries(name, f"{_colour(sequence.index)}80", after))
    yield "<h2>Capacity alone and in each sequence</h2>"
    yield (
        "<p>A bus can take less when others are connected first. Values of a sequence count the bus's own "
        "unit in.</p>"
    )
    yield _figure(
        _told(sites), series, "hosting capacity [kW]", "Hosting capacity of the queue's buses by sequence"
    )


def _site(one: Compared) -> tuple[str, Kind]:
    return one.bus, one.kind


def _told(sites: Sequence[tuple[str, Kind]]) -> list[str]:
    """Return the names of buses, each with the kind of its units where it has several kinds."""
    kinds = Counter(bus for bus, _ in sites)
    return [f"{bus} {kind.value}" if kinds[bus] > 1 else bus for bus, kind in sites]


def sequences(result: StudyResult) -> Iterator[str]:
    """Yield what each sequence connects before it violates a limit, and with which unit."""
    if not result.sequences:
        return
    names = {unit.number: unit_told(unit) for unit in result.units}
    head = (
        *("Sequence", "Order", "First violation with unit", "Connected by then kW", "Upgrades for it USD"),
        *("All upgrades USD", "Remark"),
    )
    rows = [
        (
            *(one.index, ", ".join(str(number) for number in one.order)),
            "none" if one.trigger is None else names.get(one.trigger, str(one.trigger)),
            *(one.installed_kw, trigger_cost_usd(one), float(one.cost_usd), _remark(one)),
        )
        for one in result.sequences
    ]
    yield "<h2>Sequences</h2>" + table(head, [("", row) for row in rows])


def costs(result: StudyResult) -> Iterator[str]:
    """Yield what upgrades cost by kW, by sequence and by rule."""
    if not any(one.cost_usd for one in result.sequences):
        return
    yield "<h2>Costs</h2><h3>Upgrades for the first violation, by kW</h3>"
    rows = [row for row in records_of(result)["sequences"] if row["usd_per_trigger_kw"] is not None]
    names = [f"sequence {row['sequence']}, unit {row['trigger']}" for row in rows]
    by_kw = [
        BarSeries("of the unit that triggers it", COLOURS[4], _numbers(rows, "usd_per_trigger_kw")),
        BarSeries("of all that is connected by then", COLOURS[0], _numbers(rows, "usd_per_installed_kw")),
    ]
    yield _figure(names, by_kw, "cost of the upgrades [USD/kW]", "Cost of upgrades by kW and sequence")
    yield from _by_sequence(result)
    yield from _by_rule(result)


def _by_sequence(result: StudyResult) -> Iterator[str]:
    yield "<h3>By unit and sequence</h3><p>What a unit's own round cost, where it came in that order.</p>"
    made: dict[tuple[int, int], float] = {}
    for sequence in result.sequences:
        for one in sequence.rounds:
            key = (one.unit, sequence.index)
            made[key] = made.get(key, 0.0) + one.cost_usd
    series = [
        BarSeries(
            f"sequence {sequence.index}",
            _colour(sequence.index),
            [made.get((unit.number, sequence.index)) for unit in result.units],
        )
        for sequence in result.sequences
    ]
    yield _figure(_names(result), series, "cost [USD]", "Cost of each unit by sequence")


def _by_rule(result: StudyResult) -> Iterator[str]:
    for sequence in dict.fromkeys(one.sequence for one in result.payments):
        paid = {(one.unit, one.rule): one for one in result.payments if one.sequence == sequence}
        rules = list(dict.fromkeys(rule for _, rule in paid))
        series = [
            BarSeries(
                RULES.get(rule, rule),
                COLOURS[at % len(COLOURS)],
                [one.cost_usd if (one := paid.get((unit.number, rule))) else None for unit in result.units],
            )
            for at, rule in enumerate(rules)
        ]
        yield f"<h3>Who pays for the upgrades of sequence {sequence}, by rule</h3>"
        yield _figure(_names(result), series, "cost [USD]", f"Cost of each unit by rule, sequence {sequence}")
        notes = dict.fromkeys(f"{one.rule}: {one.note}" for one in paid.values() if one.note)
        yield "".join(f"<p>{escape(note)}</p>" for note in notes)


def _figure(names: Sequence[str], series: Sequence[BarSeries], axis: str, label: str) -> str:
    if not names:
        return ""
    marks = legend([(one.name, one.colour) for one in series])
    return f"{marks}<figure>{named_bars(names, series, axis=axis, label=label)}</figure>"


def _names(result: StudyResult) -> list[str]:
    return [unit_told(unit) for unit in result.units]


def unit_told(unit: StudyUnit) -> str:
    """Return what people call a unit: its number, then its name where that does not begin with it."""
    numbered = unit.name.split(" ", 1)[0] == str(unit.number)
    return unit.name if numbered else f"{unit.number} {unit.name}"


def _numbers(rows: Sequence[Mapping[str, object]], name: str) -> list[float | None]:
    return [value if isinstance(value := row[name], float) else None for row in rows]


def _colour(at: int) -> str:
    return COLOURS[at % (len(COLOURS) - 1)]


def _remark(sequence: SequenceResult) -> str:
    notes = [sequence.ended, *(f"unit {one.unit}: {one.note}" for one in sequence.rounds if one.note)]
    return "; ".join(note for note in notes if note)
