"""`hcr DIR work-package verify ID`: stored results held against OpenDSS."""

from typing import TYPE_CHECKING

import click

from hcr.cli.completion import complete_package
from hcr.cli.output import Output, output_options
from hcr.cli.session import Session
from hcr.errors import JobFailedError, NotFoundError

if TYPE_CHECKING:
    from hcr.client.answers import Model, Verification
    from hcr.client.api import HostingCapacityApi

COLUMNS = (
    "feeder", "scenario", "year", "agrees", "lanes", "values", "voltage_pu", "current_a", "current_percent",
)  # fmt: skip


@click.command()
@click.argument("package_id", metavar="ID", shell_complete=complete_package)
@click.option(
    "--lanes",
    type=click.IntRange(2, 1000),
    default=24,
    show_default=True,
    help="Intervals taken by chance for each model, beside those of the extremes.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of that choice."
)
@output_options
@click.pass_obj
def verify(session: Session, *, package_id: str, lanes: int, seed: int, output: Output) -> None:
    """Solve some intervals of a finished package again in OpenDSS and compare them with its tables.

    Model and load data must be those that were solved. Exit code 0 when all agrees, 1 when not.
    """
    with session.connect() as api:
        found: list[Verification] = []
        for model in _solved_models(api, package_id):
            session.detail(f"Checking {model.feeder} · {model.scenario} · {model.year}")
            found += api.verify_work_package(package_id, model, lanes=lanes, seed=seed)
    output.many([_record(one) for one in found], COLUMNS)
    failed = [one for one in found if not one.passed]
    for one in failed:
        for text in one.disagreements:
            session.say(f"{one.feeder} · {one.scenario} · {one.year}: {text}")
    if failed:
        raise JobFailedError(
            f"{len(failed)} of {len(found)} models of work package {package_id} do not agree with OpenDSS",
            remedy="Run the package again; if the new one does not agree either, please report it.",
        )
    session.say(f"{len(found)} models agree with OpenDSS.")


def _solved_models(api: "HostingCapacityApi", package_id: str) -> "tuple[Model, ...]":
    """Return the models of a package that have results.

    Raises
    ------
    NotFoundError
        There is no such package, or none of its models has results.
    """
    package = api.work_package(package_id, with_groupings=True)
    models = [one for group in package.groupings if group.stage == "succeeded" for one in group.models]
    if not models:
        raise NotFoundError(
            f"work package {package_id} has no results to check",
            why=f"it is {package.status or 'in an unknown state'}",
            remedy="`work-package show` tells the state of a package.",
        )
    return tuple(models)


def _record(found: "Verification") -> dict[str, object]:
    return {
        "feeder": found.feeder,
        "scenario": found.scenario,
        "year": found.year,
        "agrees": found.passed,
        "lanes": found.lanes,
        "values": found.values,
        "voltage_pu": _rounded(found.voltage_pu),
        "voltage_node": found.voltage_node or None,
        "current_a": _rounded(found.current_a),
        "current_percent": _rounded(found.current_percent),
        "disagreements": list(found.disagreements),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")
