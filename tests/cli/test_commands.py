"""What is loaded when: help is quick because it imports next to nothing."""

import json
import subprocess
import sys

import pytest

from hcr.cli.commands import ALIASES, COMMANDS

HEAVY = ("numpy", "pydantic", "msal", "httpx", "yaml", "rich")
SERVER = ("sqlalchemy", "ariadne", "graphql", "starlette", "uvicorn", "dss", "scipy", "duckdb", "pebble")
NEVER_FOR_HELP = ("numpy", "msal", *SERVER)


def loaded_by(*words: str) -> set[str]:
    """The top-level modules that are loaded after a command line."""
    code = (
        "import json, sys\n"
        "from hcr.cli.main import main\n"
        f"code = main({list(words)!r})\n"
        "print(json.dumps([code, [*sys.modules]]), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ended, modules = json.loads(done.stderr.splitlines()[-1])
    assert ended == 0
    assert done.stdout.startswith(("Usage: hcr", "hcr, version"))
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_and_version_load_no_library_but_click(word: str) -> None:
    assert loaded_by(word).isdisjoint({*HEAVY, *SERVER})


def test_help_of_every_command_loads_neither_numbers_nor_logins_nor_a_server() -> None:
    code = (
        "import json, sys\n"
        "from hcr.cli.main import main\n"
        f"codes = [main([name, '--help']) for name in {[*COMMANDS, *ALIASES]!r}]\n"
        "print(json.dumps([codes, [*sys.modules]]), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    codes, modules = json.loads(done.stderr.splitlines()[-1])
    assert set(codes) == {0}
    assert {name.partition(".")[0] for name in modules}.isdisjoint(NEVER_FOR_HELP)


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_the_command_it_stands_for(hcr, alias: str) -> None:
    usage, _, rest = hcr(alias, "--help").stdout.partition("\n")
    assert usage.startswith(f"Usage: hcr {alias} ")
    assert rest == hcr(ALIASES[alias], "--help").stdout.partition("\n")[2]


def test_words_without_a_command_get_the_help(hcr, tmp_path) -> None:
    for words in ((), (tmp_path,)):
        outcome = hcr(*words)
        assert outcome.code == 2
        assert outcome.stderr.startswith("Usage: hcr [DIR] [OPTIONS] COMMAND")
