"""HTML pages that need nothing else: no network, no script; they read in the dark and on paper too."""

from collections.abc import Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark; --ink: #222; --paper: #fff; --faint: #666; --rule: #ddd; --axis: #888;
--doubtful: #fff6d6; --nothing: #fbe3e0 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e4e4; --paper: #17191c; --faint: #a0a4aa;
--rule: #3a3d42; --axis: #888; --doubtful: #3f3510; --nothing: #4a211d } }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
color: var(--ink); background: var(--paper) }
table { border-collapse: collapse; font-size: 14px }
th, td { padding: .2rem .7rem; text-align: left; border-bottom: 1px solid var(--rule) }
th { position: sticky; top: 0; background: var(--paper); vertical-align: bottom }
.n { text-align: right; font-variant-numeric: tabular-nums }
tr.doubtful { background: var(--doubtful) } tr.none { background: var(--nothing) }
.none { color: var(--faint) }
tr.none td { color: var(--ink) } .scroll { overflow: auto; max-height: 36rem; margin: .5rem 0 1.5rem }
svg { max-width: 100%; height: auto; display: block } svg text { font-size: 11px; fill: var(--ink) }
.axis { fill: none; stroke: var(--axis) } .grid { fill: none; stroke: var(--rule) }
figure { margin: .5rem 0 1rem; overflow-x: auto } figure circle { stroke: var(--axis); stroke-width: .6 }
.step { display: inline-block; width: .8em; height: .8em; border: 1px solid var(--axis) }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; padding: 0; margin: 1rem 0 }
.tiles div { border: 1px solid var(--rule); border-radius: .4rem; padding: .5rem .9rem; min-width: 9rem }
.tiles dt { font-weight: 400; color: var(--faint) } .tiles dd { margin: 0; font-size: 1.35rem }
td.n { white-space: nowrap }
pre { white-space: pre-wrap } dt { font-weight: 600 } dd { margin: 0 0 .4rem 1.5rem }
@media print { :root { --ink: #000; --paper: #fff; --faint: #555; --rule: #ccc; --doubtful: #fff6d6;
--nothing: #fbe3e0 } body { max-width: none; margin: 0; font-size: 11px } table { font-size: 9px }
th, td { padding: .1rem .3rem; overflow-wrap: anywhere } th { position: static }
.scroll { overflow: visible; max-height: none }
svg, tr { break-inside: avoid } h2, h3 { break-after: avoid }
svg, tr { -webkit-print-color-adjust: exact; print-color-adjust: exact } }
"""

VIEWPORT = '<meta name="viewport" content="width=device-width">'


def page(title: str, body: Sequence[str]) -> str:
    """Return a whole page."""
    head = f'<meta charset="utf-8">{VIEWPORT}<title>{escape(title)}</title><style>{STYLE}</style>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n'
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def meanings(told: Sequence[tuple[str, str]]) -> str:
    """Return what words of a page mean, as a list that can be folded away."""
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told)
    return f"<details open><summary>What the numbers mean</summary><dl>{lines}</dl></details>"


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Return what colours mean, in a line that wraps; (text, colour) each."""
    marks = " &nbsp; ".join(
        f'<span style="color:{colour}">&#9632;</span> {escape(text)}' for text, colour in entries
    )
    return f'<p class="legend">{marks}</p>'


def table(head: Sequence[str], rows: Sequence[tuple[str, Sequence[object]]]) -> str:
    """Return a table; each row has a CSS class and its values, columns of numbers stand on the right."""
    numeric = [_is_numeric([values[at] for _, values in rows]) for at in range(len(head))]
    marks = [' class="n"' if one else "" for one in numeric]
    heads = "".join(f"<th{mark}>{escape(name)}</th>" for name, mark in zip(head, marks, strict=True))
    lines_ = "\n".join(
        f'<tr class="{kind}">'
        + "".join(f"<td{mark}>{escape(cell(one))}</td>" for one, mark in zip(values, marks, strict=True))
        + "</tr>"
        for kind, values in rows
    )
    return (
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead>\n<tbody>{lines_}</tbody></table></div>'
    )


def _is_numeric(values: Sequence[object]) -> bool:
    return any(isinstance(one, int | float) and not isinstance(one, bool) for one in values)


def cell(value: object) -> str:
    """Return a value as people read it in a table."""
    if value is None:
        return "–"  # noqa: RUF001 - a dash
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2g}" if 0.0 < abs(value) < 0.005 else f"{value:z,.2f}"
    return str(value)
