"""Inverters in both engines: cases solved by hand, InvControl of OpenDSS, independence of lanes, failures.

OpenDSS stops at tolerances set far tighter than its own. Within 1e-5 pu of a corner its XYCurve takes the
share of the corner, which can move a voltage by some 1e-6 pu; the cases here stay clear of corners.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hcr.errors import ModelError, NotConvergedError
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.inverter_curves import (
    AS_4777_A,
    AS_4777_B,
    IEEE_1547_B,
    STANDARD_CURVES,
    Inverter,
    InverterCurve,
    Monitored,
    Reference,
    share_at,
)
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit
from hcr.powerflow.reductions import solve

Compiled = Callable[[str], Circuit]

BATCH = SolveOptions(engine="batch", controls=False)
OPENDSS = SolveOptions(controls=False)
TOLERANCE_PU = 1e-6

TWO_BUS = """
New Circuit.two phases=1 basekv=0.23 bus1=a.1 pu=1.06 r1=0 x1=1e-9 r0=0 x0=1e-9
New Line.l phases=1 bus1=a.1 bus2=b.1 r1=0.4 x1=0.3 r0=0.4 x0=0.3 c1=0 c0=0 length=1
New Generator.pv phases=1 bus1=b.1 kv=0.23 kw=5 kvar=0 model=1 vminpu=0.5 vmaxpu=1.5
Set voltagebases=[0.398371685]
Calcvoltagebases
"""

FOUR_WIRE = """
New Circuit.four basekv=0.4 bus1=a pu=1.05 r1=0.01 x1=0.02 r0=0.01 x0=0.02
New Line.l bus1=a.1.2.3.0 bus2=b.1.2.3.4 phases=4 units=none length=1
~ rmatrix=[0.5 | 0.1 0.5 | 0.1 0.1 0.5 | 0.1 0.1 0.1 0.6]
~ xmatrix=[0.3 | 0.1 0.3 | 0.1 0.1 0.3 | 0.1 0.1 0.1 0.4]
~ cmatrix=[0 | 0 0 | 0 0 0 | 0 0 0 0]
New Load.l1 phases=1 bus1=b.1.4 kv=0.23 kw=3 kvar=1 vminpu=0.5 vmaxpu=1.5
New Load.l2 phases=1 bus1=b.2.4 kv=0.23 kw=0.5 kvar=0 vminpu=0.5 vmaxpu=1.5
New Generator.one phases=1 bus1=b.2.4 kv=0.23 kw=0 model=1 vminpu=0.5 vmaxpu=1.5
New Generator.three phases=3 bus1=b.1.2.3.4 kv=0.4 kw=0 model=1 vminpu=0.5 vmaxpu=1.5
New Generator.plain phases=1 bus1=b.3.4 kv=0.23 kw=0 model=1 vminpu=0.5 vmaxpu=1.5
Set voltagebases=[0.4]
Calcvoltagebases
"""


def lanes(power_w: Any, inverters: dict[str, tuple[InverterCurve, float]], **plain: Any) -> Injections:
    """Return half-hours in which each inverter could give some power; `plain` are other elements' watts."""
    rows = np.atleast_2d(np.asarray(power_w, float))
    others = np.array(list(plain.values()), float).reshape(len(plain), rows.shape[1])
    watts = np.concatenate([rows, others])
    names = (*inverters, *(f"Generator.{name}" for name in plain))
    made = tuple(Inverter(name, curve, rating) for name, (curve, rating) in inverters.items())
    hours = 0.5 * np.arange(1, watts.shape[1] + 1)
    return Injections(hours, names, watts, np.zeros(watts.shape), 0.5, walk=False, inverters=made)


def solved(circuit: Circuit, injections: Injections, options: SolveOptions) -> tuple[np.ndarray, np.ndarray]:
    """Return voltages [V] and injector powers [VA] of all lanes."""
    blocks = list(solve_in_blocks(circuit, injections, options))
    return (
        np.concatenate([block.voltage_v for block in blocks], axis=1),
        np.concatenate([block.injector_va for block in blocks], axis=1),
    )


def largest_difference(circuit: Circuit, injections: Injections) -> float:
    """Return the largest difference of a voltage between the engines [pu]."""
    ours, _ = solved(circuit, injections, BATCH)
    theirs, _ = solved(circuit, injections, OPENDSS)
    base = np.where(circuit.nodes.base_v > 0, circuit.nodes.base_v, 1.0)
    return float((np.abs(ours - theirs) / base[:, None]).max())


@pytest.mark.parametrize("options", [BATCH, OPENDSS], ids=["batch", "opendss"])
def test_volt_watt_on_two_buses_is_as_solved_by_hand(compiled: Compiled, options: SolveOptions) -> None:
    """R alone and P = S (k - m V / B) give V^2 + (R S m / B - E) V - R S k = 0."""
    circuit = compiled(TWO_BUS.replace("x1=0.3", "x1=0").replace("x0=0.3", "x0=0"))
    volts_in, ohm, rating, base = 1.06 * 230.0, 0.4, 8000.0, 230.0
    slope, level = 0.8 / 0.04, 1.0 + 0.8 / 0.04 * 1.06  # 100 % at 1.06 pu, 20 % at 1.10 pu
    curve = InverterCurve(volt_watt=((1.06, 1.0), (1.1, 0.2)))
    voltage, power = solved(circuit, lanes([7000.0], {"Generator.pv": (curve, rating)}), options)
    middle = ohm * rating * slope / base - volts_in
    expected = (-middle + np.sqrt(middle**2 + 4 * ohm * rating * level)) / 2
    assert abs(voltage[circuit.nodes.names.index("b.1"), 0]) == pytest.approx(expected, abs=1e-5)
    assert -power[0, 0].real == pytest.approx(rating * (level - slope * expected / base), abs=0.01)
    assert power[0, 0].imag == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("options", [BATCH, OPENDSS], ids=["batch", "opendss"])
def test_beyond_the_last_corner_of_volt_var_is_as_solved_by_hand(
    compiled: Compiled, options: SolveOptions
) -> None:
    """V = E + Z conj(S / V) with S = P - j 0.44 rating gives a quadratic in |V|^2; the upper root holds."""
    circuit = compiled(TWO_BUS.replace("pu=1.06", "pu=1.12"))
    curve = InverterCurve(IEEE_1547_B.volt_var)
    voltage, power = solved(circuit, lanes([3000.0], {"Generator.pv": (curve, 5000.0)}), options)
    produced, ohm, volts_in = complex(3000.0, -0.44 * 5000.0), 0.4 + 0.3j, 1.12 * 230.0
    middle = -2 * (ohm * produced.conjugate()).real - volts_in**2
    square = (-middle + np.sqrt(middle**2 - 4 * abs(ohm * produced) ** 2)) / 2
    assert abs(voltage[circuit.nodes.names.index("b.1"), 0]) == pytest.approx(np.sqrt(square), abs=1e-5)
    assert -power[0, 0] == pytest.approx(produced, abs=0.01)


@pytest.mark.parametrize("name", STANDARD_CURVES)
def test_reactive_power_lies_on_the_curve(compiled: Compiled, name: str) -> None:
    circuit, curve = compiled(TWO_BUS), InverterCurve(STANDARD_CURVES[name].volt_var)
    injections = lanes(np.linspace(0, 6000, 40), {"Generator.pv": (curve, 8000.0)})
    voltage, power = solved(circuit, injections, BATCH)
    volts = np.abs(voltage[circuit.nodes.names.index("b.1")]) / 230.0
    np.testing.assert_allclose(-power[0].imag, 8000.0 * share_at(curve.volt_var, volts), atol=0.01)
    np.testing.assert_allclose(-power[0].real, injections.power_w[0], atol=0.01)


@pytest.mark.parametrize("reference", Reference)
@pytest.mark.parametrize("watt_first", [False, True], ids=["var first", "watt first"])
@pytest.mark.parametrize("parts", [("volt_var", "volt_watt"), ("volt_var",), ("volt_watt",)])
def test_a_ramp_of_sun_is_as_invcontrol_has_it(
    compiled: Compiled, reference: Reference, watt_first: bool, parts: tuple[str, ...]
) -> None:
    kept = {part: getattr(AS_4777_A, part) for part in parts}
    curve = InverterCurve(**kept, reference=reference, watt_first=watt_first)
    injections = lanes(np.linspace(0, 11000, 23), {"Generator.pv": (curve, 8000.0)})
    injections.power_var[:] = 700.0  # counts where there is no volt-var curve
    assert largest_difference(compiled(TWO_BUS), injections) < TOLERANCE_PU


@pytest.mark.parametrize("monitored", Monitored)
def test_neutrals_and_phases_are_measured_as_invcontrol_does(
    compiled: Compiled, monitored: Monitored
) -> None:
    circuit = compiled(FOUR_WIRE)
    power = np.array([np.linspace(0, 5e3, 12), np.linspace(9e3, 0, 12)])
    wide = replace(IEEE_1547_B, var_limit=0.8)
    inverters = {"Generator.one": (AS_4777_B, 5e3), "Generator.three": (wide, 9e3)}
    injections = lanes(power, inverters, plain=np.linspace(0, 3e3, 12))
    chosen = tuple(replace(one, monitored=monitored) for one in injections.inverters)
    assert largest_difference(circuit, replace(injections, inverters=chosen)) < TOLERANCE_PU


def test_powers_of_all_elements_are_as_opendss_has_them(compiled: Compiled) -> None:
    inverters = {"Generator.three": (IEEE_1547_B, 9e3)}
    injections = lanes([8000.0, 0.0, 3000.0], inverters, one=[1e3, 2e3, 0.0])
    circuit = compiled(FOUR_WIRE)
    _, ours = solved(circuit, injections, BATCH)
    _, theirs = solved(circuit, injections, OPENDSS)
    np.testing.assert_allclose(ours, theirs, atol=0.02)
    assert ours.shape == (len(circuit.injectors.elements), 3)


def sunny_day(circuit: Circuit, places: list[int], seed: int, *, size: float) -> tuple[Circuit, Injections]:
    """Return a circuit with inverters beside loads, and a day of half-hours for all of them."""
    rng = np.random.default_rng(seed)
    names = [circuit.injectors.elements.names[place] for place in places]
    made = [f"pv_{name.partition('.')[2]}" for name in names]
    edits = tuple(
        f"new generator.{name} bus1={circuit.injectors.connection(place, circuit.nodes)} "
        f"phases={circuit.injectors.phases[place]} kv={circuit.injectors.rated_v[place] / 1e3:.17g} "
        "kw=0 kvar=0 model=1 vminpu=0.5 vmaxpu=1.5"
        for name, place in zip(made, places, strict=True)
    )
    hours = 0.5 * np.arange(1, 49)
    sun = np.maximum(0.0, np.sin((hours - 6.0) / 12.0 * np.pi))
    ratings = size * np.maximum(np.nan_to_num(circuit.injectors.power_w[places]), 2000.0)
    load_w, load_var = (
        np.nan_to_num(part[places])[:, None] * rng.uniform(0.2, 0.9, (len(places), 48))
        for part in (circuit.injectors.power_w, circuit.injectors.power_var)
    )
    power = ratings[:, None] * sun * rng.uniform(0.6, 1.1, (len(places), 48))
    curves = [
        *STANDARD_CURVES.values(),
        replace(IEEE_1547_B, reference=Reference.VARAVAL, volt_watt=()),
        replace(AS_4777_B, watt_first=True, quiet_below=0.05),
    ]
    inverters = tuple(
        Inverter(f"Generator.{name}", curves[at % len(curves)], float(rating))
        for at, (name, rating) in enumerate(zip(made, ratings, strict=True))
    )
    elements = (*names, *(f"Generator.{name}" for name in made))
    watts, var = np.concatenate([load_w, power]), np.concatenate([load_var, 0 * power])
    model = Model(circuit.model.master, (*circuit.model.edits, *edits), "")
    return compile_circuit(model), Injections(hours, elements, watts, var, 0.5, inverters=inverters)


def loads_of(circuit: Circuit) -> list[int]:
    return [place for place in range(len(circuit.injectors.elements)) if circuit.injectors.is_load(place)]


def test_a_day_on_a_generated_feeder_is_as_invcontrol_has_it(tmp_path: Path) -> None:
    generate_feeder(FeederRecipe("sunny", customers=40, seed=5), tmp_path)
    bare = compile_circuit(Model(tmp_path / "model" / "Master.dss", (), ""))
    circuit, injections = sunny_day(bare, loads_of(bare)[::2], 40, size=4.0)
    assert largest_difference(circuit, injections) < TOLERANCE_PU


def test_a_day_on_a_public_feeder_is_as_invcontrol_has_it(radial: Path) -> None:
    bare = compile_circuit(Model(radial, (), ""))
    circuit, injections = sunny_day(bare, loads_of(bare)[::3], 41, size=4.0)
    assert largest_difference(circuit, injections) < TOLERANCE_PU


def test_a_lane_does_not_depend_on_its_neighbours(compiled: Compiled) -> None:
    circuit, rng = compiled(FOUR_WIRE), np.random.default_rng(6)
    inverters = {"Generator.one": (AS_4777_B, 5e3), "Generator.three": (IEEE_1547_B, 9e3)}
    power = rng.uniform(0, 9e3, (2, 70))
    whole, _ = solved(circuit, lanes(power, inverters), BATCH)
    order = rng.permutation(70)
    mixed, _ = solved(circuit, lanes(power[:, order], inverters), BATCH)
    np.testing.assert_array_equal(whole[:, order], mixed)
    alone, _ = solved(circuit, lanes(power[:, [33]], inverters), BATCH)
    np.testing.assert_array_equal(whole[:, [33]], alone)


def test_extremes_are_those_of_the_solutions(compiled: Compiled) -> None:
    circuit = compiled(FOUR_WIRE)
    inverters = {"Generator.one": (AS_4777_B, 5e3), "Generator.three": (IEEE_1547_B, 9e3)}
    injections = lanes(np.random.default_rng(7).uniform(0, 9e3, (2, 50)), inverters)
    voltage, _ = solved(circuit, injections, BATCH)
    found = solve(circuit, injections, BATCH, threads=2)
    np.testing.assert_allclose(found.high_v, np.abs(voltage).max(axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.low_v, np.abs(voltage).min(axis=1), rtol=1e-12, atol=1e-9)


def test_power_that_is_no_number_spoils_its_lane_alone(compiled: Compiled) -> None:
    circuit = compiled(TWO_BUS)
    inverters = {"Generator.pv": (IEEE_1547_B, 5e3)}
    (good,) = solve_in_blocks(circuit, lanes([1e3, 2e3, 3e3], inverters), BATCH)
    (spoilt,) = solve_in_blocks(circuit, lanes([1e3, np.nan, 3e3], inverters), BATCH)
    assert [(failure.lane, failure.why) for failure in spoilt.failures] == [
        (1, "the power of Generator.pv is not a number")
    ]
    assert np.isnan(spoilt.voltage_v[:, 1]).all()
    np.testing.assert_array_equal(spoilt.voltage_v[:, [0, 2]], good.voltage_v[:, [0, 2]])
    with pytest.raises(NotConvergedError) as caught:
        list(solve_in_blocks(circuit, lanes([1e3, np.nan, 3e3], inverters), OPENDSS))
    assert caught.value.lane == 1


@pytest.mark.parametrize("source", [0.75, 1.3])
def test_out_of_the_band_the_curve_still_holds_its_ends(compiled: Compiled, source: float) -> None:
    text = TWO_BUS.replace("pu=1.06", f"pu={source}").replace(
        "vminpu=0.5 vmaxpu=1.5", "vminpu=0.9 vmaxpu=1.1"
    )
    injections = lanes([2000.0, 5000.0], {"Generator.pv": (IEEE_1547_B, 6e3)})
    assert largest_difference(compiled(text), injections) < TOLERANCE_PU


def test_a_steep_curve_on_a_weak_line_settles(compiled: Compiled) -> None:
    """The loop gain is about 13: without damping, no iteration would come to rest above 1."""
    weak = TWO_BUS.replace("r1=0.4 x1=0.3 r0=0.4 x0=0.3", "r1=0.1 x1=1 r0=0.1 x0=1").replace("1.06", "1.0")
    curve = InverterCurve(((0.99, 1.0), (1.01, -1.0)))
    injections = lanes(np.linspace(0, 6e3, 9), {"Generator.pv": (curve, 7e3)})
    voltage, power = solved(compiled(weak), injections, BATCH)
    volts = np.abs(voltage[1]) / 230.0
    np.testing.assert_allclose(-power[0].imag, 7e3 * share_at(curve.volt_var, volts), atol=0.05)


def test_a_pv_system_and_a_storage_of_the_model_may_follow_curves(compiled: Compiled) -> None:
    text = TWO_BUS.replace(
        "Set voltagebases",
        "New PVSystem.roof phases=1 bus1=b.1 kv=0.23 kva=4 pmpp=4 irradiance=0.5 vminpu=0.5 vmaxpu=1.5\n"
        "New Storage.cell phases=1 bus1=b.1 kv=0.23 kva=4 vminpu=0.5 vmaxpu=1.5 %idlingkw=0\n"
        "Set voltagebases",
    )
    inverters = {"PVSystem.roof": (IEEE_1547_B, 4e3), "Storage.cell": (AS_4777_B, 4e3)}
    injections = lanes([[0.0, 2e3, 4e3], [4e3, 1e3, 0.0]], inverters, pv=[0.0, 0.0, 1e3])
    assert largest_difference(compiled(text), injections) < TOLERANCE_PU


def test_a_charging_inverter_is_solved_by_the_batch_engine_only(compiled: Compiled) -> None:
    circuit = compiled(TWO_BUS)
    injections = lanes([-3000.0], {"Generator.pv": (IEEE_1547_B, 5e3)})
    _, power = solved(circuit, injections, BATCH)
    assert power[0, 0].real == pytest.approx(3000.0, abs=0.01)
    with pytest.raises(ModelError, match=r"Generator\.pv with -3000 W") as caught:
        list(solve_in_blocks(circuit, injections, OPENDSS))
    assert "--engine batch" in caught.value.remedy


@pytest.mark.parametrize("options", [BATCH, OPENDSS], ids=["batch", "opendss"])
def test_an_inverter_that_is_not_in_the_model_is_refused(compiled: Compiled, options: SolveOptions) -> None:
    injections = replace(
        lanes([1.0], {"Generator.pv": (IEEE_1547_B, 5e3)}),
        inverters=(Inverter("Generator.gone", IEEE_1547_B, 5e3),),
    )
    with pytest.raises(ModelError, match=r"Generator\.gone is not in the model"):
        list(solve_in_blocks(compiled(TWO_BUS), injections, options))


def test_an_inverter_without_injections_has_the_power_of_the_model(compiled: Compiled) -> None:
    circuit, nothing = compiled(TWO_BUS), np.empty((0, 2))
    inverter = Inverter("Generator.pv", IEEE_1547_B, 6e3)
    injections = Injections(np.array([1.0, 2.0]), (), nothing, nothing, 1.0, inverters=(inverter,))
    assert largest_difference(circuit, injections) < TOLERANCE_PU
    _, power = solved(circuit, injections, BATCH)
    assert power[0, 0].imag > 100.0
