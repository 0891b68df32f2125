from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import ModelError, NotConvergedError, NotFoundError
from hcr.network.feeder import write_customers
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.library import Library
from hcr.results.parquet import read_parquet
from hcr.studies.case import Case, build_case
from hcr.studies.solve_task import calendar_of, solve_task
from hcr.studies.solved import Solved
from hcr.studies.task import LoadTime, ModelSettings, Outputs, Override, SolveSettings, Task

NOON = datetime(2025, 1, 15, 12)
EVERYTHING = Outputs(**dict.fromkeys(Outputs.__dataclass_fields__, True))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("library")
    made = Library(root, root / "cache")
    with made.adding("street") as folder:
        generate_feeder(FeederRecipe("street", customers=16, seed=3), folder)
    return made


def hours(count: int) -> Task:
    return Task("street", "base", 2030, LoadTime(NOON, NOON + timedelta(hours=count)), outputs=EVERYTHING)


def override(*overrides: Override) -> Task:
    load_time = LoadTime(NOON, None, overrides)
    return Task("street", "base", 2030, load_time, outputs=Outputs(customer_voltages=True))


def rows_of(solved: Solved, folder: Path, table: str) -> dict[str, np.ndarray]:
    (path,) = (folder / one.path for one in solved.tables if one.table == table)
    return read_parquet(path)


def test_the_same_task_twice_gives_the_same_bytes(library: Library, tmp_path: Path):
    first = solve_task(hours(3), library, tmp_path / "first")
    second = solve_task(hours(3), library, tmp_path / "second")

    assert first == second
    assert len(first.tables) == 9
    for one in first.tables:
        assert (tmp_path / "first" / one.path).read_bytes() == (tmp_path / "second" / one.path).read_bytes()


def test_a_circuit_that_was_compiled_before_gives_the_same_bytes(library: Library, tmp_path: Path):
    keeping = replace(library, circuits=tmp_path / "circuits")
    fresh = solve_task(hours(3), library, tmp_path / "fresh")
    first = solve_task(hours(3), keeping, tmp_path / "first")
    entries = sorted((tmp_path / "circuits").iterdir())
    second = solve_task(hours(3), keeping, tmp_path / "second")

    assert fresh == first == second
    assert entries == sorted((tmp_path / "circuits").iterdir())
    assert entries
    for one in fresh.tables:
        tables = {(tmp_path / name / one.path).read_bytes() for name in ("fresh", "first", "second")}
        assert len(tables) == 1


def test_only_the_tables_asked_for_are_written(library: Library, tmp_path: Path):
    solved = solve_task(replace(hours(1), outputs=Outputs()), library, tmp_path)

    assert {one.table for one in solved.tables} == {"zone_summary", "link_to_input", "customer_summary"}
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.parquet")} == {
        one.path for one in solved.tables
    }


def test_it_says_what_was_solved(library: Library, tmp_path: Path):
    solved = solve_task(hours(1), library, tmp_path)

    assert solved.utc_offset == "+10:00"
    assert solved.model_digest == library.open("street").model_digest()
    assert len(solved.load_data_digest) == 64
    assert solved.warnings == ()


def test_the_order_of_customers_in_the_file_changes_no_number(library: Library, tmp_path: Path):
    before = solve_task(hours(2), library, tmp_path / "before")
    path = library.open("street").folder / "customers.csv"
    original, customers = path.read_bytes(), library.open("street").customers
    write_customers(path, customers[::-1])
    try:
        after = solve_task(hours(2), library, tmp_path / "after")
    finally:
        path.write_bytes(original)

    for name in ("zone_summary", "energy_meters_raw", "network_performance_metrics_enhanced"):
        old, new = (rows_of(one, tmp_path / at, name) for one, at in ((before, "before"), (after, "after")))
        for column in old:
            np.testing.assert_array_equal(old[column], new[column], column)
    old, new = (
        rows_of(one, tmp_path / at, "customer_summary") for one, at in ((before, "before"), (after, "after"))
    )
    for column in old:
        np.testing.assert_array_equal(old[column], new[column][::-1], column)


def test_an_override_has_every_customer_in_every_entry(library: Library, tmp_path: Path):
    customer = library.open("street").customers[0].load_id

    solved = solve_task(
        override(Override(customer, load_w=(0.0, 2e3, 4e3, 6e3), gen_w=(0.0,))), library, tmp_path
    )

    rows = rows_of(solved, tmp_path, "customer_voltages")
    pairs = set(zip(rows["entry"].tolist(), rows["load_id"].tolist(), strict=True))
    assert len(rows["entry"]) == len(pairs) == 4 * 16
    own = rows["voltage_a_v"][rows["load_id"] == customer]
    own = own if np.ma.count(own) else rows["voltage_b_v"][rows["load_id"] == customer]
    own = own if np.ma.count(own) else rows["voltage_c_v"][rows["load_id"] == customer]
    assert (np.diff(own) < 0).all()  # the more it draws, the lower its voltage
    drawn = rows["power_kw"][rows["load_id"] == customer]
    np.testing.assert_allclose(drawn, [0.0, 2.0, 4.0, 6.0], rtol=1e-4, atol=1e-6)


def test_entries_do_not_depend_on_those_before_them(library: Library, tmp_path: Path):
    customer = library.open("street").customers[0].load_id
    both = solve_task(override(Override(customer, load_w=(2e4, 5e3))), library, tmp_path / "both")
    alone = solve_task(override(Override(customer, load_w=(5e3,))), library, tmp_path / "alone")

    second = rows_of(both, tmp_path / "both", "customer_voltages")
    single = rows_of(alone, tmp_path / "alone", "customer_voltages")

    for phase in "abc":
        name = f"voltage_{phase}_v"
        np.testing.assert_allclose(
            second[name][16:].filled(np.nan), single[name].filled(np.nan), rtol=1e-6, equal_nan=True
        )


def test_a_feeder_that_does_not_converge_is_named_with_its_time(library: Library, tmp_path: Path):
    customers = library.open("street").customers
    # Constant power down to 0.01 pu: nothing gives way, so that there is no solution.
    model = ModelSettings(load_model=1, load_v_min_pu=0.01)
    heavy = tuple(Override(one.load_id, load_w=(1e3, 1e9)) for one in customers)
    task = replace(override(*heavy), model=model)

    with pytest.raises(NotConvergedError) as failure:
        solve_task(task, library, tmp_path)

    said = "feeder street: the power flow did not converge at 2030-01-15 12:00, node "
    assert failure.value.what.startswith(said)
    assert failure.value.lane == 1
    assert failure.value.why
    assert failure.value.remedy
    assert not list(tmp_path.rglob("*"))  # nothing is left of it


def test_an_unknown_feeder_is_not_found(library: Library, tmp_path: Path):
    with pytest.raises(NotFoundError, match="nowhere"):
        solve_task(replace(hours(1), feeder="nowhere"), library, tmp_path)


def test_without_load_data_there_is_no_digest_but_a_warning(library: Library, tmp_path: Path):
    with library.adding("bare") as folder:
        generate_feeder(FeederRecipe("bare", customers=4, seed=3), folder)
        (folder / "load_data.parquet").unlink()

    solved = solve_task(replace(hours(1), feeder="bare"), library, tmp_path)

    assert solved.load_data_digest == ""
    assert solved.warnings == (
        "bare: 4 of 4 customers have no load data; they keep the power that the model states",
    )


def test_the_calendar_is_that_of_the_modelled_year(library: Library):
    case = build_case(library.open("street"), hours(1))

    calendar = calendar_of(case)

    assert calendar.year == 2030
    assert (calendar.start, calendar.end) == (datetime(2030, 1, 15, 2), datetime(2030, 1, 15, 3))  # UTC


# ---- engines


def by(engine: str, task: Task) -> Task:
    return replace(task, solve=SolveSettings(engine=engine))


def test_both_engines_give_the_same_tables(library: Library, tmp_path: Path):
    batch, opendss = (
        solve_task(by(engine, hours(24)), library, tmp_path / engine) for engine in ("batch", "opendss")
    )

    ours, theirs = (
        rows_of(one, tmp_path / at, "zone_summary") for one, at in ((batch, "batch"), (opendss, "opendss"))
    )
    for column in ours:
        if column.endswith("voltage_pu"):
            np.testing.assert_allclose(ours[column], theirs[column], rtol=0, atol=1e-6)
        elif "hours" in column or column.startswith("customers"):
            np.testing.assert_array_equal(ours[column], theirs[column], column)
        elif column.endswith(("_kw", "_kwh")):
            np.testing.assert_allclose(ours[column], theirs[column], rtol=1e-5, atol=1e-5)


def test_the_batch_engine_is_checked_and_the_check_recorded(library: Library, tmp_path: Path):
    solved = solve_task(hours(24), library, tmp_path)

    assert (solved.engine, solved.engine_reasons) == ("batch", ())
    checked = solved.verification
    assert checked is not None
    assert checked.passed
    assert 24 <= checked.lanes <= 48
    assert checked.voltage_pu.value is not None
    assert checked.voltage_pu.value < 1e-6
    assert checked.voltage_pu.time.startswith("2030-01-1")


def test_the_time_of_the_check_is_told(library: Library, tmp_path: Path):
    ticks = iter([0.0, 6.0, 8.0])  # begin, check, end of the check

    solved = solve_task(hours(1), library, tmp_path, clock=lambda: next(ticks))

    assert solved.verification is not None
    assert (solved.verification.seconds, solved.verification.share) == (2.0, 0.25)


def test_what_opendss_solves_needs_no_check(library: Library, tmp_path: Path):
    solved = solve_task(by("opendss", hours(1)), library, tmp_path)

    assert (solved.engine, solved.engine_reasons, solved.verification) == ("opendss", (), None)


@pytest.fixture
def odd(library: Library) -> str:
    """A feeder with a load of model 3, which the batch engine lacks."""
    if not library.has("odd"):
        with library.adding("odd") as folder:
            generate_feeder(FeederRecipe("odd", customers=4, seed=3), folder)
            loads = folder / "model" / "Loads.dss"
            loads.write_text(loads.read_text().replace("Model=1", "Model=3", 1))
    return "odd"


def test_a_feeder_that_is_not_covered_is_solved_in_opendss_and_says_why(
    library: Library, odd: str, tmp_path: Path
):
    solved = solve_task(replace(hours(1), feeder=odd), library, tmp_path)

    assert solved.engine == "opendss"
    assert [reason.lower() for reason in solved.engine_reasons] == ["load.c0001: load model 3"]
    assert solved.warnings[-1].lower() == "odd: solved in opendss, because of load.c0001: load model 3"
    assert solved.verification is None


def test_a_feeder_that_is_not_covered_fails_when_the_batch_engine_is_demanded(
    library: Library, odd: str, tmp_path: Path
):
    with pytest.raises(ModelError, match=r"(?i)load model 3"):
        solve_task(by("batch", replace(hours(1), feeder=odd)), library, tmp_path)
    assert not list(tmp_path.rglob("*"))


def with_wrong_draws(feeder: object, task: Task, **options: object) -> Case:
    """Return a case whose batch model draws 5 % too much: a fault for the referee to find."""
    case = build_case(feeder, task, **options)  # type: ignore[arg-type]
    assert case.circuit.batch is not None
    draws = case.circuit.batch.draws
    batch = replace(case.circuit.batch, draws=replace(draws, share=draws.share * 1.05))
    return replace(case, circuit=replace(case.circuit, batch=batch))


def test_where_the_check_does_not_pass_the_task_is_solved_in_opendss(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    right = solve_task(by("opendss", hours(2)), library, tmp_path / "right")
    monkeypatch.setattr("hcr.studies.solve_task.build_case", with_wrong_draws)

    free = solve_task(hours(2), library, tmp_path / "free")
    asked = solve_task(by("batch", hours(2)), library, tmp_path / "asked")

    assert free.engine == "opendss"
    assert free.tables == right.tables  # equal checksums
    assert "the engines differ by" in free.engine_reasons[0]
    assert asked.engine == "batch"
    assert asked.verification is not None
    assert not asked.verification.passed
    assert "the check in OpenDSS did not pass" in asked.warnings[-1]


def test_a_lane_that_only_opendss_solves_leads_to_opendss(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def with_ten_times_the_draws(feeder: object, task: Task, **options: object) -> Case:
        case = with_wrong_draws(feeder, task, **options)
        assert case.circuit.batch is not None
        draws = case.circuit.batch.draws
        heavy = replace(draws, share=draws.share * 1e5, low_v=draws.low_v * 1e-3, min_v=draws.min_v * 1e-3)
        batch = replace(case.circuit.batch, draws=heavy)
        return replace(case, circuit=replace(case.circuit, batch=batch))

    monkeypatch.setattr("hcr.studies.solve_task.build_case", with_ten_times_the_draws)

    solved = solve_task(hours(1), library, tmp_path)

    assert solved.engine == "opendss"
    assert "the power flow did not converge at 2030-01-15 12:30" in solved.engine_reasons[0]
    with pytest.raises(NotConvergedError):
        solve_task(by("batch", hours(1)), library, tmp_path)
