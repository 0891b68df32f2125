"""`hcr DIR token …`: made once, shown once, listed without secrets, revoked."""

import json
from pathlib import Path
from typing import Any

import pytest

from hcr.service.door.token_store import TokenStore


def made(hcr: Any, directory: Path, *words: str) -> tuple[str, Any]:
    outcome = hcr(directory, "token", "create", *words)
    assert outcome.code == 0, outcome.stderr
    return outcome.stdout.strip(), outcome


def listed(hcr: Any, directory: Path) -> list[dict[str, Any]]:
    return json.loads(hcr(directory, "token", "list", "-o", "json").stdout)


def test_a_token_is_printed_once_and_alone(hcr: Any, tmp_path: Path) -> None:
    token, outcome = made(hcr, tmp_path, "--name", "ci", "--scope", "write", "--expires", "90d")
    assert outcome.stdout == f"{token}\n"
    assert token.startswith("hcr_")
    assert token not in outcome.stderr
    assert "(ci), scope write, good until " in outcome.stderr
    store = TokenStore(tmp_path / ".hcr" / "tokens.json")
    found = store.find(token)
    assert found is not None
    assert (found.expires_at - found.created_at).days == 90
    assert token not in hcr(tmp_path, "token", "list", "-o", "json").stdout


def test_a_token_reads_and_has_no_end_unless_asked(hcr: Any, tmp_path: Path) -> None:
    _, outcome = made(hcr, tmp_path)
    assert "scope read, good until it is revoked." in outcome.stderr
    (one,) = listed(hcr, tmp_path)
    assert one["name"] == f"token-{one['id']}"
    assert (one["scope"], one["state"], one["expires_at"]) == ("read", "active", None)
    assert "sha256" not in one


def test_list_as_a_table(hcr: Any, tmp_path: Path) -> None:
    assert hcr(tmp_path, "token", "list").stdout.split() == [
        "id", "name", "scope", "state", "created_at", "expires_at"
    ]  # fmt: skip
    assert listed(hcr, tmp_path) == []
    assert not (tmp_path / ".hcr").exists(), "to look makes nothing"


def test_revoke_by_name_and_by_id(hcr: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        made(hcr, tmp_path, "--name", name)
    second = listed(hcr, tmp_path)[1]["id"]
    for word in ("a", second):
        outcome = hcr(tmp_path, "token", "revoke", word)
        assert outcome.code == 0
        assert "was revoked at" in outcome.stderr
    assert [one["state"] for one in listed(hcr, tmp_path)] == ["revoked", "revoked"]
    assert hcr(tmp_path, "token", "revoke", "a").code == 0
    outcome = hcr(tmp_path, "token", "revoke", "c")
    assert outcome.code == 6
    assert "no token 'c'" in outcome.stderr


def test_what_was_done_is_in_the_audit(hcr: Any, tmp_path: Path) -> None:
    token, _ = made(hcr, tmp_path, "--name", "ci")
    hcr(tmp_path, "token", "revoke", "ci")
    text = (tmp_path / ".hcr" / "audit.log").read_text()
    events = [json.loads(line) for line in text.splitlines()]
    assert [(one["event"], one["who"]["name"]) for one in events] == [
        ("token_created", "ci"), ("token_revoked", "ci")
    ]  # fmt: skip
    assert token not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--expires", "soon"), "12h, 90d or 4w"),
        (("--expires", "0d"), "12h, 90d or 4w"),
        (("--expires", "-1d"), "12h, 90d or 4w"),
        (("--expires", "999999w"), "12h, 90d or 4w"),
        (("--scope", "admin"), "--scope"),
        (("--name", " "), "cannot be the name"),
    ],
)
def test_what_cannot_be_is_refused(hcr: Any, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    outcome = hcr(tmp_path, "token", "create", *words)
    assert outcome.code == 2
    assert said in " ".join(outcome.stderr.split())
    assert not (tmp_path / ".hcr" / "tokens.json").exists()


def test_a_name_twice_and_a_directory_that_is_not_there(hcr: Any, tmp_path: Path) -> None:
    made(hcr, tmp_path, "--name", "ci")
    assert hcr(tmp_path, "token", "create", "--name", "ci").code == 2
    outcome = hcr(tmp_path / "nowhere", "token", "create")
    assert outcome.code == 2
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_file_is_said_so(hcr: Any, tmp_path: Path) -> None:
    made(hcr, tmp_path)
    (tmp_path / ".hcr" / "tokens.json").write_text("{")
    outcome = hcr(tmp_path, "token", "list")
    assert outcome.code == 2
    assert "cannot be used" in outcome.stderr
    assert "Traceback" not in outcome.stderr
