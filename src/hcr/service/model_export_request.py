"""From the input of `createOpenDssModel` to an export, or to the reasons why not.

A model is exported as a study of one feeder, scenario and year would solve it, so it is examined as one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from hcr.contract.input_model import to_wire
from hcr.contract.inputs import OpenDssModelInput
from hcr.network.library import Library
from hcr.service.submission import Fault, Refused, examine
from hcr.service.tap_choice import TapSource

SPEC = ("input", "generationSpec")

PLACES = {
    "generatorConfig": (*SPEC, "modulesConfiguration", "generator"),
    "feeders": (*SPEC, "modelOptions", "feeder"),
    "scenarios": (*SPEC, "modelOptions", "scenario"),
    "years": (*SPEC, "modelOptions", "year"),
    "fixedTime": (*SPEC, "modulesConfiguration", "common", "fixedTime"),
    "timePeriod": (*SPEC, "modulesConfiguration", "common", "timePeriod"),
}
"""Where parts of a study stand in the request for an export."""

OVERRIDES = ("loadWattsOverride", "loadVarOverride", "genWattsOverride", "genVarOverride")

WITHOUT_EFFECT = ("generatorConfig.model.meterPlacementConfig", "generatorConfig.model.seed")
"""Options that a run honours, and that change nothing in the files."""


def examine_export(
    wire: Mapping[str, object], library: Library, sets: TapSource
) -> Mapping[str, Any] | Refused:
    """Return what is kept of a request for an export, or all reasons why there will be none.

    Parameters
    ----------
    sets : where tap settings are looked up.
    """
    try:
        given = to_wire(OpenDssModelInput.model_validate(wire))
    except ValidationError as error:
        return Refused(tuple(Fault(("input", *one["loc"]), one["msg"]) for one in error.errors()))
    spec: Any = given["generationSpec"]
    study = _study(spec)
    examined = examine("export", study, library, sets=sets)
    faults = list(_several_states(spec))
    if isinstance(examined, Refused):
        faults += [Fault(_place(fault.path), fault.message) for fault in examined.faults]
        return Refused(tuple(faults))
    if faults:
        return Refused(tuple(faults))
    options = spec["modelOptions"]
    return {
        "name": given.get("modelName") or f"{options['feeder']}-{options['scenario']}-{options['year']}",
        "isPublic": bool(given.get("isPublic")),
        "generationSpec": spec,
        "study": study,
        "taps": examined.taps.stored() if examined.taps else None,
        "warnings": [*examined.warnings, *_without_effect(study)],
    }


def _study(spec: Mapping[str, Any]) -> dict[str, object]:
    """Return the study of the one model."""
    options, modules = spec["modelOptions"], spec["modulesConfiguration"]
    config = {
        "feeders": [options["feeder"]],
        "scenarios": [options["scenario"]],
        "years": [options["year"]],
        **modules["common"],
    }
    generator = {"generatorConfig": modules["generator"]} if "generator" in modules else {}
    return {"forecastConfig": config, **generator}


def _several_states(spec: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault for each list that asks for several solutions of one instant: a model is one state."""
    instant = spec["modulesConfiguration"]["common"].get("fixedTime") or {}
    for at, override in enumerate(instant.get("overrides") or ()):
        for name in OVERRIDES:
            if len(override.get(name) or ()) > 1:
                path: tuple[str | int, ...] = (*PLACES["fixedTime"], "overrides", at, name)
                yield Fault(path, "an export is one state of the loads; give one value, or a time period")


def _without_effect(study: Mapping[str, Any]) -> list[str]:
    """Return the warning about options that a run honours and an export has no use for."""
    model = (study.get("generatorConfig") or {}).get("model") or {}
    named = [name for name in WITHOUT_EFFECT if model.get(name.rpartition(".")[2]) is not None]
    return [f"no effect on an export: {', '.join(named)}"] if named else []


def _place(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return where a part of the study stands in the request for an export."""
    parts = path[2:] if path[1:2] == ("forecastConfig",) else path[1:]
    if not parts or parts[0] not in PLACES:
        return path
    rest = parts[2:] if parts[0] in ("feeders", "scenarios", "years") else parts[1:]
    return (*PLACES[str(parts[0])], *rest)
