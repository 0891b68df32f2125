"""What a PostgreSQL server says when it cannot be used, and that no password gets out."""

import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from hcr.errors import HcrError, LedgerError, UsageError
from hcr.service.database_url import DatabaseUrl, read_database_url
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage
from hcr.service.postgresql import open_postgresql

SECRET = "tr0ub4dor"


def told(error: HcrError) -> str:
    """Return all that anybody could print of an error, its causes included."""
    return "".join(traceback.format_exception(error)) + error.remedy


def refused(url: str) -> LedgerError:
    with pytest.raises(LedgerError, match="the ledger postgresql://") as caught:
        Ledger(read_database_url(url, "the test"))
    return caught.value


def test_a_wrong_password_is_told_and_not_repeated(postgresql: Any) -> None:
    error = refused(postgresql.url("postgres", password=SECRET))
    assert "password authentication failed" in error.why
    assert error.remedy == "Check the user and the password."
    assert SECRET not in told(error)


def test_an_unknown_user_is_told(postgresql: Any) -> None:
    assert "Check the user" in refused(postgresql.url("postgres", user="nobody", password=SECRET)).remedy


def test_a_missing_database_is_told(postgresql: Any) -> None:
    error = refused(postgresql.url("gone"))
    assert 'database "gone" does not exist' in error.why
    assert "createdb" in error.remedy


def test_a_server_that_is_not_there_is_told(postgresql: Any) -> None:
    error = refused(f"postgresql://me:{SECRET}@127.0.0.1:1/hcr")
    assert "refused" in error.why
    assert "See that PostgreSQL runs" in error.remedy
    assert SECRET not in told(error)


def test_an_unknown_option_is_told(postgresql: Any) -> None:
    assert "behind the ?" in refused(postgresql.url("postgres?colour=blue")).remedy


def test_a_user_who_may_not_make_tables_is_told(postgresql: Any) -> None:
    postgresql.execute(f"CREATE ROLE guest LOGIN PASSWORD '{SECRET}'")
    error = refused(postgresql.url("postgres", user="guest", password=SECRET))
    assert "permission denied for schema public" in error.why
    assert "GRANT CREATE" in error.remedy


def test_a_copy_that_takes_no_writing_is_told(
    postgresql: Any, new_database: Callable[[], DatabaseUrl]
) -> None:
    url = new_database().text.replace("?options=", "?options=-cdefault_transaction_read_only%3Don%20")
    assert "takes no writing" in refused(url).remedy


def test_a_socket_and_percent_encoded_parts_lead_there(postgresql: Any) -> None:
    url = f"postgresql://pl%61nner@/postgres?host={postgresql.folder}&port={postgresql.port}&password="
    address = read_database_url(url + "p%40ss%2Fw%3Ard%251", "the test")
    engine = open_postgresql(address)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT current_user").scalar() == "planner"
    engine.dispose()


def test_a_call_that_loses_its_connection_says_so_and_the_next_one_works(
    postgresql: Any, new_database: Callable[[], DatabaseUrl], package: Callable[..., NewPackage]
) -> None:
    ledger = Ledger(new_database())
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hcr'"
    with ledger.engine.connect() as connection:
        postgresql.execute(others)
        with pytest.raises(LedgerError, match="terminating connection"):
            connection.exec_driver_sql("SELECT 1")
    postgresql.execute(others)
    ledger.add(package("p1"))
    assert ledger.active() == ["p1"]
    ledger.close()


def test_a_fault_of_the_program_stays_one(new_database: Callable[[], DatabaseUrl]) -> None:
    engine = open_postgresql(new_database())
    with engine.connect() as connection, pytest.raises(Exception, match="syntax error") as caught:
        connection.exec_driver_sql("SELEKT")
    assert not isinstance(caught.value, HcrError)
    engine.dispose()


def test_nothing_logs_the_password(
    new_database: Callable[[], DatabaseUrl],
    package: Callable[..., NewPackage],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy").setLevel(logging.DEBUG)
    try:
        ledger = Ledger(new_database())
        ledger.add(package("p1"))
        ledger.close()
    finally:
        logging.getLogger("sqlalchemy").setLevel(logging.NOTSET)
    assert "INSERT INTO" in caplog.text
    for secret in ("p@ss/w:rd%1", "p%40ss"):
        assert secret not in caplog.text


def test_without_the_driver_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match="psycopg cannot be used") as caught:
        open_postgresql(read_database_url(f"postgresql://me:{SECRET}@db/hcr", "the test"))
    assert "postgres]" in caught.value.remedy
    assert SECRET not in told(caught.value)
