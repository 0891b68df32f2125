"""`hcr DIR scenarios list`."""

from dataclasses import asdict

import click

from hcr.cli.output import Output, output_options
from hcr.cli.session import Session


@click.group()
def scenarios() -> None:
    """The scenarios that the service knows."""


@scenarios.command("list")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="Scenarios to list."
)
@click.option("--name", help="Only scenarios whose name contains this.")
@output_options
@click.pass_obj
def list_scenarios(session: Session, *, limit: int, name: str | None, output: Output) -> None:
    """List scenarios; studies name them by ID."""
    with session.connect() as api:
        page = api.scenario_configurations(limit=limit, where={"name": name} if name else None)
    records = [
        {key: value or None for key, value in asdict(one).items()} for one in page.scenario_configurations
    ]
    output.many(records, ("id", "scenario_name", "demand_forecasts_scenario", "pv_forecasts_scenario"))
    if page.total > len(records):
        session.say(f"{len(records)} of {page.total} scenarios; more with --limit")
