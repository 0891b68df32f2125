"""From a request to a package on the ledger, or to the reasons why not."""

import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from pydantic import ValidationError

from hcr.contract.input_model import to_wire
from hcr.contract.inputs import WorkPackageInput
from hcr.network.library import Library
from hcr.service.idle_options import idle_options
from hcr.service.ledger_entry import NewPackage
from hcr.service.tap_choice import OPTION, NoSets, TapSource, choose_taps
from hcr.studies.options import review
from hcr.studies.plan import kind_of, plan

BASE_SCENARIO = "base"

LONGEST_NAME, LONGEST_DESCRIPTION = 200, 10_000

MOST_FAULTS = 50
"""Faults of one answer; whoever mends so many comes again."""

MOST_TASKS = 100_000
"""Models of one package; beyond that a typing error is more likely than a study."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a request is refused: the path of the culprit in the call's arguments, and a sentence."""

    path: tuple[str | int, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that does not become a package."""

    faults: tuple[Fault, ...]


def examine(
    name: str,
    wire: Mapping[str, object],
    library: Library,
    *,
    engine: str = "auto",
    sets: TapSource = NoSets(),  # noqa: B008 - it has no state
) -> NewPackage | Refused:
    """Return the package that a request makes, or all reasons why it makes none.

    Parameters
    ----------
    name : `workPackageName`; wire : `input` as it came.
    engine : `auto`, `batch` or `opendss`.
    sets : where tap settings are looked up.
    """
    named = list(name_faults(name, "workPackageName"))
    try:
        request = WorkPackageInput.model_validate(wire)
    except ValidationError as error:
        faults = [Fault(("input", *one["loc"]), one["msg"]) for one in error.errors()]
        return _refused([*named, *faults])
    given = to_wire(request)
    models = _models(given)
    if models > MOST_TASKS:  # before anything is done for each of them
        why = f"it asks for {models} models; at most {MOST_TASKS} are possible"
        return _refused([*named, Fault(("input",), why)])
    looked = review(given)
    refusals = [Fault(("input", *one.path), one.message) for one in looked.refusals]
    tasks = plan(request)
    taps = choose_taps(given, {task.feeder for task in tasks}, sets)
    no_taps = [Fault(("input", *OPTION), taps.fault)] if taps.fault else []
    faults = [*named, *refusals, *no_taps, *islice(_unknown_names(given, library), MOST_FAULTS)]
    if faults:
        return _refused(faults)
    return NewPackage(
        id=str(uuid.uuid4()),
        name=name.strip(),
        kind=kind_of(request),
        request=given,
        tasks=[(task.feeder, task.scenario, task.year) for task in tasks],
        warnings=[*looked.warnings, *idle_options(given), *taps.warnings],
        engine=engine,
        taps=taps.settings,
    )


def _refused(faults: list[Fault]) -> Refused:
    return Refused(tuple(faults[:MOST_FAULTS]))


def name_faults(name: str, argument: str) -> Iterator[Fault]:
    """Yield what is wrong with the name of a package, which an argument of a call holds."""
    if not name.strip():
        yield Fault((argument,), "the package needs a name")
    if len(name) > LONGEST_NAME:
        yield Fault((argument,), f"the name is longer than {LONGEST_NAME} characters")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        yield Fault((argument,), "the name has line breaks or other control characters")


def _models(wire: Mapping[str, object]) -> int:
    """Return the number of models that a request asks for, repeats counted."""
    models = 0
    for _, block in _blocks(wire):
        feeders = _length(block["feeders"]) if "feeders" in block else 1
        models += feeders * _length(block.get("scenarios")) * _length(block.get("years"))
    return models


def _length(values: object) -> int:
    return len(values) if isinstance(values, list) else 0


def _unknown_names(wire: Mapping[str, object], library: Library) -> Iterator[Fault]:
    """Yield a fault for each feeder and scenario that this service does not have."""
    for path, block in _blocks(wire):
        for at, scenario in enumerate(_texts(block.get("scenarios"))):
            if scenario != BASE_SCENARIO:
                why = f"scenario {scenario!r} is not known; this service has {BASE_SCENARIO!r} only"
                yield Fault((*path, "scenarios", at), why)
        feeders = [((*path, "feeders", at), mrid) for at, mrid in enumerate(_texts(block.get("feeders")))]
        feeders += [((*path, "feeder"), mrid) for mrid in _texts([block.get("feeder")])]
        for place, mrid in feeders:
            if not library.has(mrid):
                error = library.unknown(mrid)
                yield Fault(place, f"{error}")


def _blocks(wire: Mapping[str, object]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, object]]]:
    forecast, feeders = wire.get("forecastConfig"), wire.get("feederConfigs")
    if isinstance(forecast, Mapping):
        yield ("input", "forecastConfig"), forecast
    configs = feeders.get("configs") if isinstance(feeders, Mapping) else None
    for at, block in enumerate(configs if isinstance(configs, list) else []):
        yield ("input", "feederConfigs", "configs", at), block


def _texts(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
