"""What a database says that cannot be used, on real files."""

from pathlib import Path

import pytest

from hcr.errors import LedgerError
from hcr.service.sqlite import open_sqlite


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite cannot be used.*not a database") as caught:
        open_sqlite(path).connect()
    assert "move it away" in caught.value.remedy


def test_a_full_disk_is_named_and_spoils_nothing(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "ledger.sqlite")
    with engine.connect() as connection:
        with connection.begin():
            connection.exec_driver_sql("CREATE TABLE notes (text TEXT)")
            connection.exec_driver_sql("INSERT INTO notes VALUES ('kept')")
        with connection.begin():
            # The database itself keeps to a number of pages, and says what it says of a full disk.
            connection.exec_driver_sql("PRAGMA max_page_count=3")
        with pytest.raises(LedgerError, match="full"), connection.begin():
            connection.exec_driver_sql("INSERT INTO notes VALUES (?)", ("x" * 100_000,))
        with connection.begin():
            assert connection.exec_driver_sql("SELECT text FROM notes").scalars().all() == ["kept"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="unable to open"):
        open_sqlite(tmp_path / "gone" / "ledger.sqlite").connect()
