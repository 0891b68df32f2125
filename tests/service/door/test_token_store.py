"""Tokens in a file: only hashes, only for its owner, and nothing lost when two change it."""

import json
import multiprocessing
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hcr.errors import ConfigError, NotFoundError, UsageError
from hcr.service.door.caller import Scope
from hcr.service.door.token_store import TokenStore

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path / "home" / "tokens.json", lambda: NOON)


def test_a_token_is_256_random_bits_with_a_prefix(store: TokenStore) -> None:
    first, second = (store.create()[0] for _ in range(2))
    assert re.fullmatch(r"hcr_[A-Za-z0-9_-]{43}", first)
    assert first != second


def test_only_a_hash_is_kept_and_only_for_the_owner(store: TokenStore) -> None:
    token, made = store.create("ci", Scope.WRITE, timedelta(days=90))
    text = store.path.read_text()
    assert token not in text
    assert token.removeprefix("hcr_") not in text
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert made.expires_at == NOON + timedelta(days=90)
    assert [one.name for one in store.path.parent.iterdir() if ".lock" not in one.name] == ["tokens.json"]


def test_a_mask_that_lets_everybody_read_changes_nothing(store: TokenStore) -> None:
    before = os.umask(0)
    try:
        store.create()
        assert {one.stat().st_mode & 0o077 for one in store.path.parent.iterdir()} == {0}
    finally:
        os.umask(before)


def test_a_token_is_found_and_others_are_not(store: TokenStore) -> None:
    token, made = store.create("ci")
    store.create("other")
    assert store.find(token) == made
    for wrong in ("", "hcr_", token[:-1], token + "x", token.upper(), made.sha256, made.id, "ü\udcff"):
        assert store.find(wrong) is None


def test_states(store: TokenStore) -> None:
    _, forever = store.create("forever")
    _, short = store.create("short", lifetime=timedelta(hours=1))
    assert forever.state(NOON + timedelta(days=9999)) == "active"
    assert short.state(NOON + timedelta(minutes=59)) == "active"
    assert short.state(NOON + timedelta(hours=1)) == "expired"
    assert store.revoke("short").state(NOON) == "revoked"
    assert store.has_active()
    store.revoke(forever.id)
    assert not store.has_active()


def test_what_another_process_changed_counts_at_once(store: TokenStore) -> None:
    token, _ = store.create("ci")
    watching = TokenStore(store.path, store.clock)
    assert watching.find(token) is not None
    store.revoke("ci")
    found = watching.find(token)
    assert found is not None
    assert found.revoked_at == NOON
    store.path.unlink()
    assert watching.tokens() == ()


def test_a_name_is_free_again_after_its_token_was_revoked(store: TokenStore) -> None:
    _, first = store.create("ci")
    with pytest.raises(UsageError, match="there is a token 'ci' already"):
        store.create("ci")
    store.revoke("ci")
    _, second = store.create("ci")
    assert store.revoke("ci").id == second.id
    assert store.revoke("ci").id == second.id  # once more changes nothing
    assert store.revoke(first.id).id == first.id


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 65, "\x1b[31m"])
def test_names_that_cannot_be(store: TokenStore, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        store.create(name)


def test_a_name_is_not_the_id_of_another_token(store: TokenStore) -> None:
    _, made = store.create()
    with pytest.raises(UsageError, match="already"):
        store.create(made.id)


def test_nobody_is_revoked_who_is_not_there(store: TokenStore) -> None:
    with pytest.raises(NotFoundError, match="no token 'nobody'"):
        store.revoke("nobody")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"tokens": 3}', '{"tokens": [{}]}', '{"tokens": [{"id": "x", "scope": "god"}]}']
)
def test_a_damaged_file_opens_nothing(store: TokenStore, text: str) -> None:
    token, _ = store.create()
    store.path.write_text(text)
    with pytest.raises(ConfigError, match="cannot be used"):
        store.find(token)
    with pytest.raises(ConfigError):
        store.create()
    assert store.path.read_text() == text


def test_a_place_that_takes_no_writing_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ConfigError, match=r"tokens\.json cannot be used"):
        TokenStore(tmp_path / "home" / "tokens.json").create()


def _make(path: Path, name: str) -> None:
    TokenStore(path).create(name)


def test_none_is_lost_when_many_are_made_at_once(store: TokenStore) -> None:
    context = multiprocessing.get_context("fork")
    makers = [context.Process(target=_make, args=(store.path, f"t{number}")) for number in range(8)]
    for one in makers:
        one.start()
    for one in makers:
        one.join()
    assert sorted(one.name for one in store.tokens()) == [f"t{number}" for number in range(8)]
    assert len(json.loads(store.path.read_text())["tokens"]) == 8
