"""`hcr DIR work-package run KIND NAME`: from a YAML file to a package, and on request to its end."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hcr.cli.session import Session
from hcr.cli.watch import patience_of, raise_unless_done, timeout_option, watch_to_end
from hcr.errors import ConfigError, RefusedError, UsageError

if TYPE_CHECKING:
    from hcr.client.api import HostingCapacityApi
    from hcr.config.run_configuration import RunConfiguration


@click.group()
def run() -> None:
    """Submit a study from run_configurations/; its ID is the one line on stdout."""


def _study_command(kind: str, summary: str) -> click.Command:
    """Return the command that runs one kind of study."""

    @click.command(kind.replace("_", "-"), help=summary)
    @click.argument("name")
    @click.option(
        "-n",
        "--configuration",
        metavar="FILE",
        help="Run configuration; NAME's, or the only one, if not given.",
    )
    @click.option(
        "--set", "settings", metavar="KEY=VALUE", multiple=True, help="Replace one setting; repeatable."
    )
    @click.option(
        "--dry-run",
        is_flag=True,
        help="Print what would be sent, and how many models it makes; send nothing.",
    )
    @click.option("--watch", is_flag=True, help="Follow the package to its end and show its results.")
    @timeout_option
    @click.pass_obj
    def command(
        session: Session,
        *,
        name: str,
        configuration: str | None,
        settings: Sequence[str],
        dry_run: bool,
        watch: bool,
        timeout: float | None,
        interval: float | None,
    ) -> None:
        chosen = _configuration(session, kind, (configuration, name), settings)
        for hint in chosen.hints:
            session.warn(str(hint))
        if dry_run:
            _show_plan(session, chosen, name)
            return
        with session.connect() as api:
            package_id = _submit(api, chosen, name)
            click.echo(package_id)
            _announce(session, name, package_id, watch=watch)
            if not watch:
                return
            package = watch_to_end(session, api, package_id, patience_of(api, interval, timeout))
        raise_unless_done(package)

    return command


run.add_command(_study_command("forecast", "Solve feeders, scenarios and years over a period or an instant."))
run.add_command(
    _study_command("feeder_override", "Solve feeders with the load of chosen customers replaced.")
)


def _configuration(
    session: Session, kind: str, names: tuple[str | None, str], settings: Sequence[str]
) -> "RunConfiguration":
    """Return the configuration asked for, else the one named as the package, else the default."""
    from hcr.config.run_configuration import RunKind, find_run_configuration, load_run_configuration

    overrides = [_setting(text) for text in settings]
    asked, name = names
    run_kind = RunKind(kind)
    if asked is None:
        try:
            path = find_run_configuration(session.directory, run_kind, name)
        except ConfigError:
            path = find_run_configuration(session.directory, run_kind, None)
    else:
        path = find_run_configuration(session.directory, run_kind, asked)
    return load_run_configuration(path, run_kind, overrides)


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(
            f"--set {text!r} is not of the form KEY=VALUE", remedy="Write --set path.to.key=value."
        )
    return key.strip(), value


def _submit(api: "HostingCapacityApi", chosen: "RunConfiguration", name: str) -> str:
    """Return the ID of the new package.

    Raises
    ------
    ConfigError
        The service refused the input; every fault is shown at its line of the file.
    """
    from hcr.contract.inputs import to_wire

    try:
        return api.run_work_package(to_wire(chosen.input), name)
    except RefusedError as error:
        if not error.faults:
            raise
        problems = [chosen.locate(path, message) for path, message in error.faults]
        raise ConfigError(f"{error.what} of {chosen.path}", problems, remedy=error.remedy) from error


def _announce(session: Session, name: str, package_id: str, *, watch: bool) -> None:
    session.say(f"Work package {name!r} is submitted.")
    if not watch:
        session.say(f"Follow it:  hcr {session.directory} work-package monitor {package_id}")
        session.say(f"Cancel it:  hcr {session.directory} work-package cancel {package_id}")


def _show_plan(session: Session, chosen: "RunConfiguration", name: str) -> None:
    from hcr.contract.inputs import to_wire

    wire = to_wire(chosen.input)
    click.echo(json.dumps({"input": wire, "workPackageName": name}, indent=2, ensure_ascii=False))
    for block in _blocks(wire):
        feeders, scenarios, years = (len(block[key]) for key in ("feeders", "scenarios", "years"))
        session.say(
            f"{feeders} feeders x {scenarios} scenarios x {years} years = "
            f"{feeders * scenarios * years} models"
        )


def _blocks(wire: dict[str, object]) -> list[dict[str, list[object]]]:
    forecast, feeders = wire.get("forecastConfig"), wire.get("feederConfigs")
    if isinstance(forecast, dict):
        return [forecast]
    configs = feeders["configs"] if isinstance(feeders, dict) else []
    return [{**one, "feeders": [one["feeder"]]} for one in configs]
