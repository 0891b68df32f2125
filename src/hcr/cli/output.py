"""Data on stdout: one decorator gives every command that lists things the same formats.

Data never goes through rich: in a pipe it would be cut at 80 columns.
"""

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

Record = Mapping[str, object]
F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("table", "json", "jsonl", "yaml", "csv", "tsv")


def output_option(command: F) -> F:
    """Add `-o/--output` to a command."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(FORMATS),
        default=None,
        help="Form of the data on stdout; a table on a terminal, TSV in a pipe.",
    )(command)


def emit(records: Sequence[Record], columns: Sequence[str], form: str | None) -> None:
    """Write records to stdout in a form; `columns` are those of tables, other forms get every key."""
    chosen = form or ("table" if sys.stdout.isatty() else "tsv")
    click.echo(render(records, columns, chosen), nl=False)


def emit_one(record: Record, form: str | None) -> None:
    """Write a single record to stdout: one key a line in a table, an object in JSON."""
    chosen = form or ("table" if sys.stdout.isatty() else "tsv")
    if chosen == "json":
        click.echo(json.dumps(record, indent=2, ensure_ascii=False, default=str))
    elif chosen == "yaml":
        click.echo(_yaml(record), nl=False)
    elif chosen == "jsonl":
        click.echo(render([record], list(record), "jsonl"), nl=False)
    else:
        pairs = [{"key": key, "value": _cell(value)} for key, value in record.items()]
        click.echo(render(pairs, ("key", "value"), chosen), nl=False)


def render(records: Sequence[Record], columns: Sequence[str], form: str) -> str:
    """Return records as text ending in a newline, empty for an empty table.

    Parameters
    ----------
    form : one of `FORMATS`.
    """
    if form == "json":
        return json.dumps(list(records), indent=2, ensure_ascii=False, default=str) + "\n"
    if form == "jsonl":
        return "".join(json.dumps(record, ensure_ascii=False, default=str) + "\n" for record in records)
    if form == "yaml":
        return _yaml(list(records))
    rows = [[_cell(record.get(column)) for column in columns] for record in records]
    if form in ("csv", "tsv"):
        return _separated(columns, rows, "," if form == "csv" else "\t")
    return aligned([[column.replace("_", " ").upper() for column in columns], *rows]) if rows else ""


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as columns of text; columns that hold numbers below the head are right-aligned."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    right = [all(_is_number(row[at]) for row in rows[1:]) for at in range(len(rows[0]))]
    lines = (
        "  ".join(
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"


def _separated(columns: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()


def _yaml(value: object) -> str:
    import yaml

    plain = json.loads(json.dumps(value, default=str))
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(one) for one in value)
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _is_number(cell: str) -> bool:
    return cell == "" or cell.replace(".", "", 1).lstrip("-+").isdigit()
