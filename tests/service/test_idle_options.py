"""Options that need others: without them they are named."""

from typing import Any

import pytest

from hcr.service.idle_options import METRICS, STEP, THERMAL, idle_options

DAY = {"startTime": "2025-01-15T00:00:00", "endTime": "2025-01-16T00:00:00"}
NOON = {"loadTime": "2025-01-15T12:00:00"}


def nested(path: tuple[str, ...], value: object) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("flag", THERMAL)
def test_a_column_needs_its_table(flag: str) -> None:
    study = {"forecastConfig": {"timePeriod": DAY}}
    alone = {**study, **nested(METRICS, {flag: True})}
    path = ".".join((*METRICS, flag))
    assert list(idle_options(alone)) == [
        f"no effect without populateEnhancedMetrics or populateConstraints: {path}"
    ]
    for table in ("populateEnhancedMetrics", "populateConstraints"):
        assert list(idle_options({**study, **nested(METRICS, {flag: True, table: True})})) == []
    assert list(idle_options({**study, **nested(METRICS, {flag: False})})) == []


def test_a_step_needs_a_period() -> None:
    step = nested(STEP, 30)
    instant = {"feederConfigs": {"configs": [{"fixedTime": NOON}, {"fixedTime": NOON}]}}
    both = {"feederConfigs": {"configs": [{"fixedTime": NOON}, {"timePeriod": DAY}]}}
    words = ["no effect on single instants: generatorConfig.solve.stepSizeMinutes"]
    assert list(idle_options({**instant, **step})) == words
    assert list(idle_options({"forecastConfig": {"fixedTime": NOON}, **step})) == words
    assert list(idle_options({**both, **step})) == []
    assert list(idle_options(instant)) == []
