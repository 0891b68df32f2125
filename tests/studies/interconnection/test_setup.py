"""What all trials share: candidates, monitors as drawn by the method, curves, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import ConfigError, ModelError
from hcr.studies.interconnection.feeder_graph import depths
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.settings import (
    Curve,
    DaySettings,
    Monitors,
    QueuedUnit,
    ResourceSettings,
    StudySettings,
)
from hcr.studies.interconnection.setup import Setup, set_up

PLAIN = StudySettings(
    resource=ResourceSettings(curve=Curve(values=(1.0,))), days=(DaySettings(steps=4, load_curve=None),)
)

PUBLISHED_DRAWS = (
    *((0,) * 5 + (1, 0, 0) + (2,) * 5 + (2, 0, 1, 2, 0, 0, 2, 1, 2, 1)),
    *(0, 4, 0, 1, 1, 0, 1, 1, 0, 2, 0, 0, 1, 1),
)
"""Of the reference program, by depth, measured by us (PNNL i2x 1.1.4)."""


def made(village: Path, **changes: object) -> Setup:
    return set_up(village, "village", replace(PLAIN, **changes))


def test_monitors_of_the_published_study(radial: Path) -> None:
    setup = set_up(radial, "radial", StudySettings())
    layers = depths(setup.feeder.graph)
    drawn = [buses[at] for buses, at in zip(layers, PUBLISHED_DRAWS, strict=True)]
    assert len(drawn) == 37
    assert setup.monitors == tuple(dict.fromkeys((*setup.feeder.recloser_buses, *drawn)))
    assert len(setup.candidates) == 53


def test_a_seed_of_its_own_draws_others(radial: Path) -> None:
    own, other = (set_up(radial, "radial", StudySettings(seed=seed)) for seed in ("radial", "another"))
    assert own.monitors == set_up(radial, "radial", StudySettings()).monitors
    assert own.monitors != other.monitors


def test_all_buses_can_be_watched(village: Path) -> None:
    everywhere = made(village, monitors=Monitors.ALL)
    assert set(everywhere.monitors) == {bus.name for bus in everywhere.feeder.graph.buses}
    named = made(village, monitored_buses=("SIDE", "side"))
    assert named.monitors.count("side") == 1
    assert named.draws == made(village).draws != everywhere.draws


def test_candidates_can_be_named(village: Path) -> None:
    assert made(village, candidates=("FAR", "lv", "far")).candidates == ("far", "lv")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"candidates": ("nowhere",)}, "no bus 'nowhere'"),
        ({"candidates": ("side",)}, "no unit can connect at bus side"),
        ({"queue": (QueuedUnit("Side", 10.0),)}, "no unit can connect at bus side"),
        ({"monitored_buses": ("nowhere",)}, "no bus 'nowhere'"),
    ],
)
def test_buses_that_do_not_fit_are_refused(village: Path, changes: dict[str, object], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        made(village, **changes)


def test_listed_values_share_the_day(village: Path) -> None:
    curve = ResourceSettings(curve=Curve(values=(0.0, 1.0, 0.5, 0.25)))
    day = DaySettings(first_hour=18.0, steps=4, step_minutes=360.0, load_curve=Curve(values=(1.0, 2.0)))
    (inputs,) = made(village, resource=curve, days=(day,)).days
    assert inputs.output[Kind.PV].tolist() == [0.25, 0.0, 1.0, 0.5]
    kw = inputs.injections.power_w.sum(axis=0) / 1300e3
    np.testing.assert_allclose(kw, [2.0, 1.0, 1.0, 2.0])


def test_a_shape_of_the_model_is_a_curve(village: Path) -> None:
    curve = ResourceSettings(curve=Curve(shape="NOON"))
    day = DaySettings(steps=4, step_minutes=360.0, load_curve=None)
    (inputs,) = made(village, resource=curve, days=(day,)).days
    assert sorted(inputs.output[Kind.PV].tolist()) == [0.0, 0.0, 0.5, 1.0]
    with pytest.raises(ModelError, match="pcloud"):
        made(village, resource=ResourceSettings())


def test_only_kinds_that_connect_need_a_curve(village: Path) -> None:
    (inputs,) = made(village, queue=(QueuedUnit("far", 10.0, Kind.GENERATOR),)).days
    assert set(inputs.output) == {Kind.PV, Kind.GENERATOR}


@pytest.mark.parametrize(("factor", "var"), [(1.0, 0.0), (0.8, 0.75), (-0.8, -0.75)])
def test_a_negative_power_factor_absorbs(village: Path, factor: float, var: float) -> None:
    resource = replace(PLAIN.resource, power_factor=factor)
    assert made(village, resource=resource).var_per_watt == pytest.approx(var)
