"""Stored results held against OpenDSS: what agrees passes, what was tampered with is found."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import FeederError, NotFoundError
from hcr.network.feeder import file_digest
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.library import Library
from hcr.results.catalogue import table_named
from hcr.results.manifest import TaskRecord
from hcr.results.parquet import read_parquet, write_parquet
from hcr.studies.checked_lanes import RefereeRules
from hcr.studies.solve_task import solve_task
from hcr.studies.stored_check import Stored, StoredCheck, check_stored
from hcr.studies.task import LoadTime, Outputs, Override, SolveSettings, Task

NOON = datetime(2025, 1, 15, 12)
RAW = Outputs(energy_meters_raw=True)
RULES = RefereeRules(lanes=6, seed=1)
REGULATOR = "New RegControl.reg transformer=t001 winding=2 vreg=125 band=2 ptratio=2\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("library")
    made = Library(root, root / "cache")
    for mrid in ("street", "regulated"):
        with made.adding(mrid) as folder:
            generate_feeder(FeederRecipe(mrid, customers=12, seed=3), folder)
            if mrid == "regulated":
                loads = folder / "model" / "Loads.dss"
                loads.write_text(loads.read_text() + REGULATOR)
    return made


def stored(task: Task, library: Library, folder: Path) -> Stored:
    solved = solve_task(task, library, folder)
    record = TaskRecord(
        task.feeder, task.scenario, task.year, "SUCCEEDED", solved.model_digest, solved.load_data_digest,
        solved.utc_offset, solved.tables, engine=solved.engine,
    )  # fmt: skip
    return Stored(task, record, folder)


def day(feeder: str = "street", engine: str = "auto") -> Task:
    load_time = LoadTime(NOON, NOON + timedelta(days=1))
    return Task(feeder, "base", 2030, load_time, solve=SolveSettings(engine=engine), outputs=RAW)


@pytest.fixture(scope="module")
def original(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return stored(day(), library, tmp_path_factory.mktemp("results"))


@pytest.fixture
def copied(original: Stored, tmp_path: Path) -> Stored:
    shutil.copytree(original.folder, tmp_path / "results")
    return replace(original, folder=tmp_path / "results")


@pytest.fixture
def tamper(copied: Stored) -> Callable[..., Stored]:
    """Change values of a stored table; with `resealed`, its checksum in the manifest too."""

    def change(table: str, *, resealed: bool, **values: Callable[[np.ndarray], object]) -> Stored:
        (at,) = [at for at, one in enumerate(copied.record.tables) if one.table == table]
        written = copied.record.tables[at]
        path = copied.folder / written.path
        rows = read_parquet(path)
        for column, new in values.items():
            rows[column] = np.ma.asarray(new(rows[column].copy()))
        plain = {
            name: np.where(np.ma.getmaskarray(column), None, np.ma.getdata(column).astype(object))
            for name, column in rows.items()
        }
        write_parquet(path, plain, table_named(table).types)
        if not resealed:
            return copied
        tables = list(copied.record.tables)
        tables[at] = replace(written, sha256=file_digest(path))
        return replace(copied, record=replace(copied.record, tables=tuple(tables)))

    return change


def check(one: Stored, library: Library) -> StoredCheck:
    return check_stored(one, library, rules=RULES)


def first_plus(amount: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(column: np.ndarray) -> np.ndarray:
        column[0] += amount
        return column

    return change


def first_times(factor: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(column: np.ndarray) -> np.ndarray:
        column[0] *= factor
        return column

    return change


# ---- what agrees


def test_untouched_results_agree(original: Stored, library: Library):
    found = check(original, library)
    assert found.disagreements == ()
    assert found.lanes >= 6
    assert found.values > 12 * 4
    assert found.comparison is not None
    assert found.comparison.voltage_pu.value < 1e-6


def test_results_of_opendss_agree_and_the_batch_engine_with_them(library: Library, tmp_path: Path):
    found = check(stored(day(engine="opendss"), library, tmp_path), library)
    assert found.disagreements == ()
    assert found.comparison is not None


@pytest.mark.parametrize("engine", ["batch", "opendss"])
def test_where_a_regulator_acts_the_walk_is_solved_again(library: Library, tmp_path: Path, engine: str):
    one = stored(day("regulated", engine), library, tmp_path)
    assert one.record.engine == engine
    found = check(one, library)
    assert found.disagreements == ()
    assert found.comparison is not None
    assert found.comparison.voltage_pu.value < 1e-6


def test_entries_of_an_instant_share_their_time_and_agree(library: Library, tmp_path: Path):
    customer = library.open("street").customers[3].load_id
    entries = Override(customer, load_w=(0.0, 9e3, 4e3), gen_w=(0.0, 0.0, 8e3))
    task = replace(day(), load_time=LoadTime(NOON, None, (entries,)))
    assert check(stored(task, library, tmp_path), library).disagreements == ()


# ---- what does not


def test_a_changed_file_differs_from_its_checksum(tamper: Callable[..., Stored], library: Library):
    found = check(tamper("zone_summary", resealed=False, import_kwh=first_plus(5.0)), library)
    assert [text.partition(".parquet ")[2] for text in found.disagreements] == [
        "differs from its checksum in the manifest"
    ]


@pytest.mark.parametrize("table", ["zone_summary", "customer_summary"])
@pytest.mark.parametrize("column", ["min_voltage_pu", "max_voltage_v"])
@pytest.mark.parametrize("factor", [1.001, 0.999])
def test_a_changed_extreme_is_found_even_with_a_new_checksum(
    tamper: Callable[..., Stored], library: Library, table: str, column: str, factor: float
):
    found = check(tamper(table, resealed=True, **{column: first_times(factor)}), library)
    (text,) = found.disagreements
    assert text.startswith(f"{table}: ")
    assert f"{column} is " in text


def test_a_changed_power_at_the_head_is_found(tamper: Callable[..., Stored], library: Library):
    found = check(tamper("energy_meters_raw", resealed=True, kwh=first_plus(1.0)), library)
    (text,) = found.disagreements  # the first interval is always among those solved again
    assert "kwh is " in text


def test_a_row_that_is_gone_is_missed(copied: Stored, library: Library):
    (written,) = [one for one in copied.record.tables if one.table == "customer_summary"]
    rows = read_parquet(copied.folder / written.path)
    kept = {name: np.ma.getdata(column)[1:] for name, column in rows.items()}
    write_parquet(copied.folder / written.path, kept, table_named("customer_summary").types)
    found = check(copied, library)
    assert any("customer_summary: the row of " in text for text in found.disagreements)


def test_a_file_that_is_gone_or_broken_is_named(copied: Stored, library: Library):
    by_table = {one.table: copied.folder / one.path for one in copied.record.tables}
    by_table["link_to_input"].unlink()
    by_table["zone_summary"].write_bytes(b"rubbish")
    texts = " | ".join(check(copied, library).disagreements)
    assert "link_to_input.parquet is missing" in texts
    assert "zone_summary.parquet cannot be read" in texts


@pytest.mark.parametrize(
    ("file", "named"), [("model/Lines.dss", "model"), ("load_data.parquet", "load data")]
)
def test_a_changed_input_is_refused_by_name(
    original: Stored, library: Library, tmp_path: Path, file: str, named: str
):
    shutil.copytree(library.root / "street", tmp_path / "street")
    with (tmp_path / "street" / file).open("ab") as stream:
        stream.write(b"\n! another line\n")
    with pytest.raises(FeederError) as refusal:
        check(original, Library(tmp_path, tmp_path / "cache"))
    assert refusal.value.exit_code == 2
    assert refusal.value.what == f"feeder street: the {named} changed since the package was solved"


def test_a_feeder_that_is_gone_is_not_found(original: Stored, tmp_path: Path):
    with pytest.raises(NotFoundError, match="street"):
        check(original, Library(tmp_path, tmp_path / "cache"))
