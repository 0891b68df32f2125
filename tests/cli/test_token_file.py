"""Where tokens lie: one file for each account, outside the config directory."""

from dataclasses import replace
from pathlib import Path

from hcr.cli.token_file import token_file
from hcr.config.auth import AuthConfig

ANA = AuthConfig(
    protocol="https",
    auth_method="password",
    authority="https://login.example.com",
    client_id="hcr",
    username="ana",
)


def test_the_file_lies_below_the_state_of_the_user(tmp_path: Path) -> None:
    path = token_file(ANA, {"XDG_STATE_HOME": str(tmp_path)})
    assert path.parent == tmp_path / "hcr" / "tokens"
    assert token_file(ANA, {}).is_relative_to(Path.home() / ".local" / "state")


def test_every_account_has_its_own_file(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    others = [
        replace(ANA, username="ben"),
        replace(ANA, client_id="other"),
        replace(ANA, authority="https://login.example.org"),
        replace(ANA, scopes=("study",)),
        replace(ANA, auth_method="device_code"),
    ]
    paths = {token_file(one, environment) for one in (ANA, *others)}
    assert len(paths) == len(others) + 1
    assert token_file(ANA, environment, method="device_code") in paths


def test_a_password_is_no_part_of_the_name(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    assert token_file(replace(ANA, password="p"), environment) == token_file(ANA, environment)
