"""Keys of older files, and short forms, that stand elsewhere than the contract wants them.

A key whose name differs only in underscores and case needs no entry here, see `key_spelling`. The tables are
those of the configuration files of the 0.x clients.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from hcr.config.calibration_arguments import CalibrationArguments
from hcr.config.key_spelling import canonical
from hcr.config.run_configuration_file import RunKind
from hcr.config.setting import Setting
from hcr.contract.inputs import (
    CandidateGenerationConfigInput,
    FeederConfigInput,
    FixedTimeInput,
    FixedTimeLoadOverrideInput,
    ForecastConfigInput,
    HcModelConfigInput,
    InputModel,
    InterventionConfigInput,
    TimePeriodInput,
    TimePeriodLoadOverrideInput,
    WorkPackageInput,
)

Targets: TypeAlias = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Relocation:
    """Where the value of a key goes, by wire paths below its mapping; or why it cannot go anywhere."""

    targets: Targets = ()
    hint: str = ""
    fault: str = ""


_LOAD_OVERRIDE: Final[Mapping[str, Targets]] = {
    "load_watts": (("loadWattsOverride",),),
    "load_var": (("loadVarOverride",),),
    "gen_watts": (("genWattsOverride",),),
    "gen_var": (("genVarOverride",),),
}
_MOVES: Final[Mapping[type[InputModel], Mapping[str, Targets]]] = {
    FixedTimeInput: {"load_overrides": (("overrides",),)},
    TimePeriodInput: {"load_overrides": (("overrides",),)},
    FixedTimeLoadOverrideInput: _LOAD_OVERRIDE,
    TimePeriodLoadOverrideInput: _LOAD_OVERRIDE,
    HcModelConfigInput: {
        "vmin_pu": (("loadVMinPu",), ("genVMinPu",)),
        "vmax_pu": (("loadVMaxPu",), ("genVMaxPu",)),
    },
    CalibrationArguments: {"name": (("calibrationName",),)},
}
_TAP_SETTINGS: Final[Mapping[str, Targets]] = {
    "transformer_tap_settings": (("generatorConfig", "model", "transformerTapSettings"),)
}
# Short forms: what a file of this kind is about may stand at its top.
_SHORT_FORMS: Final[Mapping[RunKind, Mapping[str, Targets]]] = {
    RunKind.FORECAST: {
        key: (("forecastConfig", wire),)
        for key, wire in (
            ("feeders", "feeders"),
            ("scenarios", "scenarios"),
            ("years", "years"),
            ("time_period", "timePeriod"),
            ("fixed_time", "fixedTime"),
        )
    },
    RunKind.FEEDER_OVERRIDE: {"configs": (("feederConfigs", "configs"),)},
}
_RETIRED: Final[Mapping[type[InputModel], Mapping[str, str]]] = {
    CandidateGenerationConfigInput: {
        "voltage_delta_avg_threshold": "averageVoltageSpreadThreshold replaces it, in volts for per unit"
    }
}

# Interventions that are told by their block today, and no longer by a class name.
_BLOCK_OF_TYPE: Final[Mapping[str, str]] = {
    "DVMS": "dvms",
    "PHASE_REBALANCING": "phase_rebalance_proportions",
    "TARIFF_REFORM": "load_reshaping",
    "CONTROLLED_LOAD_HOT_WATER": "load_reshaping",
}
_CANDIDATE_KEYS: Final[Mapping[str, str]] = {
    "intervention_type": "interventionType",
    "year_range": "yearRange",
    "allocation_limit_per_year": "allocationLimitPerYear",
    "candidate_generation": "candidateGeneration",
    "allocation_criteria": "candidateAllocationCriteria",
    "specific_allocation_instance": "allocationInstanceSelection",
}


def legacy_keys(model: type[InputModel], kind: RunKind) -> tuple[str, ...]:
    """Return the keys beside the fields of `model` that files may use."""
    keys = [*_MOVES.get(model, {})]
    if model is WorkPackageInput:
        keys += ["syf_config", *_TAP_SETTINGS, *_SHORT_FORMS.get(kind, {})]
        keys += ["load_time"] if kind == RunKind.FORECAST else []
    if model is CalibrationArguments:
        keys += [*_TAP_SETTINGS]
    if model in (ForecastConfigInput, FeederConfigInput):
        keys.append("load_time")
    if model is InterventionConfigInput:
        keys += ["base_work_package_id", *_CANDIDATE_KEYS]
    return tuple(keys)


def relocation(model: type[InputModel], kind: RunKind, key: str, parent: Setting) -> Relocation | None:
    """Return where the value of `key` in `parent` belongs; None if `key` is no key of older files."""
    retired = {canonical(name): why for name, why in _RETIRED.get(model, {}).items()}
    if canonical(key) in retired:
        return Relocation(fault=retired[canonical(key)])
    known = {canonical(name): name for name in legacy_keys(model, kind)}
    legacy = known.get(canonical(key))
    if legacy is None:
        return _of_another_kind(model, kind, key)
    if legacy == "load_time":
        below = ("forecastConfig",) if model is WorkPackageInput else ()
        return _load_time(parent.members()[key], below)
    if legacy == "syf_config":
        return _syf_config(parent.members()[key])
    if model is InterventionConfigInput:
        return _intervention(legacy, parent)
    if legacy in _SHORT_FORMS.get(kind, {}) and model is WorkPackageInput:
        return Relocation(_SHORT_FORMS[kind][legacy])
    if legacy in _TAP_SETTINGS:
        return Relocation(_TAP_SETTINGS[legacy])
    return _moved(_MOVES[model][legacy])


def _of_another_kind(model: type[InputModel], kind: RunKind, key: str) -> Relocation | None:
    """Return the fault of a key that stands at the top of the files of another kind."""
    for other, forms in _SHORT_FORMS.items():
        if model is WorkPackageInput and other != kind and canonical(key) in map(canonical, forms):
            return Relocation(fault=f"belongs to {other.command} configurations, in the folder {other}/")
    return None


def _moved(targets: Targets) -> Relocation:
    return Relocation(targets, "is now " + " and ".join(f"`{'.'.join(target)}`" for target in targets))


def _syf_config(block: Setting) -> Relocation:
    """Return the newer block: one config for all feeders, or one for each."""
    per_feeder = any(canonical(key) == "configs" for key in block.members())
    return _moved((("feederConfigs",) if per_feeder else ("forecastConfig",),))


def _load_time(block: Setting, below: tuple[str, ...]) -> Relocation:
    """Return the newer block by the inner keys: those of an instant, or those of a period."""
    inner = {canonical(key) for key in block.members()}
    if "loadtime" in inner:
        return _moved(((*below, "fixedTime"),))
    if inner & {"starttime", "endtime"}:
        return _moved(((*below, "timePeriod"),))
    return Relocation(fault="expected `load_time` for an instant, or `start_time` and `end_time`, inside")


def _intervention(legacy: str, parent: Setting) -> Relocation:
    """Return the place of a key of the flat form; the class name of the intervention decides."""
    if legacy == "base_work_package_id":
        return _moved((("parentWorkPackageId",),))
    class_name = _class_name(parent)
    block = _BLOCK_OF_TYPE.get(class_name)
    if block is None:
        return _moved((("candidateIntervention", _CANDIDATE_KEYS[legacy]),))
    given = {canonical(key) for key in parent.members()}
    reshaping = block == "load_reshaping"
    if legacy == "intervention_type":
        needed = ("allocation_criteria", "load_reshaping") if reshaping else (block,)
        if not given & {canonical(key) for key in needed}:
            return Relocation(fault=f"{class_name} is told by its block today; give `{needed[0]}`")
        return Relocation(hint=f"is no longer needed for {class_name}; `{block}` tells it")
    if legacy == "allocation_criteria" and reshaping:
        return _moved((("loadReshaping", "loadShapeCriteria"),))
    return Relocation(fault=f"has no place in {class_name}; delete it")


def _class_name(parent: Setting) -> str:
    """Return the class of a flat intervention, with or without a Python prefix."""
    for key, member in parent.members().items():
        if canonical(key) == "interventiontype" and isinstance(member.value, str):
            return member.value.rpartition(".")[2]
    return ""
