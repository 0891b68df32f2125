"""Data on stdout: one decorator gives every command the same forms.

Data never goes through rich: in a pipe it would be cut at 80 columns.
"""

import csv
import functools
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from hcr.errors import UsageError

Record = Mapping[str, object]
F = TypeVar("F", bound=Callable[..., Any])

FORMS = ("table", "json", "jsonl", "yaml", "csv", "tsv")


@dataclass(frozen=True, slots=True)
class Output:
    """The form of data on stdout, and what part of it is wanted."""

    form: str | None = None
    query: str | None = None

    @property
    def audience(self) -> str:
        """Return who reads the data: `people` a table, a `sheet` CSV and TSV, a `program` all else."""
        if self.query is not None:
            return "program"
        return {"table": "people", "csv": "sheet", "tsv": "sheet"}.get(self._chosen(), "program")

    def many(self, records: Sequence[Record], columns: Sequence[str]) -> None:
        """Write records; `columns` are those of tables, JSON and YAML get every key."""
        if self.query is not None:
            self._queried(list(records))
            return
        click.echo(render(records, columns, self._chosen()), nl=False)

    def one(self, record: Record) -> None:
        """Write a single record: one key a line in a table, an object in JSON."""
        form = self._chosen()
        if self.query is not None:
            self._queried(record)
        elif form in ("json", "yaml"):
            click.echo(_document(record, form), nl=False)
        elif form == "jsonl":
            click.echo(render([record], list(record), form), nl=False)
        else:
            pairs = [{"key": key, "value": line} for key, value in record.items() for line in _lines(value)]
            click.echo(render(pairs, ("key", "value"), form), nl=False)

    def _chosen(self) -> str:
        return self.form or ("table" if sys.stdout.isatty() else "tsv")

    def _queried(self, data: object) -> None:
        """Write what a JMESPath expression finds: as JSON, a list of texts as lines in the plain forms."""
        found = search(self.query or "", data)
        rows = found if isinstance(found, list) else [found]
        form = self._chosen()
        if form in ("json", "yaml"):
            click.echo(_document(found, form), nl=False)
        elif form == "jsonl":
            click.echo(render(rows, (), form), nl=False)
        elif rows and all(isinstance(row, list) for row in rows) and form != "table":
            cells = [[_cell(value) for value in row] for row in rows if isinstance(row, list)]
            click.echo(_separated(cells, "," if form == "csv" else "\t"), nl=False)
        elif rows and all(isinstance(row, Mapping) for row in rows):
            click.echo(render(rows, _keys(rows[0]), form), nl=False)
        else:
            click.echo("".join(f"{_cell(row)}\n" for row in rows if row is not None), nl=False)


def output_options(command: F) -> F:
    """Add `-o/--output` and `--query` to a command, which gets them as `output`."""

    @click.option(
        "-o",
        "--output",
        "form",
        type=click.Choice(FORMS),
        help="Form of the data; a table on a terminal, TSV in a pipe.",
    )
    @click.option("--query", metavar="JMESPATH", help="Only this part of the data.")
    @functools.wraps(command)
    def wrapped(*args: Any, form: str | None, query: str | None, **kwargs: Any) -> Any:
        return command(*args, output=Output(form, query), **kwargs)

    return wrapped  # type: ignore[return-value]


def search(expression: str, data: object) -> object:
    """Return what a JMESPath expression finds in data.

    Raises
    ------
    UsageError
        The expression has a fault.
    """
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(expression, json.loads(json.dumps(data, default=str)))
    except JMESPathError as error:
        raise UsageError(
            f"--query {expression!r} is no JMESPath expression",
            why=" ".join(str(error).split()),
            remedy="Examples: '[].id', '[?status==`RUNNING`].name'.",
        ) from error


def render(records: Sequence[Any], columns: Sequence[str], form: str) -> str:
    """Return records as text ending in a newline; an empty table is empty text, an empty list `[]`.

    Parameters
    ----------
    form : one of `FORMS`.
    """
    if form in ("json", "yaml"):
        return _document(list(records), form)
    if form == "jsonl":
        return "".join(json.dumps(record, ensure_ascii=False, default=str) + "\n" for record in records)
    rows = [[_cell(record.get(column)) for column in columns] for record in records]
    if form in ("csv", "tsv"):
        return _separated([columns, *rows], "," if form == "csv" else "\t")
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


def _document(value: object, form: str) -> str:
    if form == "json":
        return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"
    import yaml

    plain = json.loads(json.dumps(value, default=str))
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)).removesuffix("...\n")


def _separated(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerows(rows)
    return stream.getvalue()


def _lines(value: object) -> list[object]:
    """Return what stands beside a key: a list of records takes one line each."""
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        return [" · ".join(_cell(part) for part in one.values()) for one in value]
    return [value]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(one) for one in value)
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(str(value).split()) if "\n" in str(value) or "\t" in str(value) else str(value)


def _keys(record: object) -> list[str]:
    return [str(key) for key in record] if isinstance(record, Mapping) else []


def _is_number(cell: str) -> bool:
    return cell in ("", "-") or cell.lstrip("-+").replace(".", "", 1).isdigit()
