"""Addresses of databases: which are taken, and what they show of themselves."""

import pickle

import pytest

from hcr.errors import UsageError
from hcr.service.database_url import read_database_url

SECRET = "tr0ub4dor"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me@db.example.com/hcr", "postgresql://me@db.example.com/hcr"),
        ("postgres://me@db.example.com:6432/hcr", "postgresql://me@db.example.com:6432/hcr"),
        ("postgresql+psycopg://[::1]:6432/hcr", "postgresql://[::1]:6432/hcr"),
        (f"postgresql://me:{SECRET}@db/hcr", "postgresql://me@db/hcr"),
        (f"postgresql://me@db/hcr?password={SECRET}&sslmode=require", "postgresql://me@db/hcr"),
        (f" postgresql://me:p@{SECRET}@db/hcr\n", "postgresql://me@db/hcr"),
        ("postgresql:///hcr?host=/run/postgresql", "postgresql:///hcr"),
    ],
)
def test_an_address_shows_where_and_who_but_no_password(text: str, shown: str) -> None:
    address = read_database_url(text, "--database")
    assert str(address) == shown
    assert repr(address) == f"DatabaseUrl({shown!r})"
    assert pickle.loads(pickle.dumps(address)) == address  # noqa: S301 - just made


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"me:{SECRET}@db/hcr", "no `://`"),
        ("", "no `://`"),
        (f"mysql://me:{SECRET}@db/hcr", "only postgresql://"),
        ("sqlite:///ledger.sqlite", "SQLite file"),
        (f"postgresql+psycopg2://me:{SECRET}@db/hcr", "only postgresql://"),
        (f"postgresql://me:{SECRET}@db:port/hcr", "cannot be taken apart"),
        (f"postgresql://me:{SECRET}@[::1/hcr", "cannot be taken apart"),
        (f"postgresql://me:7/{SECRET}@db/hcr", "characters that end them"),
        (f"postgresql://me:7?{SECRET}@db/hcr", "characters that end them"),
        (f"postgresql://me:7#{SECRET}@db/hcr", "characters that end them"),
        (f"postgresql://me:x/{SECRET}@db/hcr", "cannot be taken apart"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str, why: str) -> None:
    with pytest.raises(UsageError, match="--database names no PostgreSQL database") as caught:
        read_database_url(text, "--database")
    assert why in str(caught.value)
    assert "percent-encoded" in caught.value.remedy
    assert SECRET not in str(caught.value) + caught.value.remedy


def test_the_password_is_taken_out_of_a_text_however_it_is_written() -> None:
    address = read_database_url("postgresql://me:p%40ss@db/hcr", "--database")
    assert address.password == "p@ss"
    said = f"{address.text}, me:p%40ss@db, password=p@ss, password='p@ss'"
    assert address.without_password(said) == "***, me:***@db, password=***, password='***'"


def test_a_short_password_leaves_other_words_alone() -> None:
    address = read_database_url("postgresql://u:p@127.0.0.1:1/hcr", "--database")
    said = "connection failed: port 1 at postgresql://u:p@127.0.0.1:1/hcr"
    assert address.without_password(said) == "connection failed: port 1 at ***"
