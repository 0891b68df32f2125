"""What a dry run tells: the variables that would be sent, how many models they make, and what is wrong here.

Where the service is the embedded one, its feeders lie below this directory, so faults that it would find in a
minute are told now. A server knows its own.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

import click

from hcr.cli.session import Session
from hcr.cli.submission import Submission
from hcr.errors import RefusedError

if TYPE_CHECKING:
    from hcr.network.library import Library
    from hcr.studies.interconnection.setup import Setup

Keys = tuple[str | int, ...]
"""Keys and indices that lead to a value of a run configuration."""

MOST_FAULTS = 20
"""Unknown feeders that are told: each is looked for among all there are, for a name like it."""


def show_plan(session: Session, submission: Submission) -> None:
    """Write the exact variables to stdout, and how many models they make to stderr.

    Raises
    ------
    ConfigError
        The embedded service would not know a feeder, or a study does not fit its feeder.
    HcrError
        The feeder of a study cannot be used.
    """
    library = _library(session)
    setup = None
    if library is not None:
        _check_feeders(submission, library)
        setup = _interconnection(submission, library)
    click.echo(json.dumps(submission.variables(), indent=2, ensure_ascii=False))
    for line in _counted(submission):
        session.say(line)
    if setup is not None:
        session.say(_in_words(setup))
    session.detail(f"From {submission.configuration.path}")


def _counted(submission: Submission) -> Iterator[str]:
    """Yield how many models there are of each block, and in all."""
    if submission.kind == "interconnection":
        yield "1 feeder = 1 model"
    counts = []
    for feeders, scenarios, years in _blocks(submission.wire):
        counts.append(feeders * scenarios * years)
        yield f"{feeders} feeders x {scenarios} scenarios x {years} years = {counts[-1]} models"
    if len(counts) > 1:
        yield f"{sum(counts)} models in all"


def _blocks(wire: Mapping[str, object]) -> list[tuple[int, int, int]]:
    """Return the numbers of feeders, scenarios and years of each block; none for other studies."""
    forecast, feeders = wire.get("forecastConfig"), wire.get("feederConfigs")
    if isinstance(forecast, Mapping):
        return [(len(forecast["feeders"]), len(forecast["scenarios"]), len(forecast["years"]))]
    configs = feeders["configs"] if isinstance(feeders, Mapping) else []
    return [(1, len(one["scenarios"]), len(one["years"])) for one in configs]


def _library(session: Session) -> "Library | None":
    """Return the feeders of the embedded service; None where another one is named, or it is not installed."""
    if not session.auth().embedded:
        return None
    try:
        from hcr.service.place import Place
    except ModuleNotFoundError:
        return None
    return Place(session.directory).library


def _check_feeders(submission: Submission, library: "Library") -> None:
    """See that the library has all feeders.

    Raises
    ------
    ConfigError
        It lacks some; each is shown at its line of the file.
    """
    missing = ((path, mrid) for path, mrid in _feeders(submission) if not library.has(mrid))
    faults = tuple((path, str(library.unknown(mrid))) for path, mrid in islice(missing, MOST_FAULTS))
    if faults:
        raise submission.at_its_lines(
            RefusedError("the embedded service does not know all feeders", faults=faults)
        )


def _feeders(submission: Submission) -> Iterator[tuple[Keys, str]]:
    """Yield the feeders that a study names, each with where it does so."""
    wire = submission.wire
    forecast, configs = wire.get("forecastConfig"), wire.get("feederConfigs")
    if isinstance(forecast, Mapping):
        yield from (
            (("input", "forecastConfig", "feeders", at), mrid) for at, mrid in enumerate(forecast["feeders"])
        )
    if isinstance(configs, Mapping):
        for at, block in enumerate(configs["configs"]):
            yield ("input", "feederConfigs", "configs", at, "feeder"), block["feeder"]
    if submission.kind == "calibration" and isinstance(named := wire.get("feeders"), list):
        yield from ((("feeders", at), mrid) for at, mrid in enumerate(named))
    if submission.kind == "interconnection":
        yield ("input", "feeder"), str(wire["feeder"])


def _interconnection(submission: Submission, library: "Library") -> "Setup | None":
    """Return what an interconnection study would begin with; None for other studies.

    Raises
    ------
    ConfigError
        Options contradict each other or the defaults, or name a bus, shape or element that the feeder lacks.
    HcrError
        The feeder cannot be used.
    """
    if submission.kind != "interconnection":
        return None
    from hcr.contract.inputs import InterconnectionWorkPackageInput
    from hcr.studies.interconnection.setup import set_up
    from hcr.studies.interconnection_plan import study_settings

    request = InterconnectionWorkPackageInput.model_validate(submission.wire)
    try:
        settings = study_settings(request)
    except RefusedError as error:
        raise submission.at_its_lines(error) from error
    feeder = library.open(request.feeder)
    return set_up(feeder.master, feeder.mrid, settings, circuits=library.circuits)


def _in_words(setup: "Setup") -> str:
    """Return how large a study is."""
    settings = setup.settings
    buses = (
        f"{len(setup.candidates)} candidate buses, {len(setup.monitors)} monitored; days: {len(setup.days)}"
    )
    if settings.capacities_only:
        return f"{buses}; capacities only"
    units = (
        f"{len(settings.queue)} units" if settings.queue else f"drawn units, {settings.most_rounds} at most"
    )
    return f"{buses}; {units}; orders: {1 + len(settings.sequences.orders) + settings.sequences.shuffles}"
