"""Starting up: what is loaded, which word is what, and what a plain client install says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SERVICE = {
    "altdss",
    "ariadne",
    "dss",
    "duckdb",
    "numpy",
    "pebble",
    "scipy",
    "sqlalchemy",
    "starlette",
    "uvicorn",
}
HEAVY = {*SERVICE, "graphql", "httpx", "msal", "pydantic", "rich", "yaml"}

LOADED = """
import json, sys
from hcr.cli.main import main
code = main({words!r})
print()
print(json.dumps([code, sorted(sys.modules)]))
"""

PLAIN = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse())
from hcr.cli.main import main
sys.exit(main({words!r}))
"""


def python(script: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    outcome = subprocess.run(
        [sys.executable, "-c", script], cwd=directory, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in outcome.stdout + outcome.stderr, outcome.stderr
    return outcome


@pytest.mark.parametrize(
    "words",
    [["--help"], ["--version"], ["work-package", "--help"], ["work-package", "run", "--help"]],
)
def test_help_loads_nothing_heavy(tmp_path: Path, words: list[str]) -> None:
    outcome = python(LOADED.format(words=words), tmp_path)
    code, modules = json.loads(outcome.stdout.splitlines()[-1])
    assert code == 0
    assert HEAVY.intersection(modules) == set()


GENERATE = ("feeder", "generate", "--mrid", "x", "--customers", "5", "--seed", "1")


def plain(directory: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return python(PLAIN.format(missing=SERVICE, words=list(words)), directory)


@pytest.mark.parametrize("words", [("work-package", "list"), ("serve",), GENERATE])
def test_a_plain_install_says_what_to_install(tmp_path: Path, words: tuple[str, ...]) -> None:
    outcome = plain(tmp_path, *words)
    assert outcome.returncode == 2
    assert "pip install 'hosting-capacity-runner[embedded]'" in outcome.stderr


def test_a_plain_install_speaks_to_a_remote_service(tmp_path: Path) -> None:
    server = {"protocol": "http", "host": "127.0.0.1", "port": 9}
    (tmp_path / "auth_config.json").write_text(json.dumps({"eas_server": server}))
    outcome = plain(tmp_path, "work-package", "show", "x")
    assert outcome.returncode == 5
    assert "127.0.0.1:9" in outcome.stderr


def hcr(directory: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = Path(sys.executable).with_name("hcr")
    return subprocess.run(
        [str(command), *words], cwd=directory, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_command_without_a_directory_is_about_the_current_one(tmp_path: Path) -> None:
    outcome = hcr(tmp_path, "work-package", "list", "-o", "json")
    assert (outcome.returncode, json.loads(outcome.stdout)) == (0, [])
    assert (tmp_path / ".hcr").is_dir()


def test_a_directory_may_be_named_like_a_command(tmp_path: Path) -> None:
    (tmp_path / "feeder").mkdir()
    assert hcr(tmp_path, "feeder", "work-package", "list").returncode == 0
    assert (tmp_path / "feeder" / ".hcr").is_dir()
    assert not (tmp_path / ".hcr").exists()
    assert hcr(tmp_path, "feeder", "list").returncode == 0


def test_a_word_that_is_nothing_gets_a_proposal(tmp_path: Path) -> None:
    outcome = hcr(tmp_path, "work-pakage", "list")
    assert outcome.returncode == 2
    assert "`work-package`" in outcome.stderr
    assert "Traceback" not in outcome.stderr
