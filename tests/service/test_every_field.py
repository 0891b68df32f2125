"""Every field of `WorkPackageInput` changes what is solved, or is warned of, or is refused."""

import copy
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from hcr.contract.inputs import WorkPackageInput
from hcr.network.library import Library
from hcr.service.ledger_entry import NewPackage
from hcr.service.place import Place
from hcr.service.submission import Refused, examine
from hcr.studies.plan import plan
from hcr.studies.task import Task

Wire = dict[str, Any]

DAY = {"startTime": "2025-01-15T00:00:00", "endTime": "2025-01-16T00:00:00"}
SERIES = [1.0] * 48

PERIOD_OVERRIDE = {"loadId": "a", "loadWattsOverride": SERIES, "loadVarOverride": SERIES}
INSTANT_OVERRIDE = {"loadId": "a", "loadWattsOverride": [1.0]}

METRICS = "resultProcessorConfig.writerConfig.outputWriterConfig.enhancedMetricsConfig"

# What each option is set to. A new field of the contract has no line here, and fails the first test.
HONOURED: dict[str, object] = {
    "generatorConfig.model.vmPu": 1.02,
    "generatorConfig.model.loadVMinPu": 0.7,
    "generatorConfig.model.loadVMaxPu": 1.2,
    "generatorConfig.model.genVMinPu": 0.6,
    "generatorConfig.model.genVMaxPu": 1.9,
    "generatorConfig.model.loadModel": 2,
    "generatorConfig.model.loadIntervalLengthHours": 0.25,
    "generatorConfig.model.windowFillMissingLoad": False,
    "generatorConfig.model.pFactorBaseExports": 0.9,
    "generatorConfig.model.pFactorBaseImports": 0.9,
    "generatorConfig.model.defaultLoadWatts": SERIES,
    "generatorConfig.model.defaultLoadVar": SERIES,
    "generatorConfig.model.defaultGenWatts": SERIES,
    "generatorConfig.model.defaultGenVar": SERIES,
    "generatorConfig.model.meterPlacementConfig.feederHead": False,
    "generatorConfig.model.meterPlacementConfig.distTransformers": False,
    "generatorConfig.solve.mode": "DAILY",
    "generatorConfig.solve.stepSizeMinutes": 60,
    "generatorConfig.solve.maxIter": 7,
    "generatorConfig.solve.maxControlIter": 7,
    "resultProcessorConfig.storedResults.energyMetersRaw": True,
    "resultProcessorConfig.storedResults.energyMeterVoltagesRaw": True,
    f"{METRICS}.populateEnhancedMetrics": True,
    f"{METRICS}.populateDurationCurves": True,
    f"{METRICS}.populateConstraints": True,
    f"{METRICS}.calculateNormalForLoadThermal": True,
    f"{METRICS}.calculateEmergForLoadThermal": True,
    f"{METRICS}.calculateNormalForGenThermal": True,
    f"{METRICS}.calculateEmergForGenThermal": True,
}
"""Options that change the tasks of a package."""

NOTED: dict[str, object] = {
    "generatorConfig.model.seed": 7,
    "resultProcessorConfig.writerConfig.writerType": "PARQUET",
}
"""Options that are taken as given and go into the manifest: nothing is drawn by chance in scenario `base`,
and Parquet is what is written."""

REFUSED: dict[str, object] = {
    "generatorConfig.model.calibration": True,
    "generatorConfig.model.transformerTapSettings": "winter",
    "generatorConfig.model.inverterControlConfig.cutOffDate": "2020-01-01T00:00:00",
    "generatorConfig.model.inverterControlConfig.beforeCutOffProfile": "old",
    "generatorConfig.model.inverterControlConfig.afterCutOffProfile": "new",
    "generatorConfig.model.meterPlacementConfig.energyConsumerMeterGroup": "all",
    "generatorConfig.model.meterPlacementConfig.switchMeterPlacementConfigs": [
        {"namePattern": ".*", "meterSwitchClass": "FUSE"}
    ],
    **{
        f"generatorConfig.nodeLevelResults.{name}": True
        for name in (
            "collectAllConductors",
            "collectAllEnergyConsumers",
            "collectAllSwitches",
            "collectAllTransformers",
            "collectCurrent",
            "collectPower",
            "collectVoltage",
        )
    },
    "generatorConfig.nodeLevelResults.mridsToCollect": ["t001"],
    "generatorConfig.variant.externalDrivers": ["growth"],
    "generatorConfig.variant.externalStatuses": ["approved"],
    "generatorConfig.variant.maxConflictScore": 3,
    "generatorConfig.variant.scheduleAssumption": "NEUTRAL",
}
"""Options that would change the numbers in a way that the engine cannot."""

WARNED: dict[str, object] = {
    "executorConfig.value": "x",
    "qualityAssuranceProcessing": True,
    **{
        f"generatorConfig.model.{name}": value
        for name, value in {
            "loadPlacement": "PER_USAGE_POINT",
            "pFactorForecastPv": 1.0,
            "fixSinglePhaseLoads": True,
            "maxSinglePhaseLoad": 30000.0,
            "fixOverloadingConsumers": True,
            "maxLoadTxRatio": 3.0,
            "maxGenTxRatio": 10.0,
            "fixUndersizedServiceLines": True,
            "fixUndersizedLvLines": True,
            "maxLoadServiceLineRatio": 1.5,
            "maxLoadLvLineRatio": 2.0,
            "simplifyNetwork": True,
            "collapseLvNetworks": True,
            "collapseSWER": True,
            "collapseNegligibleImpedances": True,
            "negligibleImpedanceMinHvThreshold": 0.0,
            "negligibleImpedanceMinLvThreshold": 0.0,
            "combineCommonImpedances": True,
            "useSpanLevelThreshold": True,
            "ratingThreshold": 50.0,
            "simplifyPLSIThreshold": 50.0,
            "emergAmpScaling": 1.5,
            "feederScenarioAllocationStrategy": "ADDITIVE",
            "closedLoopVRegEnabled": True,
            "closedLoopVRegReplaceAll": True,
            "closedLoopVRegSetPoint": 0.985,
            "closedLoopVBand": 2.0,
            "closedLoopTimeDelay": 100,
            "closedLoopVLimit": 1.1,
            "defaultTapChangerTimeDelay": 100,
            "defaultTapChangerSetPointPu": 1.0,
            "defaultTapChangerBand": 2.0,
            "ctPrimScalingFactor": 2.0,
            "splitPhaseDefaultLoadLossPercentage": 0.4,
            "splitPhaseLVKV": 0.25,
            "swerVoltageToLineVoltage": [[230, 400]],
        }.items()
    },
    **{
        f"generatorConfig.solve.{name}": value
        for name, value in {
            "normVMinPu": 0.9,
            "normVMaxPu": 1.054,
            "emergVMinPu": 0.8,
            "emergVMaxPu": 1.1,
            "baseFrequency": 50,
            "voltageBases": [0.4, 22.0],
        }.items()
    },
    **{
        f"generatorConfig.rawResults.{name}": True
        for name in (
            "energyMeterVoltagesRaw",
            "energyMetersRaw",
            "resultsPerMeter",
            "overloadsRaw",
            "voltageExceptionsRaw",
        )
    },
    "resultProcessorConfig.assetLevelSummaries.conductorVoltage": True,
    "resultProcessorConfig.assetLevelSummaries.thermalLoading": True,
    "resultProcessorConfig.metrics.calculatePerformanceMetrics": True,
    "resultProcessorConfig.storedResults.overloadsRaw": True,
    "resultProcessorConfig.storedResults.voltageExceptionsRaw": True,
    f"{METRICS}.calculateCO2": True,
    f"{METRICS}.populateEnhancedMetricsProfile": True,
    f"{METRICS}.populateWeeklyReports": True,
}
"""Options without effect, each named by a warning on the package."""

BAND = {"lowerLimit": 0.94, "upperLimit": 1.1, "lowerPercentile": 1.0, "upperPercentile": 99.0}
REGULATOR = {"puTarget": 1.0, "puDeadbandPercent": 2.0, "maxTapChangePerStep": 3, "allowPushToLimit": True}
INTERVENTIONS: list[Wire] = [
    {"parentWorkPackageId": "p0"},
    {"parentWorkPackageId": "p0", "dvms": {**BAND, "maxIterations": 4, "regulatorConfig": REGULATOR}},
    {"parentWorkPackageId": "p0", "phaseRebalanceProportions": {"a": 1.0, "b": 1.0, "c": 1.0}},
    {"parentWorkPackageId": "p0", "loadReshaping": {"loadShapeCriteria": "evening"}},
    {
        "parentWorkPackageId": "p0",
        "candidateIntervention": {
            "interventionType": "COMMUNITY_BESS",
            "allocationLimitPerYear": 5.0,
            "yearRange": {"minYear": 2025, "maxYear": 2030},
            "candidateAllocationCriteria": "size",
            "allocationInstanceSelection": ["bess"],
            "candidateGeneration": {
                "type": "CRITERIA",
                "interventionCriteriaName": "voltage",
                "sizingLookaheadYears": 1,
            },
        },
    },
    {
        "parentWorkPackageId": "p0",
        "candidateIntervention": {
            "interventionType": "DISTRIBUTION_TAP_OPTIMIZATION",
            "candidateGeneration": {
                "type": "TAP_OPTIMIZATION",
                "averageVoltageSpreadThreshold": 40,
                "voltageUnderLimitHoursThreshold": 48,
                "voltageOverLimitHoursThreshold": 48,
                "tapWeightingFactorLowerThreshold": -10.0,
                "tapWeightingFactorUpperThreshold": 10.0,
            },
        },
    },
    {
        "parentWorkPackageId": "p0",
        "candidateIntervention": {
            "interventionType": "THERMAL_LINE_UPGRADE",
            "candidateGeneration": {
                "type": "THERMAL_LINE_UPGRADE",
                "importValue": 1.0,
                "exportValue": 1.0,
                "targetLoadingPct": 80.0,
            },
        },
    },
    {
        "parentWorkPackageId": "p0",
        "candidateIntervention": {
            "interventionType": "VOLTAGE_LINE_UPGRADE",
            "candidateGeneration": {
                "type": "VOLTAGE_LINE_UPGRADE",
                "defaultUpgradeReductionFactor": 0.5,
                "internalMzEffectivenessFactor": 0.5,
                "upstreamEffectivenessFactor": 0.5,
                "minAvgAbsDeltaPu": 0.01,
                "minLineLengthM": 10.0,
                "targetHeadroomFactor": 0.5,
                "targetVoltageSwingPu": 0.05,
                "voltageDeltaThresholdPu": 0.05,
            },
        },
    },
]
"""Interventions that together use every field."""

INSTANT = {"loadTime": "2025-01-15T12:00:00"}
STUDY: dict[str, tuple[str, object, object]] = {
    **{
        f"forecastConfig.{field}": ("forecastConfig", was, now)
        for field, was, now in (
            ("feeders", ["north"], ["south"]),
            ("scenarios", ["base"], ["high"]),
            ("years", [2025], [2026]),
        )
    },
    **{
        f"feederConfigs.configs.{field}": ("feederConfigs", was, now)
        for field, was, now in (
            ("feeder", "north", "south"),
            ("scenarios", ["base"], ["high"]),
            ("years", [2025], [2026]),
        )
    },
    **{
        f"{block}.{when}": (block.partition(".")[0], was, now)
        for block in ("forecastConfig", "feederConfigs.configs")
        for when, was, now in (
            ("fixedTime.loadTime", "2025-01-15T12:00:00", "2025-01-15T13:00:00"),
            ("fixedTime.overrides.loadId", "a", "b"),
            ("fixedTime.overrides.loadWattsOverride", [1.0], [2.0]),
            ("fixedTime.overrides.loadVarOverride", [1.0], [2.0]),
            ("fixedTime.overrides.genWattsOverride", [1.0], [2.0]),
            ("fixedTime.overrides.genVarOverride", [1.0], [2.0]),
            ("timePeriod.startTime", "2025-01-15T00:00:00", "2025-01-14T00:00:00"),
            ("timePeriod.endTime", "2025-01-16T00:00:00", "2025-01-17T00:00:00"),
            ("timePeriod.overrides.loadId", "a", "b"),
            ("timePeriod.overrides.loadWattsOverride", SERIES, [2.0] * 48),
            ("timePeriod.overrides.loadVarOverride", SERIES, [2.0] * 48),
            ("timePeriod.overrides.genWattsOverride", SERIES, [2.0] * 48),
            ("timePeriod.overrides.genVarOverride", SERIES, [2.0] * 48),
        )
    },
}
"""Fields of the study itself: which kind of study, and two values that must not give the same tasks."""


def leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the wire path of every field below an input model."""
    for field in model.model_fields.values():
        here = (*path, str(field.alias))
        inner = next(models_of(field.annotation), None)
        if inner is None or here[-1] == "switchMeterPlacementConfigs":  # refused as a whole
            yield ".".join(here)
        else:
            yield from leaves(inner, here)


def models_of(kind: object) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from models_of(part)


def leaves_of(wire: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(wire, dict):
        for key, value in wire.items():
            yield from leaves_of(value, (*path, key))
    else:
        yield ".".join(path)


ALL = set(leaves(WorkPackageInput))


def forecast(path: str = "", value: object = None) -> Wire:
    """Return a forecast of one model with one more option."""
    config = {"feeders": ["north"], "scenarios": ["base"], "years": [2025], "timePeriod": DAY}
    wire: Wire = {"forecastConfig": copy.deepcopy(config)}
    return with_value(wire, path, value) if path else wire


def with_value(wire: Wire, path: str, value: object) -> Wire:
    at = wire
    *blocks, last = path.split(".")
    for name in blocks:
        at = at.setdefault(name, {})
    at[last] = value
    return wire


def study(path: str, value: object) -> Wire:
    """Return a study in which one field of its own has a value."""
    kind, *inner = path.removeprefix("feederConfigs.").split(".")
    common: Wire = {"scenarios": ["base"], "years": [2025]}
    block = {"feeders": ["north"], **common} if kind == "forecastConfig" else {"feeder": "north", **common}
    if "fixedTime" in inner:
        override = {"loadId": "a", "loadWattsOverride": [1.0]}
        block["fixedTime"] = {**INSTANT, "overrides": [override]} if "overrides" in inner else dict(INSTANT)
    else:
        override = {"loadId": "a", "loadWattsOverride": SERIES}
        block["timePeriod"] = {**DAY, "overrides": [override]} if "overrides" in inner else dict(DAY)
    at: Any = block
    for name in inner[:-1]:
        at = at[name][0] if name == "overrides" else at[name]
    at[inner[-1]] = value
    return {"forecastConfig": block} if kind == "forecastConfig" else {"feederConfigs": {"configs": [block]}}


def tasks(wire: Wire) -> list[Task]:
    return plan(WorkPackageInput.model_validate(wire))


@pytest.fixture
def library(place: Place) -> Library:
    return place.library


def accepted(wire: Wire, library: Library) -> NewPackage:
    found = examine("x", wire, library)
    assert isinstance(found, NewPackage), found
    return found


def test_every_field_of_the_contract_has_its_place_here() -> None:
    interventions = {f"intervention.{path}" for block in INTERVENTIONS for path in leaves_of(block)}
    groups = [set(HONOURED), set(NOTED), set(REFUSED), set(WARNED), set(STUDY), interventions]
    assert set().union(*groups) == ALL
    assert sum(map(len, groups)) == len(ALL)


@pytest.mark.parametrize("path", HONOURED)
def test_an_honoured_option_changes_what_is_solved(library: Library, path: str) -> None:
    wire = forecast(path, HONOURED[path])
    if "Thermal" in path:  # a column needs its table
        with_value(wire, f"{METRICS}.populateEnhancedMetrics", True)
    assert accepted(wire, library).warnings == []
    assert tasks(forecast(path, HONOURED[path])) != tasks(forecast())


@pytest.mark.parametrize("path", NOTED)
def test_a_noted_option_is_accepted_without_words(library: Library, path: str) -> None:
    assert accepted(forecast(path, NOTED[path]), library).warnings == []


def test_another_writer_is_refused(library: Library) -> None:
    found = examine("x", forecast("resultProcessorConfig.writerConfig.writerType", "POSTGRES"), library)
    assert isinstance(found, Refused)
    assert found.faults[0].message == "this service writes PARQUET only"


@pytest.mark.parametrize("path", WARNED)
def test_an_option_without_effect_is_a_warning_on_the_package(library: Library, path: str) -> None:
    wire = forecast(path, WARNED[path])
    assert accepted(wire, library).warnings == [f"no effect in this service: {path}"]
    assert tasks(wire) == tasks(forecast())


@pytest.mark.parametrize("path", REFUSED)
def test_an_option_that_cannot_be_honoured_is_refused_at_its_place(library: Library, path: str) -> None:
    found = examine("x", forecast(path, REFUSED[path]), library)
    assert isinstance(found, Refused)
    (fault,) = found.faults
    assert fault.path == ("input", *path.split("."))
    assert len(fault.message) > 20


@pytest.mark.parametrize("block", INTERVENTIONS, ids=lambda block: ", ".join(leaves_of(block))[-40:])
def test_every_part_of_an_intervention_is_refused_by_name(library: Library, block: Wire) -> None:
    found = examine("x", {**forecast(), "intervention": block}, library)
    assert isinstance(found, Refused)
    assert {fault.message for fault in found.faults} == {"interventions are not supported by this service"}
    expected = {("input", "intervention", *path.split(".")) for path in leaves_of(block)}
    assert {fault.path for fault in found.faults} == expected


@pytest.mark.parametrize("path", STUDY)
def test_every_field_of_a_study_changes_what_is_solved(library: Library, path: str) -> None:
    kind, was, now = STUDY[path]
    before, after = study(path, was), study(path, now)
    assert tasks(before) != tasks(after)
    assert accepted(before, library).kind == {"forecastConfig": "forecast"}.get(kind, "feeder_override")
    if now == ["high"]:
        found = examine("x", after, library)
        assert isinstance(found, Refused)
        assert "scenario 'high' is not known" in found.faults[0].message
    else:
        assert accepted(after, library).warnings == []
