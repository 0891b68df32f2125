"""`hcr DIR work-package …`: run studies, follow them, fetch their results."""

from collections.abc import Sequence
from pathlib import Path

import click

from hcr.cli.completion import complete_package
from hcr.cli.output import Output, output_options
from hcr.cli.package_change import cancel, delete, edit, retry
from hcr.cli.package_record import LIST_COLUMNS, listed, moment, progress_record, shown
from hcr.cli.package_watch import raise_unless_done, watch_package
from hcr.cli.run import cost, run
from hcr.cli.session import Session
from hcr.cli.verify import verify
from hcr.cli.watch import events_option, patience_of, timeout_option


@click.group()
def work_package() -> None:
    """Run studies and follow them to their results."""


for _command in (run, cost, cancel, delete, edit, retry, verify):
    work_package.add_command(_command)


@work_package.command("list")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Packages to list."
)
@click.option("--offset", type=click.IntRange(min=0), default=0, help="Packages to leave out first.")
@click.option("--name", "name_part", help="Only packages whose name contains this.")
@click.option("--author", "authors", multiple=True, help="Only packages of this user; repeatable.")
@click.option("--oldest-first", is_flag=True, help="Sort by time, the oldest first.")
@output_options
@click.pass_obj
def list_packages(
    session: Session,
    *,
    limit: int,
    offset: int,
    name_part: str | None,
    authors: Sequence[str],
    oldest_first: bool,
    output: Output,
) -> None:
    """List work packages, the newest first."""
    where: dict[str, object] = {"name": name_part} if name_part else {}
    where |= {"createdBy": list(authors)} if authors else {}
    with session.connect() as api:
        sort = {"createdAt": "ASC" if oldest_first else "DESC"}
        page = api.work_packages(limit=limit, offset=offset or None, where=where or None, sort=sort)
    output.many([listed(package) for package in page.work_packages], LIST_COLUMNS)
    if page.total > offset + len(page.work_packages):
        session.say(f"{len(page.work_packages)} of {page.total} packages; more with --limit and --offset")


@work_package.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@output_options
@click.pass_obj
def show(session: Session, *, package_id: str, output: Output) -> None:
    """Show a work package: its state, its models, what failed and why."""
    with session.connect() as api:
        package = api.work_package(package_id, with_groupings=True)
    output.one(shown(package))


@work_package.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@output_options
@click.pass_obj
def tree(session: Session, *, package_id: str, output: Output) -> None:
    """Show the packages that a package builds on, and those that build on it."""
    with session.connect() as api:
        found = api.work_package_tree(package_id)
    records = [{"relation": "ancestor", **listed(package)} for package in found.ancestors]
    records += [{"relation": "child", **listed(package)} for package in found.children]
    output.many(records, ("relation", *LIST_COLUMNS))


@work_package.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@output_options
@click.pass_obj
def stats(session: Session, *, package_id: str, output: Output) -> None:
    """Show when a package was submitted, when it ended, and how long it took."""
    with session.connect() as api:
        found = api.work_package_stats(package_id)
    output.one(
        {
            "id": package_id,
            "created_at": moment(found.created_at),
            "completed_at": moment(found.completed_at),
            "duration_s": found.duration_s,
        }
    )


@work_package.command()
@click.option("--poll", is_flag=True, help="Go on until no package is active.")
@timeout_option
@output_options
@click.pass_obj
def progress(
    session: Session, *, poll: bool, timeout: float | None, interval: float | None, output: Output
) -> None:
    """Show how far all active work packages are."""
    from hcr.cli.active import ActivePackages, follow_active

    with session.connect() as api:
        if poll:
            found = follow_active(session, api, patience_of(api, interval, timeout))
        else:
            found = ActivePackages.look(api)
    records = [progress_record(package) for package in found.packages]
    output.many(records, ("id", "name", "status", "models", "done", "failed", "running", "waiting"))
    if not records:
        session.say("No work package is active.")


@work_package.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@events_option
@timeout_option
@click.pass_obj
def monitor(
    session: Session, *, package_id: str, form: str | None, timeout: float | None, interval: float | None
) -> None:
    """Follow a work package to its end; the exit code tells how it ended."""
    with session.connect() as api:
        patience = patience_of(api, interval, timeout, events=form == "jsonl")
        package = watch_package(session, api, package_id, patience)
    raise_unless_done(package)


@work_package.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Copy all tables and the manifest here."
)
@output_options
@click.pass_obj
def results(session: Session, *, package_id: str, out: Path | None, output: Output) -> None:
    """Show the zone results of a work package, or copy all its tables.

    Files that are already in the folder and equal are skipped; each one is checked against the manifest.
    """
    from hcr.cli.fetch import fetch_results, zone_records

    with session.connect() as api:
        if out is None:
            records = zone_records(api, package_id)
            output.many(records, list(records[0]) if records else ())
            return
        fetched = fetch_results(api, package_id, out)
    session.say(f"{fetched.copied} files copied, {fetched.skipped} were there already.")
    click.echo(str(out))
