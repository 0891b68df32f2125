"""A calibration as one HTML page that needs nothing else: no network, no script."""

from collections.abc import Iterator, Sequence
from html import escape

from hcr.cli.svg import Dot, Series, histogram, lines, street_map
from hcr.client.answers import CalibrationReport, CalibrationRun, TransformerFinding

BEFORE, AFTER = "#b3541e", "#1b6ca8"
COLOURS = {"kept": "#8a8f98", "moved": "#1b6ca8", "doubtful": "#d9a400", "nothing found": "#c0392b"}
"""Colours of transformers on the map."""

BINS = 40

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
color: #222 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem } th, td { padding: .2rem .7rem; text-align: left;
border-bottom: 1px solid #ddd } td.n { text-align: right; font-variant-numeric: tabular-nums }
tr.doubtful { background: #fff6d6 } tr.none { background: #fbe3e0 } .none { color: #777 }
svg { max-width: 100% } svg text { font-size: 11px; fill: #444 } .axis { fill: none; stroke: #888 }
.scroll { overflow-x: auto } pre { white-space: pre-wrap }
"""


def calibration_page(run: CalibrationRun, reports: Sequence[CalibrationReport]) -> str:
    """Return the page of a run: a summary, then each feeder with its errors, transformers and map."""
    title = f"Calibration {run.name or run.id}"
    about = f"Run {run.id}, {run.status.lower()}; first time {run.calibration_time_local}."
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(about)}</p>",
        f"<pre>{escape(run.run_info)}</pre>",
        "<h2>Summary</h2>",
        _summary(reports),
        *(part for report in reports for part in _feeder(report)),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n'
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def standing(one: TransformerFinding) -> str:
    """Return what happened to a transformer: a key of `COLOURS`."""
    if one.tap_found is None:
        return "nothing found"
    if one.doubtful:
        return "doubtful"
    return "kept" if one.tap_found == one.tap_before else "moved"


def _summary(reports: Sequence[CalibrationReport]) -> str:
    head = (
        *("Feeder", "Method", "Engine", "Times", "Transformers", "Found", "In doubt", "Customers used"),
        *("Level %", "Held-out times before %", "after %", "Held-out customers before %", "after %"),
    )
    rows = [
        (
            *(one.feeder, one.method, one.engine, one.times, one.transformers, one.found, one.doubtful),
            *(f"{_cell(one.customers_used)} of {_cell(one.customers)}", one.level_percent),
            *(one.held_out_times_before_percent, one.held_out_times_after_percent),
            *(one.held_out_customers_before_percent, one.held_out_customers_after_percent),
        )
        for one in (report.summary for report in reports)
    ]
    return _table(head, [("", row) for row in rows])


def _feeder(report: CalibrationReport) -> Iterator[str]:
    """Yield the parts about one feeder."""
    yield f"<h2>Feeder {escape(report.summary.feeder)}</h2>"
    if report.left_out:
        yield f"<p>{report.left_out} rows were too many, and are left out.</p>"
    errors = [
        (name, colour, [value for value in values if value is not None])
        for name, colour, values in (
            ("before", BEFORE, [one.error_before_percent for one in report.customers]),
            ("after", AFTER, [one.error_after_percent for one in report.customers]),
        )
    ]
    yield "<h3>Errors of customers</h3><p>Measured minus simulated voltage; median of each customer.</p>"
    yield histogram(errors, bins=BINS, label="error [%]")
    yield "<h3>Errors by time</h3>"
    yield lines(_by_time(report), x_label="time, in order", y_label="error [%]")
    yield "<h3>Map</h3>" + _map_legend() + street_map(_dots(report.transformers))
    yield "<h3>Transformers</h3>" + _transformers(report.transformers)


def _by_time(report: CalibrationReport) -> list[Series]:
    """Return the error over the times, in their order, and the upstream level beside it."""
    ordered = sorted(report.times, key=lambda one: str(one.timestamp))
    kinds = (
        ("before", BEFORE, [one.error_before_percent for one in ordered]),
        ("after", AFTER, [one.error_after_percent for one in ordered]),
        ("upstream level", COLOURS["kept"], [one.level_percent for one in ordered]),
    )
    return [
        Series(name, colour, [(float(at), value) for at, value in enumerate(values, 1) if value is not None])
        for name, colour, values in kinds
    ]


def _map_legend() -> str:
    marks = (
        f'<span style="color:{colour}">&#9679;</span> {escape(name)}' for name, colour in COLOURS.items()
    )
    return f"<p>{' &nbsp; '.join(marks)}</p>"


def _dots(found: Sequence[TransformerFinding]) -> list[Dot]:
    return [
        Dot(one.x, one.y, COLOURS[standing(one)], f"{one.transformer_id}: {_told(one)}")
        for one in found
        if one.x is not None and one.y is not None
    ]


def _told(one: TransformerFinding) -> str:
    found = "none" if one.tap_found is None else f"{one.tap_found} ({_cell(one.confidence)})"
    return f"tap {_cell(one.tap_before)} → {found}" + (f"; {one.reason}" if one.reason else "")


def _transformers(found: Sequence[TransformerFinding]) -> str:
    head = (
        *("Transformer", "Zone", "Tap before", "Tap found", "Confidence", "Runner-up", "its confidence"),
        *("Customers used", "Deviation %", "Error before %", "Error after %", "Remark"),
    )
    rows = [
        (
            {"doubtful": "doubtful", "nothing found": "none"}.get(standing(one), ""),
            (
                *(one.transformer_id, one.zone, one.tap_before, one.tap_found, one.confidence),
                *(one.runner_up, one.runner_up_confidence),
                *(f"{_cell(one.customers_used)} of {_cell(one.customers)}", one.deviation_percent),
                *(one.error_before_percent, one.error_after_percent, one.reason),
            ),
        )
        for one in found
    ]
    return _table(head, rows)


def _table(head: Sequence[str], rows: Sequence[tuple[str, Sequence[object]]]) -> str:
    """Return a table; each row has a CSS class and its values."""
    heads = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines_ = "\n".join(
        f'<tr class="{kind}">' + "".join(_data(value) for value in values) + "</tr>" for kind, values in rows
    )
    return f'<div class="scroll"><table><tr>{heads}</tr>\n{lines_}\n</table></div>'


def _data(value: object) -> str:
    mark = ' class="n"' if isinstance(value, int | float) else ""
    return f"<td{mark}>{escape(_cell(value))}</td>"


def _cell(value: object) -> str:
    if value is None:
        return "–"  # noqa: RUF001 - a dash
    return f"{value:.3g}" if isinstance(value, float) else str(value)
