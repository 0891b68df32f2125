"""An interconnection study as one HTML page that needs nothing else: no network, no script."""

from collections.abc import Iterator
from html import escape
from statistics import median

from hcr.cli.bars import Ranked, ranked_bars
from hcr.cli.interconnection_costs import capacity_by_sequence, costs, sequences
from hcr.cli.interconnection_maps import capacity_map, sequence_maps, told
from hcr.cli.interconnection_settings import asked
from hcr.cli.limit_names import LIMITS, limit_colour, limit_name
from hcr.cli.page import legend, meanings, page, table
from hcr.results.interconnection_tables import INTERCONNECTION_TABLES
from hcr.studies.interconnection.records import deciding, records_of, trigger_cost_usd
from hcr.studies.interconnection.study_result import BusCapacity, StudyResult

MEANINGS = (
    ("Hosting capacity", "the largest size that was tried at a bus and kept to all limits [kW]."),
    ("Alone", "with nothing else connected than what the model has."),
    ("Limit, element", "what the next larger size that was tried violates, and where."),
    ("Sequence", "an order in which the same units ask to connect, one a round; 0 is the first."),
    ("Trigger", "the unit with which the first violation came; it is connected all the same."),
    ("Upgrades", "made after a round that violates a limit, until none is left or nothing more can be done."),
    ("Cost by kW", "cost of the upgrades for the first violation, over the size of the trigger or of all."),
    ("lowest, highest voltage", "over all nodes and the whole day [pu]; no worse than before passes too."),
    ("voltage change", "largest step of the voltage at a monitored bus, from one moment to the next [%]."),
    ("emergency rating", "largest current of an element [% of its emergency rating]."),
    ("hours above normal rating", "time that an element carries more than its normal rating in a day [h]."),
    ("island screen", "whether a part behind reclosers could feed itself once they open."),
)

FOLDED = 60
"""Rows from which on a table is folded away."""


def interconnection_page(result: StudyResult, about: str) -> str:
    """Return the page of a study; `about` says in a sentence which run it is of."""
    title = f"Interconnection study of feeder {result.feeder}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(about)}</p>",
        _headline(result),
        _warnings(result),
        "<h2>Hosting capacity</h2>",
        "<p>Each bus with nothing else connected. Hover over a bus to see what limits it.</p>",
        capacity_map(result),
        _ranking(result),
        *capacity_by_sequence(result),
        *sequences(result),
        *_maps(result),
        *costs(result),
        "<h2>What was asked</h2>",
        *asked(result.settings),
        meanings(MEANINGS),
        "<h2>Tables</h2>",
        "<p>The same rows as in the files of the study, with the same names.</p>",
        *_tables(result),
    ]
    return page(title, body)


def _headline(result: StudyResult) -> str:
    tiles = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in headline(result)
    )
    return f'<dl class="tiles">{tiles}</dl>'


def headline(result: StudyResult) -> Iterator[tuple[str, str]]:
    """Yield the figures that people look for first, with their names."""
    capacities = [one.size.kw for one in result.independent]
    if capacities:
        middle = f"{median(capacities):,.0f} kW"
        yield "Hosting capacity, middle of all buses", middle
        yield "least to most", f"{min(capacities):,.0f} to {max(capacities):,.0f} kW"
        yield "buses that can take nothing", f"{sum(not kw for kw in capacities)} of {len(capacities)}"
    first = next(iter(result.sequences), None)
    if first is not None:
        yield "connected before upgrades", f"{_before(result):,.0f} kW"
        yield "first violation", "none" if first.trigger is None else f"with unit {first.trigger}"
        yield "upgrades for it", f"{trigger_cost_usd(first):,.0f} USD"
        (row, *_) = records_of(result)["sequences"]
        if row["usd_per_trigger_kw"] is not None:
            yield (
                "by kW of that unit, and of all",
                (f"{row['usd_per_trigger_kw']:,.0f} and {row['usd_per_installed_kw'] or 0:,.0f} USD/kW"),
            )
    yield "days judged", f"{result.scenario_days:,}"
    yield "engine", result.engine


def _before(result: StudyResult) -> float:
    """Return what the first sequence connects before its first violation [kW]."""
    first = result.sequences[0]
    trigger = next((unit.size.kw for unit in result.units if unit.number == first.trigger), 0.0)
    return first.installed_kw - trigger


def _warnings(result: StudyResult) -> str:
    if not result.warnings:
        return ""
    lines = "".join(f"<li>{escape(one)}</li>" for one in result.warnings)
    return f"<h2>Warnings</h2><ul>{lines}</ul>"


def _ranking(result: StudyResult) -> str:
    """Return all capacities as bars, in groups by what limits them."""
    groups: dict[str | None, list[BusCapacity]] = {}
    for one in result.independent:
        worst = deciding(one.violations)
        groups.setdefault(worst.metric.value if worst else None, []).append(one)
    order = [*LIMITS, None]
    ranked = [
        Ranked(limit_name(key), limit_colour(key), [(one.size.kw, told(one)) for one in groups[key]])
        for key in sorted(groups, key=order.index)
    ]
    drawn = ranked_bars(
        ranked, y_label="hosting capacity [kW]", label="Hosting capacities by what limits them"
    )
    marks = legend([(f"{one.name} ({len(one.values)})", one.colour) for one in ranked])
    return f"<h3>By what limits it</h3>{marks}<figure>{drawn}</figure>"


def _maps(result: StudyResult) -> Iterator[str]:
    maps = list(sequence_maps(result))
    if maps:
        yield "<h3>Upgrades on the map</h3>"
        yield "<p>Thick lines are upgraded; hover over one to see how, and for which unit.</p>"
        yield from maps


def _tables(result: StudyResult) -> Iterator[str]:
    rows = records_of(result)
    rows["violations"] = [row for row in rows["violations"] if row["found_in"] != "hosting_capacity"]
    for one in INTERCONNECTION_TABLES:
        name = one.name.removeprefix("interconnection_")
        if not rows[name]:
            continue
        names = [column for column in one.columns if column.name in rows[name][0]]
        head = [f"{column.name} [{column.unit}]" if column.unit else column.name for column in names]
        body = table(head, [("", [row[column.name] for column in names]) for row in rows[name]])
        folded = "" if len(rows[name]) <= FOLDED else f" ({len(rows[name]):,} rows)"
        opened = "" if folded else " open"
        meaning = f"<p>{escape(one.meaning)}</p>"
        yield f"<details{opened}><summary>{escape(one.name)}{folded}</summary>{meaning}{body}</details>"
    yield "<p>Violations behind hosting capacities are told in their own table, and all are in the files.</p>"
