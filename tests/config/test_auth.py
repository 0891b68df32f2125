"""auth_config.json: what it becomes, what wins, and that no secret leaks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hcr.config.auth import AuthConfig, load_auth_config
from hcr.errors import ConfigError

HOST = "eas.example.com"


def load(directory: Path, server: dict[str, object], environment: dict[str, str] | None = None) -> AuthConfig:
    (directory / "auth_config.json").write_text(
        json.dumps({"eas_server": server}, indent=2), encoding="utf-8"
    )
    return load_auth_config(directory, environment or {})


def faults(directory: Path, server: dict[str, object], environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(directory, server, environment)
    return "\n".join(map(str, caught.value.problems))


def test_no_file_means_embedded(tmp_path: Path) -> None:
    config = load_auth_config(tmp_path)
    assert config.embedded
    assert config.file is None
    assert set(config.origins.values()) == {"default"}


def test_no_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such directory"):
        load_auth_config(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ['{"protocol": "embedded"}', '{"eas_server": {"protocol": "embedded"}}'])
def test_embedded_can_be_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "auth_config.json").write_text(text, encoding="utf-8")
    config = load_auth_config(tmp_path, {"HCR_TOKEN": "unused"})
    assert config.embedded
    assert config.access_token is None
    assert config.origins["protocol"] == "file"
    assert config.file == tmp_path / "auth_config.json"


def test_embedded_beside_other_keys_names_them(tmp_path: Path) -> None:
    (tmp_path / "auth_config.json").write_text('{"protocol": "embedded", "host": "x"}', encoding="utf-8")
    with pytest.raises(ConfigError, match="belongs inside"):
        load_auth_config(tmp_path)


def test_a_server_with_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, {"host": HOST})
    assert (config.protocol, config.host, config.port) == ("https", HOST, 443)
    assert config.verify_certificate
    assert config.auth_method == "none"
    assert config.origins["host"] == "file"
    assert config.origins["port"] == "default"


def test_plain_http_has_its_own_default_port(tmp_path: Path) -> None:
    assert load(tmp_path, {"host": HOST, "protocol": "http"}).port == 80


@pytest.mark.parametrize("host", ["eas.example.com", "localhost", "10.0.0.1", "::1", "my_server-1"])
def test_hosts(tmp_path: Path, host: str) -> None:
    assert load(tmp_path, {"host": host, "port": 7654}).host == host


@pytest.mark.parametrize(
    ("host", "fragment"),
    [
        ("https://eas.example.com", 'write "host": "eas.example.com"'),
        ("eas.example.com/api", 'write "host": "eas.example.com"'),
        ("https://me:s3cr3t@eas.example.com:443/x", 'write "host": "eas.example.com"'),
        ("https://[bad", "bare host name"),
        ("eas.example.com:443", "port is a key of its own"),
        ("eas example", "no host name"),
        ("<host>", "placeholder"),
        ("", "is missing"),
    ],
)
def test_what_is_no_host(tmp_path: Path, host: str, fragment: str) -> None:
    message = faults(tmp_path, {"host": host})
    assert fragment in message
    assert "s3cr3t" not in message


@pytest.mark.parametrize("port", [0, 65536, -1, 1.5, True, "443", [443]])
def test_what_is_no_port(tmp_path: Path, port: object) -> None:
    assert "port: expected a" in faults(tmp_path, {"host": HOST, "port": port})


def test_the_certificate_file_counts_from_the_directory(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    config = load(tmp_path, {"host": HOST, "ca_filename": "ca.pem", "verify_certificate": False})
    assert config.ca_filename == tmp_path / "ca.pem"
    assert not config.verify_certificate


@pytest.mark.parametrize("name", ["missing.pem", "a\0b"])
def test_a_certificate_file_must_exist(tmp_path: Path, name: str) -> None:
    assert "no such file" in faults(tmp_path, {"host": HOST, "ca_filename": name})


LOGIN: dict[str, object] = {"host": HOST, "authority": "https://login.example.com/t", "client_id": "hcr"}


@pytest.mark.parametrize(
    ("given", "method"),
    [
        ({"host": HOST, "access_token": "abc"}, "token"),
        (LOGIN, "device_code"),
        ({**LOGIN, "client_secret": "s"}, "client_credentials"),
        ({**LOGIN, "username": "u", "password": "p"}, "password"),
        ({**LOGIN, "client_secret": "s", "auth_method": "device_code"}, "device_code"),
        ({**LOGIN, "access_token": "abc", "auth_method": "none"}, "none"),
        ({"host": HOST, "access_token": ""}, "none"),
        ({"host": HOST, "access_token": None}, "none"),
    ],
)
def test_the_way_to_log_in_is_told_by_the_keys(tmp_path: Path, given: dict[str, object], method: str) -> None:
    config = load(tmp_path, given)
    assert config.auth_method == method
    assert config.origins["auth_method"] == ("file" if "auth_method" in given else "default")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"auth_method": "token"}, ["access_token"]),
        ({"auth_method": "client_credentials"}, ["authority", "client_id", "client_secret"]),
        ({"auth_method": "device_code"}, ["authority", "client_id"]),
        ({"username": "u"}, ["authority", "client_id", "password"]),
    ],
)
def test_a_login_needs_its_keys(tmp_path: Path, given: dict[str, object], missing: list[str]) -> None:
    message = faults(tmp_path, {"host": HOST, **given})
    assert [line.split(": ")[0].split()[-1] for line in message.splitlines()] == missing


@pytest.mark.parametrize(
    ("given", "scopes"),
    [(["a", "b"], ("a", "b")), ("openid api://x/.default", ("openid", "api://x/.default")), (None, ())],
)
def test_scopes(tmp_path: Path, given: object, scopes: tuple[str, ...]) -> None:
    assert load(tmp_path, {**LOGIN, "scopes": given}).scopes == scopes


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    config = load(tmp_path, {**LOGIN, "client_secret": "s"}, {"HCR_TOKEN": " from-outside\n"})
    assert (config.auth_method, config.access_token) == ("token", "from-outside")
    assert config.origins["access_token"] == "environment"
    assert config.origins["auth_method"] == "environment"
    assert config.origins["client_secret"] == "file"


def test_the_environment_makes_a_placeholder_harmless(tmp_path: Path) -> None:
    assert load(tmp_path, {"host": HOST, "access_token": "<token>"}, {"HCR_TOKEN": "x"}).access_token == "x"


def test_an_empty_variable_is_no_token(tmp_path: Path) -> None:
    assert load(tmp_path, {"host": HOST, "access_token": "abc"}, {"HCR_TOKEN": "  "}).access_token == "abc"


def test_a_token_with_a_line_break_is_refused_by_the_variable_name(tmp_path: Path) -> None:
    message = faults(tmp_path, {"host": HOST}, {"HCR_TOKEN": "s3cr3t\nx-header: 1"})
    assert message.startswith("HCR_TOKEN: ")
    assert "s3cr3t" not in message


def test_rpc_port_is_taken_with_a_hint(tmp_path: Path) -> None:
    config = load(tmp_path, {"host": HOST, "rpc_port": 50051})
    (hint,) = config.hints
    assert (hint.key, hint.line) == ("rpc_port", 4)
    assert "no effect" in hint.message


def test_secrets_are_in_no_repr_and_no_message(tmp_path: Path) -> None:
    secrets: dict[str, object] = {
        "access_token": "s3cr3t token",
        "client_secret": "s3cr3t-client",
        "password": "s3cr3t-pass",
    }
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {**LOGIN, **secrets, "username": 7})
    told = repr(caught.value) + str(caught.value) + repr(caught.value.problems)
    assert "s3cr3t" not in told
    config = load(tmp_path, {**LOGIN, **secrets, "access_token": "s3cr3t-token"})
    assert config.password == "s3cr3t-pass"
    assert "s3cr3t" not in repr(config)


@pytest.mark.parametrize("key", ["access_token", "client_secret", "password"])
def test_a_secret_may_hold_angle_brackets_but_not_be_a_placeholder(tmp_path: Path, key: str) -> None:
    server = {**LOGIN, "username": "u", "auth_method": "none"}
    assert load(tmp_path, {**server, key: "a<b>c"})
    assert "placeholder" in faults(tmp_path, {**server, key: "<put it here>"})


def test_the_example_file_needs_only_its_placeholders_filled() -> None:
    path = Path(__file__).parents[2] / "auth_config.example.json"
    server = json.loads(path.read_text(encoding="utf-8"))["eas_server"]
    assert {key for key, value in server.items() if isinstance(value, str) and value.startswith("<")} == {
        "host",
        "access_token",
    }


def test_the_example_file_loads_once_filled(tmp_path: Path) -> None:
    path = Path(__file__).parents[2] / "auth_config.example.json"
    server = json.loads(path.read_text(encoding="utf-8"))["eas_server"]
    assert load(tmp_path, {**server, "host": HOST, "access_token": "abc"}).auth_method == "token"


def test_reading_it_imports_neither_pydantic_nor_yaml() -> None:
    program = (
        "import sys, hcr.config.auth; print([m for m in ('pydantic', 'yaml', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
