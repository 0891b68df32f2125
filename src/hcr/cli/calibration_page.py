"""A calibration as one HTML page that needs nothing else: no network, no script."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC
from html import escape

from hcr.cli.page import cell, meanings, page, table
from hcr.cli.svg import Series, histogram, lines
from hcr.cli.svg_map import Dot, street_map
from hcr.cli.wording import counted, times_told
from hcr.client.answers import CalibrationReport, CalibrationRun, TransformerFinding

BEFORE, AFTER, LEVEL = "#c8642a", "#2f7fc1", "#8a8f98"
COLOURS = {"kept": "#8a8f98", "moved": "#2f7fc1", "doubtful": "#c08a00", "nothing found": "#d0473a"}
"""Colours of transformers on the map; all colours are seen on white and on black."""

BINS = 40
MOST_LABELS, MOST_REMARKS = 60, 200
"""Transformers of a map that have a label, and meters that are listed."""

MEANINGS = (
    ("Error", "measured less simulated voltage, in per cent of the simulated voltage."),
    ("Before, after", "with the taps of the model; with the taps and the upstream voltage found."),
    ("Upstream voltage", "what was found at the head of the feeder beyond what the model has [%]."),
    ("Kept back", "times and customers that were not used to find the taps, but to check them."),
    ("Error of times", "root mean square over transformers and times of the median error."),
    ("Error of customers", "median over customers of the size of their median error."),
    ("Position", "of the tap changer; a higher one gives a higher LV voltage."),
    ("Probability", "of the position found, and of the second likeliest, the runner-up [%]."),
    ("Deviation", "mean error of a transformer's customers before, upstream voltage taken off [%]."),
    ("Meters counted", "those that told the tap, out of the customers behind the transformer."),
)


def calibration_page(run: CalibrationRun, reports: Sequence[CalibrationReport]) -> str:
    """Return the page of a run: a summary, then each feeder with its errors, transformers and map."""
    title = f"Calibration {run.name or run.id}"
    times = times_told(run.times or [run.calibration_time_local])
    about = f"Run {run.id}, {run.status.lower()}. Voltages of {times}."
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(about)}</p>",
        f"<pre>{escape(run.run_info)}</pre>",
        "<h2>Summary</h2>",
        _summary(reports),
        meanings(MEANINGS),
        *(part for report in reports for part in _feeder(report)),
    ]
    return page(title, body)


def standing(one: TransformerFinding) -> str:
    """Return what happened to a transformer: a key of `COLOURS`."""
    if one.tap_found is None:
        return "nothing found"
    if one.doubtful:
        return "doubtful"
    return "kept" if one.tap_found == one.tap_before else "moved"


def _summary(reports: Sequence[CalibrationReport]) -> str:
    head = (
        *("Feeder", "Method", "Engine", "Times", "Transformers", "Taps found", "Doubtful", "Meters counted"),
        *("Upstream voltage %", "Times kept back: error before %", "after %"),
        *("Customers kept back: error before %", "after %"),
    )
    rows = [
        (
            *(one.feeder, one.method, one.engine, one.times, one.transformers, one.found, one.doubtful),
            *(_of(one.customers_used, one.customers), one.level_percent),
            *(one.held_out_times_before_percent, one.held_out_times_after_percent),
            *(one.held_out_customers_before_percent, one.held_out_customers_after_percent),
        )
        for one in (report.summary for report in reports)
    ]
    return table(head, [("", row) for row in rows])


def _feeder(report: CalibrationReport) -> Iterator[str]:
    """Yield the parts about one feeder."""
    yield f"<h2>Feeder {escape(report.summary.feeder)}</h2>"
    if report.left_out:
        yield f"<p>{report.left_out} rows were too many, and are left out.</p>"
    yield "<h3>Errors of customers</h3><p>Median error of each; the outermost bars hold what is beyond.</p>"
    yield _errors(report)
    yield (
        "<h3>Errors by time</h3><p>Errors are root mean squares over transformers, and have no sign; "
        "the upstream voltage has one.</p>"
    )
    yield lines(_by_time(report), x_label=_time_label(report), y_label="error, upstream voltage [%]")
    yield "<h3>Map</h3>" + _map_legend(report.transformers)
    yield street_map(_dots(report.transformers), unit="(unit of the model's coordinates)")
    yield "<h3>Transformers</h3>" + _transformers(report.transformers)
    yield from _remarks(report)


def _errors(report: CalibrationReport) -> str:
    errors = [
        (name, colour, [value for value in values if value is not None])
        for name, colour, values in (
            ("before", BEFORE, [one.error_before_percent for one in report.customers]),
            ("after", AFTER, [one.error_after_percent for one in report.customers]),
        )
    ]
    return histogram(errors, bins=BINS, x_label="error [%]", y_label="customers")


def _time_label(report: CalibrationReport) -> str:
    """Return what the numbers of the times mean."""
    stamps = sorted(one.timestamp for one in report.times if one.timestamp is not None)
    if not stamps:
        return "time, in order"
    first, last = (f"{one.astimezone(UTC):%Y-%m-%d %H:%M}" for one in (stamps[0], stamps[-1]))
    return f"number of the time: 1 is {first}, {len(stamps)} is {last} UTC"


def _by_time(report: CalibrationReport) -> list[Series]:
    """Return the error over the times, in their order, and the upstream voltage beside it."""
    ordered = sorted(report.times, key=lambda one: str(one.timestamp))
    kinds = (
        ("before", BEFORE, [one.error_before_percent for one in ordered]),
        ("after", AFTER, [one.error_after_percent for one in ordered]),
        ("upstream voltage", LEVEL, [one.level_percent for one in ordered]),
    )
    return [
        Series(name, colour, [(float(at), value) for at, value in enumerate(values, 1) if value is not None])
        for name, colour, values in kinds
    ]


def _map_legend(found: Sequence[TransformerFinding]) -> str:
    """Return what each colour means, how many have it, and what the map lacks."""
    counts = Counter(standing(one) for one in found)
    marks = " &nbsp; ".join(
        f'<span style="color:{colour}">&#9679;</span> {escape(name)} ({counts[name]})'
        for name, colour in COLOURS.items()
    )
    lost = sum(one.x is None or one.y is None for one in found)
    return f"<p>{marks}</p>" + (f"<p>{lost} of {len(found)} have no coordinates.</p>" if lost else "")


def _dots(found: Sequence[TransformerFinding]) -> list[Dot]:
    """Return the transformers that have a place; those to look at are on top and have a label."""
    placed = sorted(_in_order(found), key=lambda one: list(COLOURS).index(standing(one)))
    labels = {one.transformer_id for one in placed[::-1][:MOST_LABELS] if _to_look_at(one)}
    return [
        Dot(
            *(one.x, one.y, COLOURS[standing(one)], f"{one.transformer_id}: {_told(one)}"),
            label=one.transformer_id if one.transformer_id in labels else "",
        )
        for one in placed
        if one.x is not None and one.y is not None
    ]


def _to_look_at(one: TransformerFinding) -> bool:
    return standing(one) in ("doubtful", "nothing found")


def _in_order(found: Sequence[TransformerFinding]) -> list[TransformerFinding]:
    """Return the transformers, those to look at first."""
    return sorted(found, key=lambda one: not _to_look_at(one))


def _told(one: TransformerFinding) -> str:
    found = "none" if one.tap_found is None else f"{one.tap_found} ({cell(_share(one.confidence))} %)"
    return f"position {cell(one.tap_before)} → {found}" + (f"; {one.reason}" if one.reason else "")


def _transformers(found: Sequence[TransformerFinding]) -> str:
    head = (
        *("Transformer", "Zone", "Position before", "Position found", "Probability %", "Runner-up"),
        *("its probability %", "Meters counted", "Deviation %", "Error before %", "Error after %", "Remark"),
    )
    rows = [
        (
            {"doubtful": "doubtful", "nothing found": "none"}.get(standing(one), ""),
            (
                *(one.transformer_id, one.zone, one.tap_before, one.tap_found, _share(one.confidence)),
                *(one.runner_up, _share(one.runner_up_confidence)),
                *(_of(one.customers_used, one.customers), one.deviation_percent),
                *(one.error_before_percent, one.error_after_percent, one.reason),
            ),
        )
        for one in _in_order(found)
    ]
    return table(head, rows)


def _remarks(report: CalibrationReport) -> Iterator[str]:
    """Yield a table of the meters that did not count or should not be trusted."""
    told = sorted(
        (one for one in report.customers if one.reason), key=lambda one: -abs(one.error_after_percent or 0.0)
    )
    if not told:
        return
    yield f"<h3>Meters to look at</h3><p>{counted(len(told), 'meter')} with a remark."
    yield (
        f" The {MOST_REMARKS} with the largest errors are shown.</p>" if len(told) > MOST_REMARKS else "</p>"
    )
    head = ("Customer", "Transformer", "Readings", "Error before %", "Error after %", "Remark")
    rows = [
        (
            *(one.cpi_id or one.ec_mrid, one.transformer_id, one.readings),
            *(one.error_before_percent, one.error_after_percent, one.reason),
        )
        for one in told[:MOST_REMARKS]
    ]
    yield table(head, [("", row) for row in rows])


def _share(probability: float | None) -> float | None:
    """Return a probability in per cent."""
    return None if probability is None else 100.0 * probability


def _of(some: int | None, whole: int | None) -> str:
    return f"{cell(some)} of {cell(whole)}"
