"""From the arguments of `runCalibration` to a package on the ledger, or to the reasons why not."""

import copy
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from hcr.contract.calibration import CalibrationInput
from hcr.contract.input_model import to_wire
from hcr.network.library import Library
from hcr.service.ledger_entry import NewPackage
from hcr.service.package_plan import StoredRequest, tasks_of
from hcr.service.states import CALIBRATION
from hcr.service.submission import MOST_FAULTS, MOST_TASKS, Fault, Refused, name_faults
from hcr.service.tap_choice import OPTION, NoSets, TapSource, choose_taps
from hcr.studies.options import review

SET_BY_RUN = (
    ("generatorConfig", "model", "calibration"),
    ("generatorConfig", "model", "meterPlacementConfig"),
    ("generatorConfig", "solve", "stepSizeMinutes"),
    ("generatorConfig", "rawResults"),
)
"""Options that a calibration decides for itself."""


def examine_calibration(
    arguments: Mapping[str, object],
    library: Library,
    *,
    engine: str = "auto",
    sets: TapSource = NoSets(),  # noqa: B008 - it has no state
) -> NewPackage | Refused:
    """Return the package that a call makes, or all reasons why it makes none.

    Parameters
    ----------
    arguments : of `runCalibration`, without `engine`; null counts as left out.
    engine : `auto`, `batch` or `opendss`.
    sets : where tap settings to begin with are looked up.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    named = list(name_faults(str(given.get("calibrationName", "")), "calibrationName"))
    try:
        request = CalibrationInput.model_validate(given)
    except ValidationError as error:
        faults = [Fault(tuple(one["loc"]), one["msg"]) for one in error.errors()]
        named = [one for one in named if one.path not in {fault.path for fault in faults}]
        return _refused([*named, *faults])
    wire = _wire(request, library)
    optional, own = _without_own(wire)
    looked = review({name: value for name, value in optional.items() if name == "generatorConfig"})
    taps = choose_taps(wire, wire["feeders"], sets)
    refusals = [Fault(one.path, one.message) for one in looked.refusals]
    no_taps = [Fault(OPTION, taps.fault)] if taps.fault else []
    if faults := [*named, *refusals, *_feeder_faults(wire["feeders"], library), *no_taps]:
        return _refused(faults)
    return _package(
        StoredRequest(CALIBRATION, wire, engine, taps.settings), [*own, *looked.warnings, *taps.warnings]
    )


def _refused(faults: list[Fault]) -> Refused:
    return Refused(tuple(faults[:MOST_FAULTS]))


def _wire(request: CalibrationInput, library: Library) -> dict[str, Any]:
    """Return a request as it is kept: with all its feeders, each once."""
    feeders = list(dict.fromkeys(request.feeders or library.mrids()))
    return {**to_wire(request), "calibrationName": request.calibration_name.strip(), "feeders": feeders}


def _package(asked: StoredRequest, warnings: list[str]) -> NewPackage:
    return NewPackage(
        id=str(uuid.uuid4()),
        name=asked.request["calibrationName"],
        kind=asked.kind,
        request=asked.request,
        tasks=[(task.feeder, task.scenario, task.year) for task in tasks_of(asked)],
        warnings=warnings,
        engine=asked.engine,
        taps=asked.taps,
    )


def _without_own(wire: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a request without the options that the run decides, and the warning that names them."""
    kept: dict[str, Any] = copy.deepcopy(dict(wire))
    named = []
    for *above, last in SET_BY_RUN:
        at: Any = kept
        for key in above:
            at = at.get(key, {})
        if last in at:
            del at[last]
            named.append(".".join((*above, last)))
    return kept, [f"no effect on a calibration: {', '.join(named)}"] if named else []


def _feeder_faults(feeders: list[str], library: Library) -> Iterator[Fault]:
    """Yield a fault for each feeder that there is not, and one where there is none at all."""
    if not feeders:
        why = "there is no feeder to calibrate; `hcr DIR feeder import` adds feeders to the library"
        yield Fault(("feeders",), why)
    if len(feeders) > MOST_TASKS:
        yield Fault(("feeders",), f"these are {len(feeders)} feeders; at most {MOST_TASKS} are possible")
        return
    for at, mrid in enumerate(feeders):
        if not library.has(mrid):
            yield Fault(("feeders", at), f"{library.unknown(mrid)}")
