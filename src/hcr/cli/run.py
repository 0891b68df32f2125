"""`hcr DIR work-package run KIND NAME`: from a YAML file to a package, and on request to its end."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import click

from hcr.cli.calibration_watch import raise_unless_calibrated, watch_calibration
from hcr.cli.completion import complete_configuration
from hcr.cli.package_watch import raise_unless_done, watch_package
from hcr.cli.plan import show_plan
from hcr.cli.recent import remember_package
from hcr.cli.session import Session
from hcr.cli.submission import KINDS, Submission, chosen_configuration
from hcr.cli.watch import Patience, patience_of, timeout_option
from hcr.errors import UsageError

if TYPE_CHECKING:
    from hcr.client.api import HostingCapacityApi


F = TypeVar("F", bound=click.Command)


class StudyGroup(click.Group):
    """The kinds of study as commands; a name in the place of a kind is explained."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of a kind.

        Raises
        ------
        UsageError
            The first word is no kind of study.
        """
        word = args[0]
        if self.get_command(ctx, word) is None and not word.startswith("-"):
            kinds = self.list_commands(ctx)
            near = difflib.get_close_matches(word, kinds, 1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise UsageError(
                f"{word!r} is no kind of study",
                remedy=f"{hint}Say the kind before the name: run KIND NAME, with one of {', '.join(kinds)}. "
                f"`{ctx.command_path} --help` tells more.",
            )
        return super().resolve_command(ctx, args)


@click.group(cls=StudyGroup)
def run() -> None:
    """Submit a study from run_configurations/; its ID is the one line on stdout."""


ENGINE_KINDS = ("forecast", "feeder_override", "calibration", "interconnection")
"""Kinds of study for which the power-flow engine can be chosen."""

engine_option = click.option(
    "--engine",
    type=click.Choice(("auto", "batch", "opendss")),
    help="Power-flow engine; auto, unless given: batch wherever it covers the feeder, else opendss.",
)


def calibration_options(command: F) -> F:
    """Add the options that only a calibration has; `calibration_settings` makes settings of them."""
    taps = click.option(
        "--tx-tap-settings", metavar="SET", help="Start from the taps that an earlier calibration found."
    )
    method = click.option(
        "--method",
        type=click.Choice(("documented", "joint")),
        help="How taps are found; joint for several times, documented for one, unless given.",
    )
    feeders = click.option(
        "--feeder", "feeders", metavar="MRID", multiple=True, help="Only this; repeatable."
    )
    return taps(method(feeders(command)))


def calibration_settings(tap_set: str | None, method: str | None, feeders: Sequence[str]) -> list[str]:
    """Return what the options of a calibration set, as `--set` would; they win over the file."""
    given = {
        "generatorConfig.model.transformerTapSettings": tap_set,
        "method": method.upper() if method else None,
        "feeders": list(feeders) or None,
    }
    return [f"{key}={json.dumps(value)}" for key, value in given.items() if value is not None]


def _study_command(kind: str, summary: str) -> click.Command:
    """Return the command that runs one kind of study."""

    @click.command(kind.replace("_", "-"), help=summary)
    @click.argument("name", required=False, shell_complete=complete_configuration(kind))
    @click.option(
        "-n",
        "--configuration",
        metavar="FILE",
        shell_complete=complete_configuration(kind),
        help="Run configuration; NAME's or the only one otherwise.",
    )
    @click.option(
        "--set", "settings", metavar="KEY=VALUE", multiple=True, help="Replace a setting; repeatable."
    )
    @click.option(
        "--dry-run",
        is_flag=True,
        help="Print what would be sent, and how many models; check what this machine can; send nothing.",
    )
    @click.option("--watch", is_flag=True, help="Follow the study to its end and show its results.")
    @timeout_option
    @click.pass_obj
    def command(
        session: Session,
        *,
        name: str | None,
        configuration: str | None,
        settings: Sequence[str],
        dry_run: bool,
        watch: bool,
        timeout: float | None,
        interval: float | None,
        engine: str | None = None,
        tx_tap_settings: str | None = None,
        method: str | None = None,
        feeders: Sequence[str] = (),
    ) -> None:
        settings = [*settings, *calibration_settings(tx_tap_settings, method, feeders)]
        submission = chosen_configuration(
            session, kind, name=name, configuration=configuration, settings=settings
        )
        submission = replace(submission, engine=engine.upper() if engine else None)
        if dry_run:
            show_plan(session, submission)
            return
        session.check_execution()
        with session.connect() as api:
            new_id = submission.send(api)
            click.echo(new_id)
            if submission.kind != "calibration":
                remember_package(session.directory, new_id, submission.name)
            session.say(f"{submission.noun.capitalize()} {submission.name!r} is submitted.")
            if kind == "interconnection" and engine != "opendss":
                session.say("It is one model; the first on a machine compiles loops for minutes.")
            if watch:
                _watch(session, api, submission, new_id, patience_of(api, interval, timeout))
            else:
                _say_what_next(session, submission, new_id)

    if kind == "calibration":
        command = calibration_options(command)
    return engine_option(command) if kind in ENGINE_KINDS else command


for _kind, _summary in KINDS.items():
    run.add_command(_study_command(_kind, _summary))


@click.command()
@click.argument("kind", type=click.Choice(("forecast", "feeder-override")))
@click.argument("name", required=False)
@click.option(
    "-n", "--configuration", metavar="FILE", help="Run configuration; NAME's or the only one otherwise."
)
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Replace a setting; repeatable.")
@click.pass_obj
def cost(
    session: Session, *, kind: str, name: str | None, configuration: str | None, settings: Sequence[str]
) -> None:
    """Ask the service what a study would cost; nothing is run."""
    submission = chosen_configuration(
        session, kind.replace("-", "_"), name=name, configuration=configuration, settings=settings
    )
    with session.connect() as api:
        click.echo(f"{submission.estimate(api):.15g}")


def _watch(
    session: Session, api: "HostingCapacityApi", submission: Submission, new_id: str, patience: Patience
) -> None:
    if submission.kind == "calibration":
        raise_unless_calibrated(watch_calibration(session, api, new_id, patience))
    else:
        raise_unless_done(watch_package(session, api, new_id, patience))


def _say_what_next(session: Session, submission: Submission, new_id: str) -> None:
    noun = "calibration" if submission.kind == "calibration" else "work-package"
    session.say(f"Follow it:  {session.command(f'{noun} monitor {new_id}')}")
    session.say(f"Cancel it:  {session.command(f'{noun} cancel {new_id}')}")
