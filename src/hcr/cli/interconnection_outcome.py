"""What an interconnection study found, as people read it on a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hcr.cli.limit_names import limit_name, value_told
from hcr.cli.output import render
from hcr.cli.wording import counted
from hcr.studies.interconnection.records import records_of
from hcr.studies.interconnection.study_result import StudyResult

MOST_ROWS = 20
"""Rows of a table that people are shown; sheets and programs get all."""

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its heading; `name` is that of the whole table, for `--table`."""

    heading: str
    name: str
    rows: Sequence[Record]


def in_words(result: StudyResult) -> str:
    """Return a study as people read it: a line, then its tables, each not too long."""
    parts = ["".join(f"{line}\n" for line in _story(result))]
    parts += [_drawn(section) for section in _sections(result) if section.rows]
    return "\n".join(parts)


def _story(result: StudyResult) -> Iterator[str]:
    days = f"{result.scenario_days:,} days judged" if result.scenario_days else "no day judged"
    yield f"Interconnection study of feeder {result.feeder}, engine {result.engine}, {days}."
    yield from (f"warning: {one}" for one in result.warnings)


def _drawn(section: Section) -> str:
    shown = [{key: _cell(value) for key, value in row.items()} for row in section.rows[:MOST_ROWS]]
    text = f"{section.heading}\n{render(shown, list(shown[0]), 'table')}"
    more = len(section.rows) - MOST_ROWS
    return (
        text
        if more <= 0
        else f"{text}and {counted(more, 'more row')}; all with --table {section.name} -o csv\n"
    )


def _sections(result: StudyResult) -> Iterator[Section]:
    rows = records_of(result)
    yield Section("Hosting capacity, the smallest first", "hosting_capacity", _capacities(result))
    names = ("unit", "name", "bus", "kind", "kw")
    yield Section("Queue", "units", [{name: row[name] for name in names} for row in rows["units"]])
    yield Section("Sequences", "sequences", [_sequence(row) for row in rows["sequences"]])
    upgrades = [_upgrade(row) for row in rows["upgrades"] if row["withdrawn"] is None]
    yield Section("Upgrades", "upgrades", upgrades)
    compared = [_compared(row) for row in rows["comparison"]]
    yield Section("Capacity of the queue's buses by sequence [kW]", "comparison", compared)
    yield Section("Who pays [USD], by rule", "payments", _payments(result))
    yield Section("What changes when a unit leaves [USD]", "withdrawals", rows["withdrawals"])


def _capacities(result: StudyResult) -> list[Record]:
    rows = sorted(
        records_of(result)["hosting_capacity"], key=lambda row: (float(str(row["kw"])), str(row["bus"]))
    )
    return [_capacity(row) for row in rows]


def _capacity(row: Record) -> Record:
    limit, unit = row["limit"], str(row["measured_in"] or "")
    return {
        "bus": row["bus"],
        "kind": row["kind"],
        "kw": row["kw"],
        "limit": limit_name(None if limit is None else str(limit)),
        "element": row["element"],
        "value": _measured(row["value"], unit),
        "bound": _measured(row["bound"], unit),
        "trials": row["trials"],
    }


def _measured(value: object, unit: str) -> str | None:
    return value_told(value, unit) if isinstance(value, float) else None


def _sequence(row: Record) -> Record:
    return {
        "sequence": row["sequence"],
        "order": str(row["order"]).replace(",", " "),
        "first_violation_with": row["trigger"],
        "at": row["trigger_bus"],
        "installed_kw": row["installed_kw"],
        "upgrades_usd": row["trigger_cost_usd"],
        "usd_per_kw_of_unit": row["usd_per_trigger_kw"],
        "usd_per_kw_of_all": row["usd_per_installed_kw"],
        "remark": row["ended"],
    }


def _upgrade(row: Record) -> Record:
    names = ("sequence", "unit", "kind", "element", "old", "new", "measured_in", "length_ft", "cost_usd")
    return {name: row[name] for name in names}


def _compared(row: Record) -> Record:
    return {
        "sequence": row["sequence"],
        "bus": row["bus"],
        "kind": row["kind"],
        "alone": row["independent_kw"],
        "in_sequence": row["sequence_kw"],
        "left_after_upgrades": row["upgraded_kw"],
    }


def _payments(result: StudyResult) -> list[Record]:
    """Return a row a sequence and unit with a column a rule."""
    rules = list(dict.fromkeys(one.rule for one in result.payments))
    paid = {(one.sequence, one.unit, one.rule): one.cost_usd for one in result.payments}
    keys = dict.fromkeys((one.sequence, one.unit) for one in result.payments)
    return [
        {"sequence": sequence, "unit": unit, **{rule: paid.get((sequence, unit, rule)) for rule in rules}}
        for sequence, unit in keys
    ]


def _cell(value: object) -> object:
    """Return a value with no more digits than anybody reads."""
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.4g}"
