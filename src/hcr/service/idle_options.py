"""Options that have an effect only together with others, and are without them."""

from collections.abc import Iterator, Mapping
from typing import Any

METRICS = ("resultProcessorConfig", "writerConfig", "outputWriterConfig", "enhancedMetricsConfig")
STEP = ("generatorConfig", "solve", "stepSizeMinutes")

THERMAL = (
    "calculateNormalForLoadThermal",
    "calculateEmergForLoadThermal",
    "calculateNormalForGenThermal",
    "calculateEmergForGenThermal",
)
"""Flags of columns; the tables that have these columns are asked for apart."""


def idle_options(wire: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning for each group of options that has no effect in this request."""
    metrics = _at(wire, METRICS) or {}
    named = [".".join((*METRICS, name)) for name in THERMAL if metrics.get(name)]
    if named and not (metrics.get("populateEnhancedMetrics") or metrics.get("populateConstraints")):
        yield f"no effect without populateEnhancedMetrics or populateConstraints: {', '.join(named)}"
    if _at(wire, STEP) is not None and not any("timePeriod" in block for block in _blocks(wire)):
        yield f"no effect on single instants: {'.'.join(STEP)}"


def _blocks(wire: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "forecastConfig" in wire:
        return [wire["forecastConfig"]]
    blocks: list[Mapping[str, Any]] = wire["feederConfigs"]["configs"]
    return blocks


def _at(wire: Any, path: tuple[str, ...]) -> Any:
    """Return the value at a path, None where it ends before."""
    for name in path:
        wire = wire.get(name) if isinstance(wire, Mapping) else None
    return wire
