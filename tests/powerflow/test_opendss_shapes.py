"""Which elements change their power by themselves: what we say, and what the engine does."""

from typing import Any

import pytest
from dss import DSS

from hcr.powerflow.opendss_shapes import varying_elements

MODEL = """
clear
new circuit.x basekv=11
new loadshape.wave npts=4 interval=1 mult=[1 0.2 0.9 0.5]
new load.steady bus1=sourcebus kv=11 kw=10
new load.yearly bus1=sourcebus kv=11 kw=10 yearly=wave
new load.daily bus1=sourcebus kv=11 kw=10 daily=wave
new load.fixed bus1=sourcebus kv=11 kw=10 yearly=wave status=fixed
new load.exempt bus1=sourcebus kv=11 kw=10 yearly=wave status=exempt
new "load.two words" bus1=sourcebus kv=11 kw=10 yearly=wave
new generator.steady bus1=sourcebus kv=11 kw=10
new generator.daily bus1=sourcebus kv=11 kw=10 daily=wave
new generator.fixed bus1=sourcebus kv=11 kw=10 daily=wave status=fixed
new pvsystem.steady bus1=sourcebus kv=11 kva=10 pmpp=10
new pvsystem.daily bus1=sourcebus kv=11 kva=10 pmpp=10 daily=wave
set voltagebases=[11]
calcvoltagebases
"""
ELEMENTS = [
    "Load.steady", "Load.yearly", "Load.daily", "Load.fixed", "Load.exempt", "Load.two words",
    "Generator.steady", "Generator.daily", "Generator.fixed", "PVSystem.steady", "PVSystem.daily",
]  # fmt: skip


@pytest.fixture
def engine() -> Any:
    context = DSS.NewContext()
    context.AllowForms = False
    for line in MODEL.strip().splitlines():
        context.Text.Command = line
    return context


@pytest.mark.parametrize("mode", ["yearly", "daily"])
def test_whatever_the_engine_moves_is_named(engine: Any, mode: str) -> None:
    named = {one.element for one in varying_elements(engine, ELEMENTS, mode=mode)}
    engine.Text.Command = f"set mode={mode} number=1 stepsize=1h"
    seen: dict[str, list[float]] = {name: [] for name in ELEMENTS}
    for _ in range(4):
        engine.ActiveCircuit.Solution.Solve()
        for name in ELEMENTS:
            engine.ActiveCircuit.SetActiveElement(name)
            seen[name].append(float(engine.ActiveCircuit.ActiveCktElement.TotalPowers[0]))
    moved = {name for name, powers in seen.items() if max(powers) - min(powers) > 0.5}
    assert moved <= named
    # A daily shape counts in a yearly walk too: some classes fall back on it, some do not.
    assert named <= moved | {name for name in ELEMENTS if name.endswith(".daily")}


def test_other_modes_follow_no_shape(engine: Any) -> None:
    assert varying_elements(engine, ELEMENTS, mode="snapshot") == ()


def test_a_load_multiplier_moves_all_loads_but_fixed_ones(engine: Any) -> None:
    engine.Text.Command = "set loadmult=1.5"
    found = {one.element: one.reason for one in varying_elements(engine, ELEMENTS, mode="snapshot")}
    assert set(found) == {name for name in ELEMENTS if name.startswith("Load.")} - {"Load.fixed"}
    assert found["Load.steady"] == "the model multiplies it by loadmult=1.5"


def test_loads_grow_when_the_model_sets_a_year(engine: Any) -> None:
    engine.Text.Command = "set year=3"
    found = {one.element: one.reason for one in varying_elements(engine, ["Load.fixed"], mode="yearly")}
    assert found == {"Load.fixed": "it grows to year 3 of the model"}


def test_a_battery_changes_its_charge(engine: Any) -> None:
    engine.Text.Command = "new storage.cell bus1=sourcebus kv=11 kwrated=5 kwhrated=10"
    (found,) = varying_elements(engine, ["Storage.cell"], mode="daily")
    assert found.reason == "its charge changes from step to step"
