"""Which options this engine honours, which have no effect, and which it refuses by name.

An option is never accepted and ignored in silence: what has no effect becomes a warning on the package.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

HONOURED = frozenset(
    {
        "generatorConfig.model.loadIntervalLengthHours",
        "generatorConfig.model.loadModel",
        "generatorConfig.model.loadVMinPu",
        "generatorConfig.model.loadVMaxPu",
        "generatorConfig.model.genVMinPu",
        "generatorConfig.model.genVMaxPu",
        "generatorConfig.model.vmPu",
        "generatorConfig.model.pFactorBaseImports",
        "generatorConfig.model.pFactorBaseExports",
        "generatorConfig.model.windowFillMissingLoad",
        "generatorConfig.model.defaultLoadWatts",
        "generatorConfig.model.defaultLoadVar",
        "generatorConfig.model.defaultGenWatts",
        "generatorConfig.model.defaultGenVar",
        "generatorConfig.model.meterPlacementConfig.feederHead",
        "generatorConfig.model.meterPlacementConfig.distTransformers",
        "generatorConfig.model.seed",
        "generatorConfig.model.transformerTapSettings",
        "generatorConfig.solve.mode",
        "generatorConfig.solve.stepSizeMinutes",
        "generatorConfig.solve.maxIter",
        "generatorConfig.solve.maxControlIter",
        "resultProcessorConfig.storedResults.energyMetersRaw",
        "resultProcessorConfig.storedResults.energyMeterVoltagesRaw",
        "resultProcessorConfig.writerConfig.writerType",
        *(
            f"resultProcessorConfig.writerConfig.outputWriterConfig.enhancedMetricsConfig.{name}"
            for name in (
                "populateEnhancedMetrics",
                "populateDurationCurves",
                "populateConstraints",
                "calculateNormalForLoadThermal",
                "calculateEmergForLoadThermal",
                "calculateNormalForGenThermal",
                "calculateEmergForGenThermal",
            )
        ),
    }
)
"""Options with an effect."""

REFUSED = {
    "intervention": "interventions are not supported by this service",
    "generatorConfig.variant": "network variants are not supported by this service",
    "generatorConfig.model.calibration": "a calibration is a run of its own, not a forecast option",
    "generatorConfig.model.inverterControlConfig": "inverter control profiles are not supported yet",
    "generatorConfig.model.meterPlacementConfig.energyConsumerMeterGroup": "meter groups are not supported",
    "generatorConfig.model.meterPlacementConfig.switchMeterPlacementConfigs": "no zones at switches yet",
    "generatorConfig.nodeLevelResults": "node level results are not supported yet",
}
"""Options that would change the numbers, and that this engine cannot honour."""

NUMBERS_OF_STUDY = ("forecastConfig", "feederConfigs")
"""Blocks that are the study itself, not options."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An option that is refused: its path in the request and why."""

    path: tuple[str | int, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Review:
    """What came of looking at a request's options."""

    refusals: list[Refusal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def review(wire: Mapping[str, object]) -> Review:
    """Return which options of a request (wire form) are refused and which have no effect."""
    found = Review()
    idle: list[str] = []
    for path, value in _leaves(wire, ()):
        names = ".".join(str(part) for part in path)
        refusal = next((key for key in REFUSED if names == key or names.startswith(key + ".")), None)
        if path[0] in NUMBERS_OF_STUDY or names in HONOURED or _is_off(value):
            continue
        if refusal:
            found.refusals.append(Refusal(path, REFUSED[refusal]))
        else:
            idle.append(names)
    found.refusals.extend(_repeats(wire))
    if _writer(wire) == "POSTGRES":
        found.refusals.append(
            Refusal(
                ("resultProcessorConfig", "writerConfig", "writerType"), "this service writes PARQUET only"
            )
        )
    if idle:
        found.warnings.append(f"no effect in this service: {', '.join(idle)}")
    return found


def _is_off(value: object) -> bool:
    """Return whether an option asks for nothing; the number 0 is a value like any other."""
    return value is None or value is False or value == []


def _repeats(wire: Mapping[str, object]) -> Iterator[Refusal]:
    """Yield a refusal for each feeder, scenario and year that is asked for again with other settings."""
    feeders = wire.get("feederConfigs")
    configs = feeders.get("configs") if isinstance(feeders, Mapping) else None
    first: dict[tuple[object, object, object], tuple[object, ...]] = {}
    for at, one in enumerate(configs if isinstance(configs, list) else ()):
        load_time = (one.get("fixedTime"), one.get("timePeriod"))
        keys = [(one["feeder"], scenario, year) for scenario in one["scenarios"] for year in one["years"]]
        clash = next((key for key in keys if first.setdefault(key, load_time) != load_time), None)
        if clash:
            feeder, scenario, year = clash
            yield Refusal(
                ("feederConfigs", "configs", at),
                f"{feeder}, scenario {scenario}, year {year} is asked for twice with different load times",
            )


def _writer(wire: Mapping[str, object]) -> object:
    results = wire.get("resultProcessorConfig")
    writer = results.get("writerConfig") if isinstance(results, Mapping) else None
    return writer.get("writerType") if isinstance(writer, Mapping) else None


def _leaves(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Yield each option that is set, with its value; lists count as values."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    else:
        yield path, value
