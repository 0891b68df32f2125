"""`hcr DIR opendss …`: export feeders as OpenDSS models."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hcr.cli.output import Output, output_options
from hcr.cli.package_record import moment
from hcr.cli.session import Session
from hcr.cli.watch import Patience, Standing, Watched, Watcher, patience_of, timeout_option
from hcr.errors import JobFailedError, UsageError

if TYPE_CHECKING:
    from hcr.client.answers import OpenDssModel
    from hcr.client.api import HostingCapacityApi

STATES = ("CREATION", "COMPLETED", "FAILED", "COULD_NOT_START")
INSTANT = click.DateTime(formats=("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"))


@click.group()
def opendss() -> None:
    """Export feeders as OpenDSS models, list and download them."""


@opendss.command()
@click.argument("feeder")
@click.option("--scenario", default="base", show_default=True, help="Scenario of the model.")
@click.option("--year", type=int, required=True, help="Year of the model.")
@click.option("--time", "time", type=INSTANT, help="One instant of the load data, or")
@click.option("--from", "start", type=INSTANT, help="the begin and")
@click.option("--to", "end", type=INSTANT, help="the end of a period.")
@click.option("--name", help="Name of the model; feeder, scenario and year otherwise.")
@click.option("--public", is_flag=True, help="Let others see it.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Wait, and write the model here."
)
@timeout_option
@click.pass_obj
def export(
    session: Session,
    /,
    *,
    feeder: str,
    scenario: str,
    year: int,
    name: str | None,
    public: bool,
    out: Path | None,
    timeout: float | None,
    interval: float | None,
    **when: datetime | None,
) -> None:
    """Ask for a feeder as an OpenDSS model; its ID is the one line on stdout."""
    options = {"feeder": feeder, "scenario": scenario, "year": year}
    wire = {
        "generationSpec": {"modelOptions": options, "modulesConfiguration": {"common": _load_time(when)}},
        "modelName": name or f"{feeder}-{scenario}-{year}",
    }
    with session.connect() as api:
        model_id = api.create_open_dss_model({**wire, "isPublic": True} if public else wire)
        click.echo(model_id)
        if out is not None:
            _watch(session, api, model_id, patience_of(api, interval, timeout))
            api.download_open_dss_model(model_id, out)
            session.say(f"Written to {out}")
        else:
            session.say(f"Download it:  {session.command(f'opendss download {model_id} --out FILE')}")


@opendss.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Models to list.")
@click.option("--name", help="Only models whose name contains this.")
@click.option(
    "--state", "states", type=click.Choice(STATES, case_sensitive=False), multiple=True, help="Only these."
)
@output_options
@click.pass_obj
def list_models(
    session: Session, *, limit: int, name: str | None, states: tuple[str, ...], output: Output
) -> None:
    """List exported models, the newest first."""
    where: dict[str, object] = {"name": name} if name else {}
    where |= {"state": [state.upper() for state in states]} if states else {}
    with session.connect() as api:
        page = api.open_dss_models(limit=limit, where=where or None, sort={"createdAt": "DESC"})
    records = [
        {
            "id": model.id,
            "name": model.name,
            "state": model.state,
            "created_at": moment(model.created_at),
            "errors": list(model.errors),
        }
        for model in page.models
    ]
    output.many(records, ("id", "name", "state", "created_at", "errors"))
    if page.total > len(records):
        session.say(f"{len(records)} of {page.total} models; more with --limit")


@opendss.command()
@click.argument("model_id", metavar="ID")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; ID.zip if not given."
)
@timeout_option
@click.pass_obj
def download(
    session: Session, *, model_id: str, out: Path | None, timeout: float | None, interval: float | None
) -> None:
    """Download an exported model, waiting until it is made; the file appears whole or not at all."""
    target = out or Path(f"{model_id}.zip")
    with session.connect() as api:
        _watch(session, api, model_id, patience_of(api, interval, timeout))
        click.echo(str(api.download_open_dss_model(model_id, target)))


def _watch(session: Session, api: "HostingCapacityApi", model_id: str, patience: Patience) -> None:
    """Wait until a model is made.

    Raises
    ------
    JobFailedError
        The service could not make it.
    """
    watched = Watched(
        f"OpenDSS model {model_id}",
        lambda: api.open_dss_model(model_id),
        _standing,
        session.command(f"opendss download {model_id}"),
    )
    model = Watcher(session, patience).follow(watched)
    if model.state != "COMPLETED":
        raise JobFailedError(f"OpenDSS model {model_id} ended as {model.state}", why="; ".join(model.errors))


def _standing(model: "OpenDssModel") -> Standing:
    return Standing(f"{model.name or model.id}: {model.state.lower()}")


def _load_time(when: dict[str, datetime | None]) -> dict[str, object]:
    """Return the part of the request that says when.

    Raises
    ------
    UsageError
        Neither or both of an instant and a period are given.
    """
    time, start, end = (when[name] for name in ("time", "start", "end"))
    if time is not None and start is None and end is None:
        return {"fixedTime": {"loadTime": time.isoformat()}}
    if time is None and start is not None and end is not None:
        return {"timePeriod": {"startTime": start.isoformat(), "endTime": end.isoformat()}}
    raise UsageError("a model needs a time", remedy="Give --time, or both --from and --to.")
