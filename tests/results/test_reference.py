import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from hcr.results.catalogue import TABLES
from hcr.results.reference import READING, markdown
from hcr.results.table import Table

PAGE = Path(__file__).parents[2] / "docs" / "results.md"


def test_the_page_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == markdown(), (
        "run `python -m hcr.results.reference > docs/results.md`"
    )


def test_the_documented_command_prints_the_page():
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "hcr.results.reference"], capture_output=True, check=True
    )

    assert done.stdout.decode("utf-8") == markdown()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_and_column_is_on_the_page(table: Table):
    section = markdown().split(f"\n### {table.name}\n")[1].split("\n#")[0]

    assert table.meaning in section
    assert all(f"\n| {column.name} | {column.type} |" in section for column in table.columns)
    assert ("Extension of hcr." in section) == table.extension


def test_every_row_has_four_cells():
    rows = [
        line.replace("\\|", "") for line in markdown().split("## Tables")[1].splitlines() if line[:1] == "|"
    ]

    assert rows
    assert {row.count("|") for row in rows} == {5}


@pytest.mark.parametrize("number", range(1, 3))
def test_documented_queries_add_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int):
    query = READING.split("```sql\n")[1:][number].split("```")[0]
    table = ("zone_summary", "metrics/network_performance_metrics_enhanced")[number - 1]
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as connection:
        for package in ("8b1a", "9c2b"):
            folder = tmp_path / "results" / package / table / "base" / "F1"
            folder.mkdir(parents=True)
            connection.execute(f"COPY (SELECT 'annual' AS season) TO '{folder}/x.parquet' (FORMAT parquet)")

        found = connection.execute(query).fetchnumpy()["work_package_id"]

    assert sorted(found) == ["8b1a", "9c2b"]
