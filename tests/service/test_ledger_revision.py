"""Ledgers are made, taken over and upgraded, on both databases."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from hcr.errors import LedgerError
from hcr.service import ledger_revision
from hcr.service.database import open_database
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage, TaskKey
from hcr.service.ledger_revision import HEAD, MIGRATIONS, bring_up_to_date
from hcr.service.ledger_schema import metadata
from hcr.service.place import Place

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

Package = Callable[..., NewPackage]


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    """The database of the place, without tables."""
    opened = open_database(place.ledger)
    yield opened
    opened.dispose()


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def upgrade(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, revision)


def as_before_revisions(engine: Engine, *, without: str = "") -> None:
    """Make the tables as the program did before it counted revisions, and a package in them."""
    upgrade(engine, "0001")
    run(
        engine,
        "DROP TABLE alembic_version",
        "INSERT INTO work_packages (id, number, name, kind, engine, status, request, warnings, created_at,"
        " is_deleted) VALUES ('old', 1, 'Old', 'forecast', 'auto', 'RUNNING', '{}', '[]',"
        " '2025-01-15 12:00:00.5', false)",
        "INSERT INTO tasks (package_id, ordinal, feeder, scenario, year, state, attempts)"
        " VALUES ('old', 0, 'north', 'base', 2025, 'PENDING', 0)",
        *([f"ALTER TABLE work_packages DROP COLUMN {without}"] if without else []),
    )


def revision(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())


def test_the_head_of_the_code_is_that_of_the_migrations(place: Place) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrations_make_the_tables_that_the_code_uses(engine: Engine) -> None:
    bring_up_to_date(engine, "the test")
    assert revision(engine) == HEAD
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_ledger_from_before_revisions_goes_on(engine: Engine, place: Place, package: Package) -> None:
    as_before_revisions(engine)
    ledger = Ledger(place.ledger)
    assert ledger.active() == ["old"]
    assert ledger.events_of("old") == []
    assert ledger.start(TaskKey("old", 0))
    assert [one.event for one in ledger.events_of("old")] == ["STARTED"]
    ledger.add(package("new"))
    ledger.close()
    assert revision(engine) == HEAD


def test_a_ledger_from_before_the_choice_of_engines_is_given_the_column(
    engine: Engine, place: Place, package: Package
) -> None:
    as_before_revisions(engine, without="engine")
    ledger = Ledger(place.ledger)
    ledger.add(replace(package("new"), engine="batch"))
    found = [ledger.package(one).engine for one in ("old", "new")]  # type: ignore[union-attr]
    ledger.close()
    assert found == [None, "batch"]


def test_a_ledger_of_the_first_revision_is_upgraded_with_what_is_in_it(engine: Engine, place: Place) -> None:
    upgrade(engine, "0001")
    run(
        engine,
        "INSERT INTO work_packages (id, number, name, kind, status, request, warnings, created_at,"
        " is_deleted) VALUES ('old', 1, 'Old', 'forecast', 'COMPLETED', '{}', '[]', '2025-01-15', false)",
    )
    assert not inspect(engine).has_table("task_events")
    ledger = Ledger(place.ledger)
    row = ledger.package("old")
    ledger.close()
    assert row is not None
    assert row.name == "Old"
    assert inspect(engine).has_table("task_events")


def test_a_ledger_that_is_newer_is_refused_and_left_alone(engine: Engine, place: Place) -> None:
    bring_up_to_date(engine, "the test")
    run(engine, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerError, match=r"is newer than this program.*revision 9999") as caught:
        Ledger(place.ledger)
    assert "Install the newest" in caught.value.remedy
    assert str(place.ledger) in caught.value.what
    assert revision(engine) == "9999"


def test_an_upgrade_that_fails_leaves_the_ledger_as_it_was(
    engine: Engine, place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    as_before_revisions(engine)
    broken = tmp_path / "migrations"
    (broken / "versions").mkdir(parents=True)
    for source in [MIGRATIONS / "env.py", *(MIGRATIONS / "versions").glob("r*.py")]:
        (broken / source.relative_to(MIGRATIONS)).write_text(source.read_text())
    names = f'revision, down_revision = "next", "{HEAD}"'
    (broken / "versions" / "next.py").write_text(
        f'{names}\n\ndef upgrade():\n    raise RuntimeError("half way")\n'
    )
    monkeypatch.setattr(ledger_revision, "MIGRATIONS", broken)
    with pytest.raises(RuntimeError, match="half way"):
        Ledger(place.ledger)
    assert set(inspect(engine).get_table_names()) == {"work_packages", "tasks", "leases"}
    monkeypatch.undo()
    ledger = Ledger(place.ledger)
    assert ledger.active() == ["old"]
    ledger.close()


OPEN_ALL = """
import os, sys
from pathlib import Path
from hcr.service.database_url import read_database_url
from hcr.service.ledger import Ledger
given = os.environ["LEDGER"]
print("ready", flush=True)
sys.stdin.readline()
ledger = Ledger(read_database_url(given, "LEDGER") if "://" in given else Path(given))
print(ledger.active(), "alembic.command" in sys.modules)
ledger.close()
"""


def open_in_processes(place: Place, count: int) -> list[str]:
    """Return what processes say that wait for each other and then open the ledger."""
    where = str(place.ledger) if place.database is None else place.database.text
    started = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_ALL],
            env={"PYTHONPATH": ":".join(sys.path), "LEDGER": where},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in started]
    assert [errors for _, errors in answers] == [""] * count
    return [said.strip() for said, _ in answers]


@pytest.mark.parametrize("old", [False, True])
def test_processes_that_start_at_once_do_not_collide(engine: Engine, place: Place, *, old: bool) -> None:
    if old:
        as_before_revisions(engine, without="engine")
    answers = open_in_processes(place, 4)
    assert {one.rpartition(" ")[0] for one in answers} == {"['old']" if old else "[]"}


def test_a_ledger_that_is_up_to_date_is_opened_without_alembic(engine: Engine, place: Place) -> None:
    bring_up_to_date(engine, "the test")
    assert open_in_processes(place, 1) == ["[] False"]
