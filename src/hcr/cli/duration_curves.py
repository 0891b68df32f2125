"""`hcr DIR duration-curves`."""

import click

from hcr.cli.completion import complete_package
from hcr.cli.output import Output, output_options
from hcr.cli.session import Session
from hcr.client.work_package import Model


@click.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@click.option("--feeder", required=True, help="Feeder of the model.")
@click.option("--scenario", default="base", show_default=True, help="Scenario of the model.")
@click.option("--year", type=int, required=True, help="Year of the model.")
@click.option("--equipment", required=True, help="mRID of the equipment, such as a transformer.")
@output_options
@click.pass_obj
def duration_curves(
    session: Session,
    *,
    package_id: str,
    feeder: str,
    scenario: str,
    year: int,
    equipment: str,
    output: Output,
) -> None:
    """Show the load duration curves of one equipment: power against the share of time it is reached."""
    with session.connect() as api:
        curves = api.duration_curves(
            package_id, Model(feeder, scenario, year), conducting_equipment_mrid=equipment
        )
    records = [
        {
            "terminal": curve.terminal_sequence_number,
            "percentage_of_time": point.percentage_of_time,
            "kw": point.kw,
            "v_base": point.v_base,
            "zone_type": point.measurement_zone_type,
            "timestamp": point.timestamp or None,
        }
        for curve in curves
        for point in curve.points
    ]
    output.many(records, ("terminal", "percentage_of_time", "kw", "v_base"))
    if not records:
        session.say(f"There is no duration curve for {equipment} in that model.")
