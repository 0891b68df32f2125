"""Settings of auth_config.json that come from the environment."""

import json
from pathlib import Path

import pytest

from hcr.config.auth import load_auth_config
from hcr.config.auth_environment import VARIABLES, settings_of
from hcr.errors import ConfigError


def test_each_variable_is_one_setting() -> None:
    environment = {
        "HCR_PROTOCOL": "http",
        "HCR_HOST": " x ",
        "HCR_PORT": "8080",
        "HCR_TOKEN": "t",
        "HCR_DATABASE_URL": "postgresql://db/hcr",
        "HCR_X": "y",
    }
    assert settings_of(environment) == {
        "protocol": "http",
        "host": "x",
        "port": 8080,
        "access_token": "t",
        "database": "postgresql://db/hcr",
    }
    assert set(VARIABLES.values()) == environment.keys() - {"HCR_X"}


def test_an_empty_variable_gives_nothing() -> None:
    assert settings_of({"HCR_HOST": "", "HCR_PORT": "  "}) == {}


def test_what_is_no_number_stays_a_text_and_is_refused_by_name(tmp_path: Path) -> None:
    assert settings_of({"HCR_PORT": "http"}) == {"port": "http"}
    with pytest.raises(ConfigError) as caught:
        load_auth_config(tmp_path, {"HCR_HOST": "x", "HCR_PORT": "http"})
    (problem,) = caught.value.problems
    assert (problem.key, problem.file, problem.line) == ("HCR_PORT", "", 0)


def test_the_environment_wins_value_by_value(tmp_path: Path) -> None:
    server = {"host": "file.example.com", "port": 8443, "access_token": "from-file"}
    (tmp_path / "auth_config.json").write_text(json.dumps({"eas_server": server}))
    config = load_auth_config(tmp_path, {"HCR_HOST": "other.example.com"})
    assert (config.host, config.port, config.access_token) == ("other.example.com", 8443, "from-file")
    assert (config.origins["host"], config.origins["port"]) == ("environment", "file")


def test_without_a_file_a_host_is_enough(tmp_path: Path) -> None:
    config = load_auth_config(tmp_path, {"HCR_HOST": "x.example.com", "HCR_TOKEN": "t"})
    assert (config.protocol, config.host, config.port) == ("https", "x.example.com", 443)
    assert (config.auth_method, config.access_token) == ("token", "t")


def test_without_a_file_a_token_alone_leaves_embedded_mode(tmp_path: Path) -> None:
    assert load_auth_config(tmp_path, {"HCR_TOKEN": "t"}).embedded


def test_a_remote_protocol_needs_a_host(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used") as caught:
        load_auth_config(tmp_path, {"HCR_PROTOCOL": "https"})
    assert caught.value.problems[0].key == "host"


def test_embedded_in_the_environment_ignores_the_server_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "auth_config.json").write_text(
        '{"eas_server": {"host": "x.example.com", "access_token": "t"}}'
    )
    config = load_auth_config(tmp_path, {"HCR_PROTOCOL": "embedded"})
    assert config.embedded
    assert config.access_token is None
    assert config.origins["protocol"] == "environment"


def test_a_database_alone_leaves_embedded_mode(tmp_path: Path) -> None:
    config = load_auth_config(tmp_path, {"HCR_DATABASE_URL": "postgresql://me:s3cret@db/hcr"})
    assert config.embedded
    assert config.database == "postgresql://me:s3cret@db/hcr"
    assert config.origins["database"] == "environment"
    assert "s3cret" not in repr(config)


@pytest.mark.parametrize(
    "document",
    [
        {"protocol": "embedded", "database": "postgresql://file/hcr"},
        {"eas_server": {"protocol": "embedded", "database": "postgresql://file/hcr"}},
        {"eas_server": {"host": "x.example.com", "database": "postgresql://file/hcr"}},
    ],
)
def test_the_file_names_a_database_and_the_environment_wins(
    tmp_path: Path, document: dict[str, object]
) -> None:
    (tmp_path / "auth_config.json").write_text(json.dumps(document))
    assert load_auth_config(tmp_path).database == "postgresql://file/hcr"
    config = load_auth_config(tmp_path, {"HCR_DATABASE_URL": "postgresql://other/hcr"})
    assert (config.database, config.origins["database"]) == ("postgresql://other/hcr", "environment")
