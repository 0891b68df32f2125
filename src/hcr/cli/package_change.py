"""Commands that change packages: cancel, delete, edit, retry. They name what they change."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hcr.cli.completion import complete_package
from hcr.cli.consent import can_be_asked, confirm
from hcr.cli.output import Output, output_options
from hcr.cli.package_watch import await_package
from hcr.cli.session import Session
from hcr.cli.watch import patience_of
from hcr.errors import HcrError, NotFoundError, ServerError, UsageError

if TYPE_CHECKING:
    from hcr.client.api import HostingCapacityApi

CANCEL_PATIENCE_S = 30.0
"""How long `cancel` waits for the final state [s]."""

ENDED = {
    "COMPLETED": "is completed",
    "FAILED": "has failed",
    "CANCELLED": "was cancelled",
    "TIMEDOUT": "has timed out",
}
"""How a package ended, in words."""


@click.command()
@click.argument("package_ids", metavar="ID…", nargs=-1, required=True, shell_complete=complete_package)
@click.option("-y", "--yes", is_flag=True, help="Do not ask; without a terminal nobody is asked anyway.")
@click.pass_obj
def cancel(session: Session, *, package_ids: Sequence[str], yes: bool) -> None:
    """Cancel running work packages; results of models that are done stay.

    Without a terminal an `n` in the pipe is a no; nothing there is a yes.
    """
    with session.connect() as api:
        named = _named(api, package_ids)
        _tell(session, named, "Cancel", yes=yes)
        if not yes:
            confirm(_question("Cancel", named))
        failed: list[HcrError] = []
        for package_id in package_ids:
            try:
                _cancel(api, package_id)
                await_package(session, api, package_id, patience_of(api, None, CANCEL_PATIENCE_S))
            except HcrError as error:
                failed.append(error)
                continue
            click.echo(package_id)
    for earlier in failed[:-1]:
        session.warn(str(earlier))
    if failed:
        raise failed[-1]


@click.command()
@click.argument("package_ids", metavar="ID…", nargs=-1, required=True, shell_complete=complete_package)
@click.option("-y", "--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
@click.pass_obj
def delete(session: Session, *, package_ids: Sequence[str], yes: bool) -> None:
    """Delete work packages and their results; running ones are cancelled.

    Without a terminal it takes --yes, or a `y` in the pipe.
    """
    with session.connect() as api:
        named = _named(api, package_ids)
        _tell(session, named, "Delete", yes=yes)
        if not yes:
            confirm(_question("Delete", named), unanswered=_unanswered())
        deleted = api.delete_work_packages(package_ids)
    for package_id in deleted:
        click.echo(package_id)
    left = [package_id for package_id in package_ids if package_id not in deleted]
    if left:
        raise ServerError(f"the service did not delete {', '.join(left)}")


@click.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@click.option("--name", help="New name.")
@click.option("--description", help="New description.")
@click.pass_obj
def edit(session: Session, *, package_id: str, name: str | None, description: str | None) -> None:
    """Change name or description of a work package."""
    if name is None and description is None:
        raise UsageError("nothing to change", remedy="Give --name, --description or both.")
    with session.connect() as api:
        if not api.edit_work_package(package_id, name=name, description=description):
            raise ServerError(f"the service did not change work package {package_id}")
    click.echo(package_id)


@click.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@output_options
@click.pass_obj
def retry(session: Session, *, package_id: str, output: Output) -> None:
    """Run the models of a finished package again that failed or have no result; the others stay."""
    session.check_execution()
    with session.connect() as api:
        tasks = api.retry_work_package(package_id)
    output.many(
        [
            {"feeder": one.feeder, "scenario": one.scenario, "year": one.year, "reason": one.message}
            for one in tasks
        ],
        ("feeder", "scenario", "year", "reason"),
    )
    if tasks:
        again = session.command(f"work-package monitor {package_id}")
        session.say(f"{len(tasks)} models run again. Follow them:  {again}")
    else:
        session.say("Every model of the package has its result; nothing to run again.")


def _named(api: "HostingCapacityApi", package_ids: Sequence[str]) -> list[str]:
    """Return ID, name and state of each package, for people to recognise.

    Raises
    ------
    NotFoundError
        One of them is not there; nothing was changed yet.
    """
    packages = [api.work_package(package_id) for package_id in package_ids]
    return [f"{package.id}  {package.name}  {package.status}" for package in packages]


def _tell(session: Session, named: Sequence[str], verb: str, *, yes: bool) -> None:
    """Name what is meant; who is asked is told even when quiet."""
    if not session.quiet or (not yes and can_be_asked()):
        for name in named:
            click.echo(f"{verb}: {name}", err=True)


def _question(verb: str, named: Sequence[str]) -> str:
    return f"{verb} {'it' if len(named) == 1 else 'them'}?"


def _unanswered() -> UsageError:
    return UsageError(
        "nothing was deleted",
        why="nobody can be asked, for there is no terminal",
        remedy="Add --yes to delete without being asked.",
    )


def _cancel(api: "HostingCapacityApi", package_id: str) -> None:
    """Cancel a package; the service says of one that has ended only that it does not run.

    Raises
    ------
    NotFoundError
        It has ended, or is not there.
    """
    try:
        api.cancel_work_package(package_id)
    except NotFoundError as error:
        ended = api.work_package(package_id)
        if not ended.is_final:
            raise
        state = ENDED[ended.status]
        raise NotFoundError(
            f"work package {package_id} cannot be cancelled",
            why=f"it {state} already",
            remedy=f"`work-package show {package_id}` tells more.",
        ) from error
