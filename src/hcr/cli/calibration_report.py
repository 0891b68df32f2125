"""`hcr DIR calibration report ID`."""

from pathlib import Path, PurePosixPath, PureWindowsPath

import click

from hcr.cli.calibration_run import run_meant
from hcr.cli.session import Session
from hcr.errors import NotFoundError, ServerError, UsageError


@click.command()
@click.argument("run_id", metavar="ID")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; ID.html if not given."
)
@click.pass_obj
def report(session: Session, *, run_id: str, out: Path | None) -> None:
    """Write what a run, or the one behind a set's name, found as one HTML file.

    Errors before and after, taps with confidence, a map.
    """
    from hcr.cli.calibration_page import calibration_page

    with session.connect() as api:
        run = run_meant(api, run_id)
        found = [one for feeder in run.feeders if (one := api.calibration_report(run.id, feeder)) is not None]
    if not found:
        raise NotFoundError(
            f"calibration {run_id} has no results",
            why=run.run_info or f"it is {run.status.lower()}",
            remedy="Wait for its end, or look at `calibration show`.",
        )
    target = out or _page_of(run.id)
    try:
        target.write_text(calibration_page(run, found), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written", why=str(error.strerror), remedy="Name another file with --out."
        ) from error
    click.echo(str(target))


def _page_of(run_id: str) -> Path:
    """Return the file that is written where none is named.

    Raises
    ------
    ServerError
        The ID that the service tells is no plain file name.
    """
    name = f"{run_id}.html"
    if not (name == PurePosixPath(name).name == PureWindowsPath(name).name and name.isprintable()):
        raise ServerError(
            "the report has no file name",
            why=f"the service tells the run's ID as {run_id!r}, which names no file of this folder",
            remedy="Name a file with --out.",
        )
    return Path(name)
