"""`hcr DIR work-package …`: run studies, follow them, fetch their results."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hcr.cli.output import emit, emit_one, output_option
from hcr.cli.run import run
from hcr.cli.session import Session
from hcr.cli.watch import patience_of, raise_unless_done, timeout_option, watch_to_end
from hcr.errors import HcrError

if TYPE_CHECKING:
    from hcr.client.answers import WorkPackage

LIST_COLUMNS = ("id", "name", "status", "created_at")


@click.group()
def work_package() -> None:
    """Run studies and follow them to their results."""


work_package.add_command(run)


@work_package.command("list")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Packages to list."
)
@click.option("--name", "name_part", help="Only packages whose name contains this.")
@output_option
@click.pass_obj
def list_packages(session: Session, *, limit: int, name_part: str | None, output: str | None) -> None:
    """List work packages, the newest first."""
    with session.connect() as api:
        where = {"name": name_part} if name_part else None
        page = api.work_packages(limit=limit, where=where, sort={"createdAt": "DESC"})
    emit([_listed(package) for package in page.work_packages], LIST_COLUMNS, output)
    if page.total > len(page.work_packages):
        session.say(f"{len(page.work_packages)} of {page.total} packages; more with --limit")


@work_package.command()
@click.argument("package_id", metavar="ID")
@output_option
@click.pass_obj
def show(session: Session, *, package_id: str, output: str | None) -> None:
    """Show a work package: its state, its models, what failed and why."""
    with session.connect() as api:
        package = api.work_package(package_id)
    emit_one(_shown(package), output)


@work_package.command()
@click.argument("package_id", metavar="ID")
@timeout_option
@click.pass_obj
def monitor(session: Session, *, package_id: str, timeout: float | None, interval: float | None) -> None:
    """Follow a work package to its end; the exit code tells how it ended."""
    with session.connect() as api:
        package = watch_to_end(session, api, package_id, patience_of(api, interval, timeout))
    raise_unless_done(package)


@work_package.command()
@click.argument("package_ids", metavar="ID…", nargs=-1, required=True)
@click.pass_obj
def cancel(session: Session, *, package_ids: Sequence[str]) -> None:
    """Cancel running work packages; results of models that are done stay."""
    failed: HcrError | None = None
    with session.connect() as api:
        for package_id in package_ids:
            try:
                click.echo(api.cancel_work_package(package_id))
            except HcrError as error:
                failed = error
                session.warn(f"{package_id}: {error}")
    if failed is not None:
        raise failed


@work_package.command()
@click.argument("package_id", metavar="ID")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Copy all tables and the manifest here."
)
@output_option
@click.pass_obj
def results(session: Session, *, package_id: str, out: Path | None, output: str | None) -> None:
    """Show the zone results of a work package, or copy all its tables.

    Files that are already in the folder and equal are skipped; each one is checked against the manifest.
    """
    from hcr.cli.fetch import fetch_results, zone_records

    with session.connect() as api:
        if out is None:
            records = zone_records(api, package_id)
            emit(records, list(records[0]) if records else (), output)
            return
        fetched = fetch_results(api, package_id, out)
    session.say(f"{fetched.copied} files copied, {fetched.skipped} were there already, in {out}")
    click.echo(str(out))


def _listed(package: "WorkPackage") -> dict[str, object]:
    created = package.created_at
    return {
        "id": package.id,
        "name": package.name,
        "status": package.status,
        "created_at": f"{created:%Y-%m-%dT%H:%M:%SZ}" if created else None,
    }


def _shown(package: "WorkPackage") -> dict[str, object]:
    totals = package.totals
    return {
        **_listed(package),
        "completed_at": f"{package.completed_at:%Y-%m-%dT%H:%M:%SZ}" if package.completed_at else None,
        "feeders": list(package.feeders),
        "scenarios": list(package.scenarios),
        "years": list(package.years),
        "models": totals.total if totals else None,
        "succeeded": totals.succeeded if totals else None,
        "failed": totals.failed if totals else None,
        "failures": [
            f"{one.feeder} · {one.scenario} · {one.year}: {one.message}" for one in package.failures
        ],
        "warnings": list(package.warnings),
        "results": package.results_path or None,
    }
