"""`hcr DIR calibration report ID`."""

from pathlib import Path

import click

from hcr.cli.calibration_run import run_meant
from hcr.cli.report_file import out_option, write_page
from hcr.cli.session import Session
from hcr.errors import NotFoundError


@click.command()
@click.argument("run_id", metavar="ID")
@out_option
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
    click.echo(str(write_page(calibration_page(run, found), out, run.id)))
