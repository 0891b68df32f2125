"""A forecast's day against a plain OpenDSS loop that uses none of our code.

The loop gives every load a LoadShape of its own, in watts, and lets the engine walk through the day. The
voltages of every node, and the tables that come of them, are recomputed from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dss import DSS

from hcr.network.feeder import Customer, Feeder
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.importing import ImportOptions, import_feeder
from hcr.network.library import Library
from hcr.results.parquet import read_parquet, write_parquet
from hcr.studies.case import build_case
from hcr.studies.recording import solutions
from hcr.studies.solve_task import solve_task
from hcr.studies.task import LoadTime, Task

STEPS = 48
DAY = datetime(2025, 7, 9)
FIRST_HOUR = 189 * 24  # 9 July is day 190 of 2025
TOLERANCE_PU = 1e-6
CHANNELS = ("import_w", "import_var", "export_w", "export_var")


@dataclass
class Day:
    """The power of every customer over one day, (customers, steps)."""

    customers: tuple[Customer, ...]
    import_w: np.ndarray
    import_var: np.ndarray
    export_w: np.ndarray
    export_var: np.ndarray

    @classmethod
    def drawn(
        cls, customers: tuple[Customer, ...], *, peak_w: np.ndarray, exporting: int, seed: int
    ) -> "Day":
        """Return a day with an evening peak; every `exporting`-th customer exports at noon, with vars."""
        rng = np.random.default_rng(seed)
        hours = np.arange(1, STEPS + 1) / 2
        evening, noon = np.exp(-(((hours - 19) / 3) ** 2)), np.exp(-(((hours - 12.5) / 2.5) ** 2))
        shape = (len(customers), STEPS)
        import_w = peak_w[:, None] * (0.25 + 0.6 * evening) * rng.uniform(0.8, 1.2, shape)
        some = np.arange(len(customers)) % exporting == 0
        export_w = np.where(some[:, None], 2.0 * peak_w[:, None] * noon * rng.uniform(0.5, 1.0, shape), 0.0)
        export_var = export_w * rng.uniform(-0.2, 0.3, shape)
        return cls(customers, import_w, 0.2 * import_w, export_w, export_var)

    def write(self, path: Path) -> None:
        ends = np.datetime64(DAY, "us") + np.timedelta64(30, "m") * np.arange(1, STEPS + 1)
        write_parquet(
            path,
            {
                "load_id": np.repeat(np.array([one.load_id for one in self.customers], object), STEPS),
                "time": np.tile(ends, len(self.customers)),
                **{name: getattr(self, name).ravel() for name in CHANNELS},
            },
        )


def task_of(feeder: str) -> Task:
    return Task(feeder, "base", 2025, LoadTime(DAY, DAY + timedelta(days=1)))


class Loop:
    """Plain OpenDSS, by text commands."""

    def __init__(self, master: Path, day: Day) -> None:
        self.engine: Any = DSS.NewContext()
        self.engine.AllowForms = False
        self.engine.AllowChangeDir = False
        for command in ("clear", f'compile "{master}"'):
            self.text(command)
        for row, customer in enumerate(day.customers):
            self._shape(f"in{row}", day.import_w[row], day.import_var[row])
            self.text(f"edit {customer.element} yearly=in{row} status=variable")
            if day.export_w[row].any():
                self._shape(f"out{row}", day.export_w[row], -day.export_var[row])  # generators produce vars
                self._generator(row, customer.element)

    def text(self, command: str) -> str:
        self.engine.Text.Command = command
        return str(self.engine.Text.Result)

    def _shape(self, name: str, watts: np.ndarray, var: np.ndarray) -> None:
        # The engine takes value number n at n * interval, so the value of 00:30 is the first one.
        p, q = (" ".join(f"{value / 1e3:.17g}" for value in values) for values in (watts, var))
        self.text(f"new loadshape.{name} npts={STEPS} interval=0.5 useactual=yes mult=[{p}] qmult=[{q}]")

    def _generator(self, row: int, element: str) -> None:
        bus, phases, kv = (self.text(f"? {element}.{name}") for name in ("bus1", "phases", "kv"))
        self.text(
            f"new generator.mine{row} bus1={bus} phases={phases} kv={kv} model=1 vminpu=0.7 vmaxpu=2 "
            f"kw=1 kvar=0 yearly=out{row} status=variable"
        )

    def walk(self) -> Iterator[np.ndarray]:
        """Yield the complex voltages of every step, controls settled as in our own run at the start."""
        self.text("set mode=snapshot controlmode=off")
        self.text("solve")
        self.text("set mode=yearly number=1 stepsize=30m controlmode=static")
        self.text("set maxiterations=100 maxcontroliter=100 tolerance=1e-8")
        self.text(f"set hour={FIRST_HOUR} sec=0")
        for _ in range(STEPS):
            self.text("solve")
            assert self.engine.ActiveCircuit.Solution.Converged
            pairs = np.asarray(self.engine.ActiveCircuit.YNodeVarray)
            yield pairs[::2] + 1j * pairs[1::2]


def worst_difference(feeder: Feeder, loop: Loop) -> float:
    """Return the largest difference at any node and step [pu]."""
    case = build_case(feeder, task_of(feeder.mrid))
    base = np.where(case.circuit.nodes.base_v > 0, case.circuit.nodes.base_v, np.inf)
    ours = np.concatenate([block.voltage_v for block in solutions(case)], axis=1)
    names = {name.lower(): at for at, name in enumerate(case.circuit.nodes.names)}
    worst = 0.0
    steps = 0
    for step, theirs in enumerate(loop.walk()):
        order = [names[name.lower()] for name in loop.engine.ActiveCircuit.YNodeOrder]
        assert sorted(order) == list(range(len(base)))
        worst = max(worst, float((np.abs(ours[order, step] - theirs) / base[order]).max()))
        steps += 1
    assert (steps, ours.shape[1]) == (STEPS, STEPS)
    return worst


def imported(models: Path, network: str, folder: Path) -> tuple[Feeder, Day]:
    """Return an imported network with a seeded day of load data, an evening peak near the stated power."""
    library = Library(folder / "library", folder / "cache")
    source = models / network / "HCABase.dss"
    import_feeder(library, source, network)
    customers = library.open(network).customers
    stated = build_case(library.open(network), task_of(network)).circuit.injectors
    watts = {name.lower(): power for name, power in zip(stated.elements.names, stated.power_w, strict=True)}
    peak = np.array([watts[customer.element.lower()] for customer in customers])
    day = Day.drawn(customers, peak_w=peak, exporting=len(customers) + 1, seed=7)
    day.export_w[:], day.export_var[:] = 0.0, 0.0
    day.write(folder / "day.parquet")
    import_feeder(library, source, network, ImportOptions(load_data=folder / "day.parquet", replace=True))
    return library.open(network), day


@pytest.mark.parametrize("network", ["radial", "ieee9500"])
def test_every_voltage_of_a_public_feeder_is_that_of_the_plain_loop(
    network: str, i2x_models: Path, tmp_path: Path
):
    feeder, day = imported(i2x_models, network, tmp_path)

    assert worst_difference(feeder, Loop(feeder.master, day)) <= TOLERANCE_PU


@pytest.fixture(scope="module")
def solar(tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, Feeder, Day]:
    """Return a library with a synthetic feeder on which every second customer exports at noon."""
    root = tmp_path_factory.mktemp("solar")
    library = Library(root / "library", root / "cache")
    with library.adding("solar") as folder:
        generate_feeder(FeederRecipe("solar", customers=24, seed=5), folder)
    feeder = library.open("solar")
    day = Day.drawn(feeder.customers, peak_w=np.full(24, 6000.0), exporting=2, seed=11)
    day.write(feeder.load_data)
    return library, feeder, day


def test_voltages_with_exports_are_those_of_a_loop_with_generators_of_its_own(
    solar: tuple[Library, Feeder, Day],
):
    _, feeder, day = solar

    assert worst_difference(feeder, Loop(feeder.master, day)) <= TOLERANCE_PU


@dataclass
class Watched:
    """What the loop saw of one zone: its head's power, nodes and lines, step by step."""

    power_va: np.ndarray
    voltage_pu: np.ndarray
    nodes: list[str]
    overloaded: np.ndarray
    meter_kwh: float


@pytest.fixture(scope="module")
def tables(
    solar: tuple[Library, Feeder, Day], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, np.ndarray]]:
    """Return the tables of the forecast by name."""
    library, _, _ = solar
    out = tmp_path_factory.mktemp("results")
    task = task_of("solar")
    written = solve_task(replace(task, outputs=replace(task.outputs, customer_voltages=True)), library, out)
    assert not written.warnings
    return {one.table: read_parquet(out / one.path) for one in written.tables}


@pytest.fixture(scope="module")
def watched(solar: tuple[Library, Feeder, Day]) -> dict[str, Watched]:
    """Return what the loop saw of each zone, by the name of its head; zones as EnergyMeters trace them."""
    _, feeder, day = solar
    loop = Loop(feeder.master, day)
    circuit = loop.engine.ActiveCircuit
    assert feeder.head is not None
    heads = {"feeder head": feeder.head.element}
    heads |= {name: f"Transformer.{name}" for name in circuit.Transformers.AllNames}
    for at, element in enumerate(heads.values()):
        loop.text(f"new energymeter.watch{at} element={element} terminal=1")
    power = {name: np.zeros(STEPS, complex) for name in heads}
    current: dict[str, np.ndarray] = {}
    volts = np.zeros((0, STEPS))
    for step, v in enumerate(loop.walk()):
        volts = volts if len(volts) else np.zeros((len(v), STEPS))
        volts[:, step] = np.abs(v)
        for name, element in heads.items():
            circuit.SetActiveElement(element)
            wires = circuit.ActiveCktElement.NumConductors
            pairs = np.asarray(circuit.ActiveCktElement.Powers)[: 2 * wires]
            power[name][step] = complex(pairs[::2].sum(), pairs[1::2].sum())
        for element in circuit.AllElementNames:
            if element.lower().startswith(("line.", "transformer.")):
                circuit.SetActiveElement(element)
                item = circuit.ActiveCktElement
                numbers = list(item.NodeOrder)[: item.NumConductors]
                amps = np.asarray(item.CurrentsMagAng)[: 2 * item.NumConductors : 2]
                phases = [a for a, number in zip(amps, numbers, strict=True) if number in (1, 2, 3)]
                current.setdefault(element.lower(), np.zeros(STEPS))[step] = max(phases)
    return {
        name: zone_of_meter(loop, f"watch{at}", power[name], volts=volts, current=current)
        for at, name in enumerate(heads)
    }


def zone_of_meter(
    loop: Loop, meter: str, power: np.ndarray, *, volts: np.ndarray, current: dict[str, np.ndarray]
) -> Watched:
    """Return the zone of one meter: at the voltage level below its head, overloads of all its branches."""
    circuit = loop.engine.ActiveCircuit
    circuit.Meters.Name = meter
    branches = [name.lower() for name in circuit.Meters.AllBranchesInZone]
    registers = dict(zip(circuit.Meters.RegisterNames, circuit.Meters.RegisterValues, strict=False))
    buses, over = set(), np.zeros(STEPS, bool)
    for name in branches:
        circuit.SetActiveElement(name)
        item = circuit.ActiveCktElement
        buses |= {bus.partition(".")[0].lower() for bus in item.BusNames}
        rated = float(item.NormalAmps)
        if name.startswith("transformer."):
            kva, kv = (
                float(loop.text(f"? {name}.{key}").strip("[] ").split(",")[0]) for key in ("kvas", "kvs")
            )
            phases = int(item.NumPhases)
            rated = kva / phases / (kv / np.sqrt(3) if phases > 1 else kv)
        over |= current[name] > rated
    names = [name.lower() for name in circuit.YNodeOrder]
    bases = {}
    for bus in circuit.ActiveBus:
        bases[bus.Name.lower()] = float(bus.kVBase) * 1e3
    wanted = min(bases[bus] for bus in buses)
    inside = [
        at
        for at, name in enumerate(names)
        if name.split(".")[0] in buses
        and name.split(".")[1] in "123"
        and abs(bases[name.split(".")[0]] / wanted - 1) < 0.01
    ]
    return Watched(
        power, volts[inside] / wanted, [names[at] for at in inside], over, registers.get("kWh", np.nan)
    )


def zone_rows(tables: dict[str, dict[str, np.ndarray]]) -> dict[str, dict[str, Any]]:
    summary = tables["zone_summary"]
    return {
        str(zone): {name: column[at] for name, column in summary.items()}
        for at, zone in enumerate(summary["zone"])
    }


def test_zone_voltages_are_recomputed(tables: dict[str, dict[str, np.ndarray]], watched: dict[str, Watched]):
    rows = zone_rows(tables)
    assert {name.lower() for name in rows} == {name.lower() for name in watched}
    for name, row in rows.items():
        seen = watched[name]
        low, high = (
            np.unravel_index(f(seen.voltage_pu), seen.voltage_pu.shape) for f in (np.argmin, np.argmax)
        )
        assert row["min_voltage_pu"] == pytest.approx(seen.voltage_pu[low], abs=TOLERANCE_PU)
        assert row["max_voltage_pu"] == pytest.approx(seen.voltage_pu[high], abs=TOLERANCE_PU)
        assert row["min_voltage_node"] == seen.nodes[low[0]]
        assert row["max_voltage_node"] == seen.nodes[high[0]]
        assert row["max_voltage_timestamp"] == utc_end(high[1])


def utc_end(step: int) -> np.datetime64:
    """Return the end of a step in UTC: the feeder is at UTC+10."""
    return np.datetime64(DAY) + np.timedelta64(30 * (int(step) + 1), "m") - np.timedelta64(10, "h")


def test_zone_energy_and_peaks_are_recomputed(
    tables: dict[str, dict[str, np.ndarray]], watched: dict[str, Watched]
):
    for name, row in zone_rows(tables).items():
        kw = watched[name].power_va.real
        assert row["import_kwh"] == pytest.approx(0.5 * kw[kw >= 0].sum(), rel=1e-6, abs=1e-6)
        assert row["export_kwh"] == pytest.approx(-0.5 * kw[kw < 0].sum(), rel=1e-6, abs=1e-6)
        assert row["import_kwh"] - row["export_kwh"] == pytest.approx(watched[name].meter_kwh, rel=1e-6)
        assert row["peak_import_kw"] == pytest.approx(kw.max(), rel=1e-6)
        assert row["peak_import_timestamp"] == utc_end(kw.argmax())
        assert row["peak_export_kw"] == pytest.approx(kw.min(), rel=1e-6)
        assert row["peak_kva"] == pytest.approx(np.abs(watched[name].power_va).max(), rel=1e-6)


def test_zone_hours_are_recomputed(tables: dict[str, dict[str, np.ndarray]], watched: dict[str, Watched]):
    any_overload = False
    for name, row in zone_rows(tables).items():
        seen = watched[name]
        reference = row["v_base"] / np.sqrt(3) if row["v_base"] < 1000 else 230.0
        high, low = 253.0 / reference, 216.0 / reference
        importing = seen.power_va.real >= 0
        any_overload |= bool(seen.overloaded.any())
        assert row["hours_any_node_over_normal"] == 0.5 * (seen.voltage_pu > high).any(axis=0).sum()
        assert row["hours_any_node_under_normal"] == 0.5 * (seen.voltage_pu < low).any(axis=0).sum()
        assert row["thermal_load_normal_hours"] == 0.5 * (seen.overloaded & importing).sum()
        assert row["thermal_gen_normal_hours"] == 0.5 * (seen.overloaded & ~importing).sum()
    assert any_overload  # else the case would prove nothing about overloads


def test_customer_power_is_what_the_data_says(
    solar: tuple[Library, Feeder, Day], tables: dict[str, dict[str, np.ndarray]]
):
    """Within their voltage bands loads and generators are constant power: net import as metered."""
    _, feeder, day = solar
    rows = tables["customer_voltages"]
    net = day.import_w - day.export_w
    net_var = day.import_var + day.export_var
    place = {customer.load_id: at for at, customer in enumerate(feeder.customers)}
    customers = np.array([place[load_id] for load_id in rows["load_id"]])
    steps = np.repeat(np.arange(STEPS), len(place))
    assert len(customers) == STEPS * len(place)
    np.testing.assert_allclose(rows["power_kw"], net[customers, steps] / 1e3, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(rows["power_kvar"], net_var[customers, steps] / 1e3, rtol=1e-6, atol=1e-6)
