"""`hcr DIR interconnection …`: what interconnection studies found."""

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

import click

from hcr.cli.completion import complete_package
from hcr.cli.output import Output, output_options
from hcr.cli.report_file import out_option, write_page
from hcr.cli.session import Session, embedded_extra

if TYPE_CHECKING:
    from pathlib import Path

    from hcr.studies.interconnection.study_result import StudyResult

TABLES = (
    *("summary", "base_margins", "hosting_capacity", "units", "sequences", "rounds", "violations"),
    *("upgrades", "comparison", "payments", "gains", "withdrawals"),
)
"""Tables of a study, by name without `interconnection_`; not imported, since the client may lack numpy."""

feeder_option = click.option("--feeder", help="Feeder of the study; only where it has several.")


@click.group()
def interconnection() -> None:
    """What interconnection studies found: who can connect, with which upgrades, and who pays."""


@interconnection.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@feeder_option
@click.option(
    "--table", "name", type=click.Choice(TABLES), help="Only this table, with all rows and columns."
)
@output_options
@click.pass_obj
def show(session: Session, *, package_id: str, feeder: str | None, name: str | None, output: Output) -> None:
    """Show hosting capacities with their limits, the queue, sequences, upgrades, and costs by rule.

    JSON and YAML have all tables; CSV and TSV have one, the hosting capacities unless --table names another.
    """
    result = _result(session, package_id, feeder)
    from hcr.cli.interconnection_outcome import in_words
    from hcr.studies.interconnection.records import records_of

    tables = {table: [_plain(row) for row in rows] for table, rows in records_of(result).items()}
    if name is not None or output.audience == "sheet":
        rows = tables[name or "hosting_capacity"]
        output.many(rows, list(rows[0]) if rows else ())
    elif output.audience == "people":
        click.echo(in_words(result), nl=False)
    else:
        output.one({"feeder": result.feeder, "warnings": list(result.warnings), **tables})


@interconnection.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@feeder_option
@out_option
@click.pass_obj
def report(session: Session, *, package_id: str, feeder: str | None, out: "Path | None") -> None:
    """Write what a study found as one HTML file: maps, capacities, upgrades, costs by rule, all tables."""
    result = _result(session, package_id, feeder)
    from hcr.cli.interconnection_page import interconnection_page

    page = interconnection_page(result, f"Work package {package_id}.")
    click.echo(str(write_page(page, out, package_id)))


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row without the numbers that JSON lacks."""
    return {
        key: None if isinstance(value, float) and not isfinite(value) else value for key, value in row.items()
    }


def _result(session: Session, package_id: str, feeder: str | None) -> "StudyResult":
    """Return what a study found.

    Raises
    ------
    UsageError
        This is a client without the libraries that read a study, or a plain Evolve App Server.
    NotFoundError, RefusedError
        There is no such study, or it has no result.
    """
    with embedded_extra("what reads an interconnection study"):
        from hcr.studies.interconnection.document import result_of_document

    with session.connect() as api:
        return result_of_document(api.interconnection_result(package_id, feeder=feeder))
