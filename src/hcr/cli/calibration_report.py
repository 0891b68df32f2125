"""`hcr DIR calibration report ID`, and the evidence behind one tap."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hcr.cli.session import Session
from hcr.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from hcr.client.api import HostingCapacityApi


@click.command()
@click.argument("run_id", metavar="ID")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; ID.html if not given."
)
@click.pass_obj
def report(session: Session, *, run_id: str, out: Path | None) -> None:
    """Write what a run found as one HTML file: errors before and after, taps with confidence, a map."""
    from hcr.cli.calibration_page import calibration_page

    with session.connect() as api:
        run = api.calibration_run(run_id)
        found = [one for feeder in run.feeders if (one := api.calibration_report(run.id, feeder)) is not None]
    if not found:
        raise NotFoundError(
            f"calibration {run_id} has no results",
            why=run.run_info or f"it is {run.status.lower()}",
            remedy="Wait for its end, or look at `calibration show`.",
        )
    target = out or Path(f"{run.id}.html")
    try:
        target.write_text(calibration_page(run, found), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written", why=str(error.strerror), remedy="Name another file with --out."
        ) from error
    click.echo(str(target))


def explanation(
    api: "HostingCapacityApi", calibration_id: str, transformer: str, feeder: str | None
) -> Mapping[str, object]:
    """Return why a calibration found what it found for a transformer, as a record."""
    found = api.calibration_evidence(calibration_id, transformer, feeder=feeder)
    return {
        **_rounded(asdict(found.transformer)),
        "candidates": [_rounded(asdict(one)) for one in found.candidates],
        "customer_readings": [_rounded(asdict(one)) for one in found.customers],
    }


def _rounded(record: Mapping[str, object]) -> dict[str, object]:
    """Return a record with no more digits than anybody reads."""
    return {name: round(value, 5) if isinstance(value, float) else value for name, value in record.items()}
