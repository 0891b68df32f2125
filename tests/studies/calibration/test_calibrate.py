"""Calibrations of a generated feeder, whole or with something missing."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from hcr.errors import FeederError, NotFoundError
from hcr.network.feeder import Customer, write_customers
from hcr.network.library import Library
from hcr.network.metered_phases import MeteredPhases
from hcr.powerflow.circuit import Model
from hcr.powerflow.lanes import Injections, SolveOptions, solve_in_blocks
from hcr.powerflow.opendss import compile_circuit
from hcr.results.parquet import write_parquet
from hcr.studies.calibration.calibrate import calibrate
from hcr.studies.solve_task import solve_task
from hcr.studies.task import CalibrationSettings, LoadTime, TapPosition, Task

Columns = dict[str, Any]
NO_TAPS = "edit transformer.t002 wdg=1 numtaps=0"
PARALLEL = "new line.tie bus1=t001_lv.1.2.3.4 bus2=t002_lv.1.2.3.4 phases=4 r1=0.001 x1=0.001 length=1"
REGULATOR = """
edit vsource.source pu=0.95
edit line.mv0002 bus1=regulated.1.2.3
new transformer.reg phases=3 buses=(mv0001.1.2.3, regulated.1.2.3) conns=(wye, wye) kvs=(22, 22)
~ kvas=(5000, 5000) xhl=0.1 %loadloss=0.01
new regcontrol.reg transformer=reg winding=2 vreg=100 ptratio=127.02 band=1
calcvoltagebases
"""


def customers_of(town: Any, transformer: str) -> list[str]:
    return [row["load_id"] for row in town.customers if row["transformer"] == f"Transformer.{transformer}"]


def test_joint_finds_the_truth(town: Any) -> None:
    done = town.calibrate()
    assert town.found(done) == town.truth
    assert done.engine == "batch"
    assert done.engine_reasons == ()
    before, after = done.checks.held_times
    assert after < 0.2 * before
    moved = sum(position != 4 for position in town.truth.values())
    assert done.summary == (
        f"4 of 4 taps found, {moved} moved, error at times kept back {before:.2f} % before, "
        f"{after:.2f} % after"
    )


def test_the_model_as_it_should_be_is_left_alone(town: Any) -> None:
    for name, position in town.truth.items():
        town.edit(f"edit {name} wdg=1 tap={1.0 - 0.025 * (position - 4)}")
    done = town.calibrate()
    assert town.found(done) == town.truth
    assert "0 moved" in done.summary
    assert done.findings.solves == 1


@pytest.mark.parametrize("turns", [1.012, 0.988])
def test_a_tap_off_its_grid_does_not_mislead(town: Any, turns: float) -> None:
    for name in town.truth:
        town.edit(f"edit {name} wdg=1 tap={turns}")
    assert town.found(town.calibrate()) == town.truth


def test_a_feeder_that_nobody_has_is_named(town: Any) -> None:
    town.folder.rename(town.library.root / "village")
    with pytest.raises(NotFoundError, match="town"):
        town.calibrate()


def test_without_load_data_there_is_nothing_to_compare_with(town: Any) -> None:
    (town.folder / "load_data.parquet").unlink()
    with pytest.raises(FeederError, match="feeder town has no load data") as refusal:
        town.calibrate()
    assert "v_v" in refusal.value.remedy


@pytest.mark.parametrize("empty", [False, True], ids=["no column", "an empty column"])
def test_load_data_without_voltages_is_refused(town: Any, empty: bool) -> None:
    def without(columns: Columns) -> Columns:
        volts = columns.pop("v_v")
        return columns | {"v_v": np.full(len(volts), np.nan)} if empty else columns

    town.change_readings(without)
    with pytest.raises(
        FeederError, match=r"no metered voltage at 2025-01-01 01:00, .* and 19 more"
    ) as refusal:
        town.calibrate()
    assert "v_v" in refusal.value.why


def test_times_outside_the_load_data_are_left_out_by_name(town: Any) -> None:
    times = town.task().calibration.times
    done = town.calibrate(town.task(times=(*times, datetime(2026, 5, 1, 12))))
    assert "town: 2026-05-01 12:00 are outside the load data and are left out" in done.warnings
    assert len(done.street.stamps) == len(times)
    assert town.found(done) == town.truth


def test_only_times_outside_the_load_data_are_refused(town: Any) -> None:
    with pytest.raises(FeederError, match="does not cover 2026-05-01 12:00") as refusal:
        town.calibrate(town.task(times=(datetime(2026, 5, 1, 12),)))
    assert refusal.value.why == "it reaches from 2025-01-01 00:30 to 2025-01-02 00:00"


def test_a_time_without_any_voltage_is_left_out_by_name(town: Any) -> None:
    silent = np.datetime64("2025-01-01T04:00")
    town.change_readings(
        lambda columns: columns | {"v_v": np.where(columns["time"] == silent, np.nan, columns["v_v"])}
    )
    done = town.calibrate()
    assert "town: 2025-01-01 04:00 have no metered voltage and are left out" in done.warnings
    assert len(done.street.stamps) == 23
    assert town.found(done) == town.truth


@pytest.mark.parametrize("method", ["joint", "documented"])
def test_a_transformer_with_too_few_meters_is_left_as_it_is(town: Any, method: str) -> None:
    town.silence(set(customers_of(town, "t003")))
    times = town.task().calibration.times
    done = town.calibrate(town.task(method, times if method == "joint" else times[3:4]))
    count = len(customers_of(town, "t003"))
    what = "meters can be used" if method == "joint" else "customers have a valid voltage"
    why = f"0 of {count} {what}, more than a quarter is needed"
    assert f"town: transformer t003 is left as it is, {why}" in done.warnings
    assert town.found(done) == town.truth | {"Transformer.t003": None}
    assert "3 of 4 taps found" in done.summary


@pytest.mark.parametrize("method", ["joint", "documented"])
def test_a_transformer_without_customers_is_left_as_it_is(town: Any, method: str) -> None:
    town.edit(
        "new transformer.idle phases=3 buses=(mv0002, idle_lv) conns=(delta, wye) kvs=(22, 0.433) "
        "kvas=(100, 100)\ncalcvoltagebases"
    )
    times = town.task().calibration.times
    done = town.calibrate(town.task(method, times if method == "joint" else times[3:4]))
    assert "town: transformer idle is left as it is, it has no customers" in done.warnings
    assert town.found(done) == town.truth | {"Transformer.idle": None}


def test_too_few_meters_anywhere_are_refused_with_the_first_reason(town: Any) -> None:
    heard = {customers_of(town, f"t00{number}")[0] for number in range(1, 5)}
    town.silence({row["load_id"] for row in town.customers} - heard)
    with pytest.raises(FeederError, match="no transformer has enough customers") as refusal:
        town.calibrate()
    assert refusal.value.why.startswith("t001: 1 of ")


def test_a_transformer_without_taps_is_named_and_the_others_are_found(town: Any) -> None:
    town.edit(NO_TAPS)
    done = town.calibrate()
    assert "town: transformer t002 is left as it is, its model has no taps" in done.warnings
    others = {name: position for name, position in town.truth.items() if name != "Transformer.t002"}
    assert town.found(done) == others


def test_no_transformer_with_taps_is_refused_with_all_reasons(town: Any) -> None:
    for name in town.truth:
        town.edit(f"edit {name} wdg=1 numtaps=0")
    with pytest.raises(FeederError, match="no transformer with an off-load tap") as refusal:
        town.calibrate()
    for number in range(1, 5):
        assert f"transformer t00{number} is left as it is, its model has no taps" in refusal.value.why


def test_transformers_of_one_network_are_named_and_the_others_are_found(town: Any) -> None:
    town.edit(PARALLEL)
    done = town.calibrate()
    for name in ("t001", "t002"):
        why = "other transformers feed its network too"
        assert f"town: transformer {name} is left as it is, {why}" in done.warnings
    others = {name: town.truth[name] for name in ("Transformer.t003", "Transformer.t004")}
    assert town.found(done) == others


def test_a_transformer_that_a_regulator_moves_is_named(town: Any) -> None:
    town.edit("new regcontrol.r transformer=t004 winding=1 vreg=120 ptratio=2 band=2 enabled=yes")
    done = town.calibrate()
    assert "town: transformer t004 is left as it is, a regulator control moves its taps" in done.warnings
    assert "Transformer.t004" not in town.found(done)


def test_a_control_out_of_service_moves_nothing(town: Any) -> None:
    town.edit("new regcontrol.r transformer=t004 winding=1 vreg=120 ptratio=2 band=2 enabled=no")
    assert town.found(town.calibrate()) == town.truth


@pytest.mark.parametrize("times", [1, 2, 4])
def test_joint_makes_do_with_few_times(town: Any, times: int) -> None:
    done = town.calibrate(town.task(times=town.task().calibration.times[3 : 3 + times]))
    assert all(
        position == town.truth[name] or tap.doubtful
        for (name, position), tap in zip(town.found(done).items(), done.findings.taps, strict=True)
    )
    assert done.findings.held_times.sum() == times // 4
    assert ("kept back" in done.summary) == (times >= 4)


def test_customers_straight_on_the_high_voltage_count_for_the_level(town: Any) -> None:
    town.edit("edit load.c0001 phases=3 bus1=mv0003.1.2.3 kv=22")
    street = town.street()
    at = street.customers.elements.index("Load.c0001")
    assert street.transformers[at] == ""
    assert street.metering.taps[street.metering.group[at]] is None
    assert town.found(town.calibrate()) == town.truth


def test_a_regulator_upstream_moves_and_the_taps_are_found(town: Any) -> None:
    """It holds the level that it is set to, whatever the source; what it holds is the level upstream."""
    town.edit(REGULATOR)
    done = town.calibrate()
    assert town.found(done) == town.truth
    assert done.engine == "batch"
    (ambiguity,) = done.findings.ambiguities
    assert abs(ambiguity.level) < 0.015
    assert not [text for text in done.warnings if "reg" in text]


def test_a_calibration_begins_with_given_taps(town: Any) -> None:
    given = (TapPosition("Transformer.t001", 1, 1.05, 2), TapPosition("Transformer.gone", 1, 1.0, 4))
    done = town.calibrate(town.task(taps=given))
    assert town.found(done) == town.truth
    before = {town_tap.group: town_tap.before for town_tap in done.findings.taps}
    assert sorted(before.values()) == [2, 4, 4, 4]
    assert "town: tap settings have no effect, Transformer.gone is not in the model" in done.warnings
    assert "calibrated_taps" not in [written.table for written in done.tables]


def test_a_street_that_is_too_loaded_to_solve_is_told_by_time(town: Any) -> None:
    """Customers whose readings are complete: a gap elsewhere would be filled with the mean of all hours."""
    hours = np.array(town.task().calibration.times, "datetime64[us]")

    def heavier(columns: Columns) -> Columns:
        names, times = columns["load_id"].astype(str), columns["time"]
        counts = Counter(names[np.isin(times, hours)].tolist())
        complete = np.isin(names, [name for name, count in counts.items() if count == len(hours)])
        return columns | {"import_w": np.where(complete & (times == hours[4]), 9e6, columns["import_w"])}

    town.change_readings(heavier)
    town.edit("batchedit load..* vminpu=0.01")
    done = town.calibrate()
    assert "town: no solution at 2025-01-01 05:00" in done.warnings
    assert town.found(done) == town.truth


def test_a_time_within_an_interval_is_that_of_its_end(town: Any) -> None:
    times = town.task().calibration.times
    early = tuple(time - timedelta(minutes=7) for time in times)
    late = town.street()
    assert town.street(town.task(times=early)).stamps.tolist() == late.stamps.tolist()


def test_the_documented_rule_by_hand(town: Any) -> None:
    """Means over the customers with a valid voltage at the one time, in whole steps of 2.5 %."""
    done = town.calibrate(town.task("documented", town.task().calibration.times[3:4]))
    rows = town.table("calibration_meter_results")
    valid = rows["pqv_valid"] & rows["simulated_valid"]
    by_hand = {}
    for name in town.truth:
        own = valid & (rows["transformer_id"] == name.partition(".")[2])
        measured, simulated = (
            rows[column][own].mean() for column in ("instant_voltage_avg", "simulated_instant_voltage_avg")
        )
        by_hand[name] = 4 + round((measured - simulated) / simulated / 0.025)
    assert town.found(done) == by_hand
    assert sum(by_hand[name] != position for name, position in town.truth.items()) <= 1
    taps = town.table("calibrated_taps")
    assert dict(zip(taps["transformer_id"], taps["tap_set_pos"], strict=True)) == {
        name.partition(".")[2]: position for name, position in by_hand.items()
    }


def test_meters_of_120_volts(tmp_path: Path) -> None:
    """Split-phase transformers of 7.2 kV with two customers on each leg; band and taps are relative."""
    library, truth = write_us_feeder(tmp_path, (3, 4, 6, 5, 4, 2))
    times = tuple(datetime(2025, 1, 1, hour) for hour in range(1, 13))
    settings = CalibrationSettings("us", times, "joint")
    task = Task("us", "base", 2025, LoadTime(times[0], None), calibration=settings)
    done = calibrate(task, library, tmp_path / "results")
    taps = done.street.metering.taps
    assert {taps[tap.group].mrid: tap.found for tap in done.findings.taps} == truth
    assert done.findings.first_v.min() > 100.0
    assert done.findings.first_v.max() < 140.0
    documented = replace(task, calibration=replace(settings, method="documented", times=times[:1]))
    with pytest.raises(FeederError, match="no transformer has enough customers") as refusal:
        calibrate(documented, library, tmp_path / "results")
    assert "180 to 263 V" in refusal.value.remedy


def us_model(positions: tuple[int, ...]) -> str:
    """Return a model of split-phase transformers at positions 1 to 8."""
    lines = [
        "clear",
        "new circuit.us basekv=12.47 bus1=src mvasc3=200 mvasc1=200",
        "new line.head bus1=src bus2=mv length=2 r1=0.2 x1=0.3 r0=0.5 x0=1 c1=0 c0=0",
    ]
    for number, position in enumerate(positions):
        turns = 1.0 - 0.025 * (position - 4)
        phase = 1 + number % 3
        lines += [
            f"new transformer.t{number} phases=1 windings=3",
            f"~ buses=(mv.{phase}.0, lv{number}.1.0, lv{number}.0.2)",
            f"~ kvs=(7.2, 0.12, 0.12) kvas=(50, 50, 50) xhl=2 xht=2 xlt=1.4 wdg=1 tap={turns}",
        ]
        lines += [
            f"new load.c{number}_{home} phases=1 bus1=lv{number}.{1 + home % 2}.0 kv=0.12 kw=1 vminpu=0.5"
            for home in range(4)
        ]
    return "\n".join([*lines, "set voltagebases=[12.47, 0.208]", "calcvoltagebases", ""])


def write_us_feeder(folder: Path, positions: tuple[int, ...]) -> tuple[Library, dict[str, int]]:
    """Write a feeder whose model has all taps nominal, and voltages solved with other ones."""
    home = folder / "feeders" / "us"
    (home / "model").mkdir(parents=True)
    master = home / "model" / "Master.dss"
    master.write_text(us_model(positions), encoding="utf-8")
    true = compile_circuit(Model(master, (), ""))
    master.write_text(us_model((4,) * len(positions)), encoding="utf-8")
    customers = [Customer(name.partition(".")[2], name) for name in true.injectors.elements.names]
    write_customers(home / "customers.csv", customers)
    facts = {"mrid": "us", "master": "model/Master.dss", "utc_offset": "-06:00"}
    (home / "feeder.yaml").write_text(yaml.safe_dump(facts), encoding="utf-8")
    rng = np.random.default_rng(1)
    watts = rng.uniform(200.0, 4000.0, (len(customers), 12))
    names = tuple(one.element for one in customers)
    injections = Injections(np.arange(12) + 1.0, names, watts, 0.2 * watts, 0.5, walk=False)
    (solution,) = solve_in_blocks(true, injections, SolveOptions(engine="batch", controls=False))
    volts = MeteredPhases.of(true, range(len(customers))).volts(solution.voltage_v)
    volts *= rng.normal(1.0, 0.003, volts.shape)
    stamps = np.datetime64("2025-01-01T01", "us") + np.arange(12) * np.timedelta64(1, "h")
    columns = {
        "load_id": np.repeat(np.array([one.load_id for one in customers], object), 12),
        "time": np.tile(stamps, len(customers)),
        "import_w": watts.ravel(),
        "import_var": 0.2 * watts.ravel(),
        **{name: np.zeros(watts.size) for name in ("export_w", "export_var")},
        "v_v": volts.ravel(),
    }
    write_parquet(home / "load_data.parquet", columns)
    truth = {f"t{number}": position for number, position in enumerate(positions)}
    return Library(folder / "feeders", folder / "cache"), truth


def test_a_task_tells_how_long_its_check_took(town: Any) -> None:
    done = solve_task(town.task(), town.library, town.results, clock=itertools.count(0.0, 2.0).__next__)
    assert done.verification is not None
    assert (done.verification.seconds, done.verification.share) == (2.0, 0.5)
