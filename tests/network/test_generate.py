import csv
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
import yaml
from dss import DSS

from hcr.errors import UsageError
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.meter_faults import MeterFaults
from hcr.results.parquet import read_parquet

RECIPE = FeederRecipe("seven", customers=120, seed=7)
WEEK = slice(14 * 48, 21 * 48)  # the third week of January


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seven")
    generate_feeder(RECIPE, path)
    return path


@pytest.fixture(scope="module")
def customers(folder: Path) -> list[dict[str, str]]:
    with (folder / "customers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def metered(folder: Path) -> np.ndarray:
    """Net import [W], reactive import [var] and PV output [W], stacked: (3, customers, steps)."""
    with duckdb.connect() as database:
        table = database.read_parquet(str(folder / "load_data.parquet"))
        columns = table.project("import_w - export_w AS p, import_var AS q, pv_w").fetchnumpy()
    return np.stack([columns[name].reshape(RECIPE.customers, -1) for name in ("p", "q", "pv_w")])


@pytest.fixture
def circuit(folder: Path) -> Any:
    context = DSS.NewContext()
    context.AllowForms = False
    context.AllowChangeDir = False
    context.Text.Command = f'compile "{folder / "model" / "Master.dss"}"'
    return context.ActiveCircuit


@pytest.fixture
def worst_volts(circuit: Any, customers: list[dict[str, str]], metered: np.ndarray) -> Callable[[int], Any]:
    """Solve a step; return per zone the lowest and the highest phase-to-neutral voltage of a customer [V]."""
    index = {name.lower(): i for i, name in enumerate(circuit.YNodeOrder)}
    meters: list[tuple[int, int, str]] = []
    for row in customers:
        bus = row["element"].removeprefix("Load.") + "_meter"
        nodes = ("ABC".index(phase) + 1 for phase in row["phases"])
        meters += [(index[f"{bus}.{node}"], index[f"{bus}.4"], row["transformer"]) for node in nodes]

    def solve(step: int) -> dict[str, tuple[float, float]]:
        for position, _ in enumerate(circuit.Loads):
            circuit.Loads.kW, circuit.Loads.kvar = metered[:2, position, step] / 1000.0
        circuit.Solution.Solve()
        assert circuit.Solution.Converged
        pairs = np.asarray(circuit.YNodeVarray)
        v = pairs[::2] + 1j * pairs[1::2]
        volts: dict[str, list[float]] = {}
        for phase, neutral, zone in meters:
            volts.setdefault(zone, []).append(float(abs(v[phase] - v[neutral])))
        return {zone: (min(values), max(values)) for zone, values in volts.items()}

    return solve


def test_the_folder_holds_what_a_feeder_is(folder: Path) -> None:
    assert set(contents(folder)) == {
        "customers.csv",
        "feeder.yaml",
        "load_data.parquet",
        "truth.yaml",
        "model/Buscoords.csv",
        "model/LineGeometry.dss",
        "model/Lines.dss",
        "model/Loads.dss",
        "model/Master.dss",
        "model/Services.dss",
        "model/Transformers.dss",
        "model/WireData.dss",
    }


def test_equal_recipes_give_equal_bytes(folder: Path, tmp_path: Path) -> None:
    generate_feeder(RECIPE, tmp_path)
    assert contents(tmp_path) == contents(folder)


def test_another_seed_gives_another_feeder(folder: Path, tmp_path: Path) -> None:
    generate_feeder(FeederRecipe("seven", customers=120, seed=8), tmp_path)
    one, other = contents(folder), contents(tmp_path)
    assert all(one[name] != other[name] for name in ("model/Lines.dss", "customers.csv", "load_data.parquet"))


def test_the_load_year_does_not_move_the_network(folder: Path, tmp_path: Path) -> None:
    generate_feeder(FeederRecipe("seven", customers=120, seed=7, year=2026), tmp_path)
    one, other = contents(folder), contents(tmp_path)
    assert {name for name in one if one[name] != other[name]} == {"feeder.yaml", "load_data.parquet"}


def test_feeder_yaml(folder: Path) -> None:
    facts = yaml.safe_load((folder / "feeder.yaml").read_text(encoding="utf-8"))
    assert facts == {
        "mrid": "seven",
        "name": "Synthetic feeder seven",
        "master": "model/Master.dss",
        "utc_offset": "+10:00",
        "voltage_levels_kv": [22.0, 0.433],
        "frequency_hz": 50.0,
        "head": {"element": "Line.mv0001", "terminal": 1},
        "origin": {
            "kind": "generated",
            "customers": 120,
            "seed": 7,
            "mv_kv": 22.0,
            "year": 2025,
            "pv_share": 0.35,
        },
    }


def test_the_head_carries_the_whole_feeder(circuit: Any) -> None:
    circuit.Solution.Solve()
    circuit.SetActiveElement("Line.mv0001")
    head_kw = sum(circuit.ActiveCktElement.Powers[0:6:2])
    assert head_kw == pytest.approx(-circuit.TotalPower[0], rel=1e-3)
    assert circuit.ActiveCktElement.BusNames[0].startswith("zone_substation")


def test_customers_are_the_loads_of_the_model(circuit: Any, customers: list[dict[str, str]]) -> None:
    assert [row["element"].lower() for row in customers] == [f"load.{n}" for n in circuit.Loads.AllNames]
    assert [row["load_id"] for row in customers] == [f"seven-c{i:04d}" for i in range(1, 121)]
    phases = {row["element"].removeprefix("Load."): row["phases"] for row in customers}
    for load in circuit.Loads:
        assert load.Phases == len(phases[load.Name])
    names = {f"Transformer.{name}" for name in circuit.Transformers.AllNames}
    assert {row["transformer"] for row in customers} == names
    assert {row["nominal_v"] for row in customers} == {"250"}


def test_customers_with_pv_are_those_who_generate(
    customers: list[dict[str, str]], metered: np.ndarray
) -> None:
    rated = np.array([float(row["pv_kw"]) for row in customers])
    inverter = np.array([float(row["pv_inverter_kva"]) for row in customers])
    peak_kw = metered[2].max(axis=1) / 1000.0
    assert (rated > 0).sum() == 42  # 35 % of 120
    assert ((rated > 0) == (peak_kw > 0)).all()
    assert (peak_kw <= inverter).all()


def test_energy_is_that_of_australian_customers(metered: np.ndarray) -> None:
    gross_mwh = (metered[0] + metered[2]).sum(axis=1) / 2e6
    assert 3.0 < gross_mwh.mean() < 9.0
    assert gross_mwh.std() > 1.0


def test_the_feeder_peaks_in_the_evening_and_is_lowest_at_a_sunny_noon(metered: np.ndarray) -> None:
    total = metered[0].sum(axis=0)
    assert 17.0 <= total.argmax() % 48 / 2 <= 21.0
    assert 9.0 <= total.argmin() % 48 / 2 <= 14.0
    assert total.min() < 0  # the feeder exports


def test_truth_holds_a_hidden_position_of_every_transformer(folder: Path, circuit: Any) -> None:
    truth = yaml.safe_load((folder / "truth.yaml").read_text(encoding="utf-8"))
    assert truth["seed"] == 7
    assert truth["nominal_position"] == 4
    positions = truth["tap_positions"]
    assert set(positions) == {f"Transformer.{name}" for name in circuit.Transformers.AllNames}
    assert set(positions.values()) <= {2, 3, 4, 5, 6, 7}
    for _ in circuit.Transformers:
        circuit.Transformers.Wdg = 1
        assert circuit.Transformers.Tap == 1.0  # the model does not give the truth away


def test_a_summer_week_has_something_to_study(worst_volts: Callable[[int], Any]) -> None:
    week = [worst_volts(step) for step in range(WEEK.start, WEEK.stop, 2)]
    zones = week[0].keys()
    lowest = {zone: min(step[zone][0] for step in week) for zone in zones}
    highest = {zone: max(step[zone][1] for step in week) for zone in zones}
    assert 0.86 < min(lowest.values()) / 250.0 < 0.96
    assert 1.01 < max(highest.values()) / 250.0 < 1.12
    outside = [zone for zone in zones if highest[zone] > 253.0 or lowest[zone] < 216.0]
    assert 0 < len(outside) < len(zones)


def test_five_hundred_customers(tmp_path: Path) -> None:
    generate_feeder(FeederRecipe("large", customers=500, seed=3, mv_kv=11.0), tmp_path)
    with duckdb.connect() as database:
        table = database.read_parquet(str(tmp_path / "load_data.parquet"))
        counts = table.aggregate("count(*), count(DISTINCT load_id)").fetchall()
    assert counts == [(500 * 17520, 500)]


def test_most_hidden_positions_are_near_nominal(tmp_path: Path) -> None:
    generate_feeder(FeederRecipe("large", customers=500, seed=3), tmp_path)
    positions = yaml.safe_load((tmp_path / "truth.yaml").read_text(encoding="utf-8"))["tap_positions"]
    counts = Counter(positions.values())
    assert counts[3] + counts[4] + counts[5] > 0.6 * len(positions)
    assert len(counts) >= 3


METERED = FeederRecipe(
    "metered", customers=60, seed=7, transformers=4, days=2, voltages=MeterFaults(wrong=0.1)
)


@pytest.fixture(scope="module")
def metered_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("metered")
    generate_feeder(METERED, path)
    return path


def stored_volts(folder: Path) -> dict[str, np.ndarray]:
    rows = read_parquet(folder / "load_data.parquet", "load_id, v_v")
    ids, volts = np.asarray(rows["load_id"], str), np.ma.filled(rows["v_v"], np.nan)
    return {load_id: volts[ids == load_id] for load_id in dict.fromkeys(ids.tolist())}


def test_metered_feeders_of_equal_recipes_have_equal_bytes(metered_folder: Path, tmp_path: Path) -> None:
    generate_feeder(METERED, tmp_path)
    assert contents(tmp_path) == contents(metered_folder)


def test_voltages_change_nothing_but_what_they_add(metered_folder: Path, tmp_path: Path) -> None:
    generate_feeder(replace(METERED, voltages=None), tmp_path)
    one, other = contents(metered_folder), contents(tmp_path)
    assert {name for name in one if one[name] != other[name]} == {
        "feeder.yaml",
        "load_data.parquet",
        "truth.yaml",
    }
    assert all(np.isnan(volts).all() for volts in stored_volts(tmp_path).values())
    truths = [yaml.safe_load((path / "truth.yaml").read_text()) for path in (metered_folder, tmp_path)]
    assert truths[0]["tap_positions"] == truths[1]["tap_positions"]
    assert set(truths[0]) - set(truths[1]) == {"source", "wrong_meters", "without_voltage"}


def test_the_recipe_is_in_the_feeder(metered_folder: Path) -> None:
    origin = yaml.safe_load((metered_folder / "feeder.yaml").read_text(encoding="utf-8"))["origin"]
    assert (origin["transformers"], origin["days"]) == (4, 2)
    assert origin["voltages"] == {"noise": 0.005, "wrong": 0.1, "missing": 0.1, "drift": 0.006}


def test_readings_are_missing_and_voltages_tell_the_taps(metered_folder: Path) -> None:
    volts = stored_volts(metered_folder)
    assert sum(map(len, volts.values())) == pytest.approx(0.9 * 60 * 96, rel=0.02)
    truth = yaml.safe_load((metered_folder / "truth.yaml").read_text(encoding="utf-8"))
    wrong = {row["load_id"] for row in truth["wrong_meters"]}
    assert len(wrong) == 6
    with (metered_folder / "customers.csv").open(encoding="utf-8", newline="") as file:
        by_tap: dict[int, list[float]] = {}
        for row in csv.DictReader(file):
            if row["load_id"] not in wrong:
                found = by_tap.setdefault(truth["tap_positions"][row["transformer"]], [])
                found.append(float(volts[row["load_id"]].mean()))
    means = [np.mean(by_tap[position]) for position in sorted(by_tap)]
    assert len(means) > 1
    assert means == sorted(means)


def test_a_stuck_meter_reads_one_value(metered_folder: Path) -> None:
    truth = yaml.safe_load((metered_folder / "truth.yaml").read_text(encoding="utf-8"))
    told = {row["load_id"]: row["kind"] for row in truth["wrong_meters"]}
    for load_id, volts in stored_volts(metered_folder).items():
        assert (len(set(volts.tolist())) == 1) == (told.get(load_id) == "stuck")


def test_a_feeder_without_voltages_is_what_it_always_was(tmp_path: Path) -> None:
    """Files of text by their digests; Parquet by its values, as its bytes are those of DuckDB's version."""
    generate_feeder(FeederRecipe("small", customers=12, seed=4, pv_share=1.0), tmp_path)
    files = contents(tmp_path)
    with duckdb.connect() as database:
        table = database.read_parquet(str(tmp_path / "load_data.parquet"))
        columns = table.project("import_w, import_var, export_w, pv_w, epoch(time)").fetchnumpy()
    del files["load_data.parquet"]
    files |= {name: np.ma.getdata(values).tobytes() for name, values in columns.items()}
    digest = hashlib.sha256(b"".join(files[name] for name in sorted(files))).hexdigest()
    assert digest == "2029e9cf311603949a2f1b355b639e75334445498bce56d8d00d00ebca59985b"


def test_nothing_is_written_for_an_impossible_recipe(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        generate_feeder(FeederRecipe("f", customers=0, seed=1), tmp_path)
    assert list(tmp_path.iterdir()) == []
