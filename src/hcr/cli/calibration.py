"""`hcr DIR calibration …`: runs, and the tap settings they found."""

import re
from collections.abc import Sequence
from dataclasses import asdict

import click

from hcr.cli.calibration_explanation import explain_tap
from hcr.cli.calibration_report import report
from hcr.cli.calibration_run import run_meant
from hcr.cli.calibration_watch import raise_unless_calibrated, watch_calibration
from hcr.cli.output import Output, output_options
from hcr.cli.package_record import moment
from hcr.cli.session import Session
from hcr.cli.watch import events_option, patience_of, timeout_option
from hcr.cli.wording import times_told
from hcr.client.answers import CalibrationRun
from hcr.client.api import HostingCapacityApi
from hcr.errors import NotFoundError, ServerError, UsageError

STATUSES = ("STARTED", "RUNNING", "COMPLETED", "FAILED")
TAP_COLUMNS = (
    "id",
    "low_step",
    "high_step",
    "nominal_tap_num",
    "tap_position",
    "control_enabled",
    "step_voltage_increment",
    "feeder",
)
CANCEL_PATIENCE_S = 30.0
"""How long `cancel` waits for the end of a run [s]."""

LOOKS_LIKE_ID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|\d+")


@click.group()
def calibration() -> None:
    """Calibration runs, and the tap settings they found."""


@calibration.command("list")
@output_options
@click.pass_obj
def list_sets(session: Session, *, output: Output) -> None:
    """List the calibration sets: names whose settings other studies can use."""
    with session.connect() as api:
        names = api.calibration_sets()
    output.many([{"name": name} for name in names], ("name",))


@calibration.command()
@click.option("--name", help="Only runs of this calibration.")
@click.option("--time", "calibration_time", help="Only runs for this instant, such as 2025-07-01T04:00.")
@click.option("--status", type=click.Choice(STATUSES, case_sensitive=False), help="Only runs in this state.")
@output_options
@click.pass_obj
def runs(
    session: Session, *, name: str | None, calibration_time: str | None, status: str | None, output: Output
) -> None:
    """List calibration runs with their states."""
    with session.connect() as api:
        found = api.calibration_runs(
            name=name, calibration_time=calibration_time, status=status.upper() if status else None
        )
    output.many(
        [_listed(run) for run in found], ("id", "name", "status", "time", "started_at", "completed_at")
    )


@calibration.command()
@click.argument("run_id", metavar="ID")
@output_options
@click.pass_obj
def show(session: Session, *, run_id: str, output: Output) -> None:
    """Show a calibration run, given by its ID or by the name of the set it filled."""
    with session.connect() as api:
        run = run_meant(api, run_id)
    record = {
        **_listed(run),
        "times": list(run.times),
        "feeders": list(run.feeders),
        "run_info": run.run_info or None,
    }
    if output.audience != "program":
        del record["times"]
        record["time"] = times_told(run.times or [run.calibration_time_local])
    output.one(record)


@calibration.command()
@click.argument("run_id", metavar="ID")
@events_option
@timeout_option
@click.pass_obj
def monitor(
    session: Session, *, run_id: str, form: str | None, timeout: float | None, interval: float | None
) -> None:
    """Follow a calibration run to its end; the exit code tells how it ended."""
    with session.connect() as api:
        patience = patience_of(api, interval, timeout, events=form == "jsonl")
        run = watch_calibration(session, api, run_id, patience)
    raise_unless_calibrated(run)


@calibration.command("get-tx-tap-settings")
@click.argument("calibration_name", metavar="ID")
@click.option("--feeder", help="Only transformers of this feeder.")
@click.option("--transformer", help="Only the transformer with this mRID.")
@click.option("--explain", metavar="TRANSFORMER", help="Show why its tap was found instead: the evidence.")
@output_options
@click.pass_obj
def get_tx_tap_settings(
    session: Session,
    *,
    calibration_name: str,
    feeder: str | None,
    transformer: str | None,
    explain: str | None,
    output: Output,
) -> None:
    """Show the tap settings of a calibration, given by its name or by the ID of a run."""
    _refuse_two_transformers(explain, transformer)
    with session.connect() as api:
        if explain is not None:
            explain_tap(api.calibration_evidence(calibration_name, explain, feeder=feeder), output)
            return
        name = _set_name(api, calibration_name)
        settings = api.transformer_tap_settings(name, feeder=feeder, transformer_mrid=transformer)
        if not settings:
            _refuse_unknown(name, api.calibration_sets())
    output.many([{**asdict(one), "feeder": one.feeder or None} for one in settings], TAP_COLUMNS)
    if not settings:
        session.say(f"Calibration {name!r} has no settings for that.")


@calibration.command()
@click.argument("run_id", metavar="ID")
@click.pass_obj
def cancel(session: Session, *, run_id: str) -> None:
    """Cancel a calibration run; what is done of it stays."""
    with session.connect() as api:
        run = api.calibration_run(run_id)
        session.say(f"Cancel: {run.id}  {run.name}  {run.status}")
        api.cancel_work_package(run.id)
        watch_calibration(session, api, run.id, patience_of(api, None, CANCEL_PATIENCE_S))
    click.echo(run.id)


calibration.add_command(report)


def _refuse_two_transformers(explain: str | None, transformer: str | None) -> None:
    """Refuse to explain one transformer where another is asked for.

    Raises
    ------
    UsageError
        The two options name different transformers.
    """
    if explain is not None and transformer not in (None, explain):
        raise UsageError(
            f"--explain {explain} and --transformer {transformer} name two transformers",
            why="--explain shows the evidence of the one that it names",
            remedy="Leave --transformer out.",
        )


def _refuse_unknown(name: str, known: Sequence[str]) -> None:
    """Refuse a name that no calibration has found taps under.

    Raises
    ------
    NotFoundError
        There is no such set.
    """
    if name not in known:
        raise NotFoundError(
            f"there is no calibration set {name!r}",
            why=f"there are {', '.join(known)}" if known else "no calibration has found taps yet",
            remedy="`calibration list` lists sets, `calibration runs` the runs that fill them.",
        )


def _set_name(api: HostingCapacityApi, given: str) -> str:
    """Return what names the settings to a service; what looks like a run's ID is asked for first.

    Our own service takes the ID and answers for that very run, others know names only. A name may look like
    an ID too: where the service knows no such run, or dislikes the ID, it is a name.
    """
    if not LOOKS_LIKE_ID.fullmatch(given):
        return given
    try:
        name = api.calibration_run(given).name
    except (NotFoundError, ServerError):
        return given
    return given if api.speaks_extensions() or not name else name


def _listed(run: CalibrationRun) -> dict[str, object]:
    return {
        "id": run.id,
        "name": run.name,
        "status": run.status,
        "time": run.calibration_time_local or None,
        "started_at": moment(run.started_at),
        "completed_at": moment(run.completed_at),
    }
