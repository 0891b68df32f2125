"""Which word is the config directory, and which the command."""

from pathlib import Path

import pytest

from hcr.cli.commands import ALIASES, COMMANDS
from hcr.cli.config_directory import split_directory
from hcr.cli.main import main
from hcr.errors import UsageError

KNOWN = (*COMMANDS, *ALIASES)
HOISTED = ["--log-file", "city", "--color=never", "doctor"]


COMMANDS = ("feeder", "serve", "work-package", "work_package")


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a directory that holds `city` and a directory named like a command."""
    (tmp_path / "city").mkdir()
    (tmp_path / "feeder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "directory", "rest"),
    [
        ([], ".", []),
        (["--help"], ".", ["--help"]),
        (["work-package", "list"], ".", ["work-package", "list"]),
        (["work_package", "list"], ".", ["work_package", "list"]),
        (["city", "work-package", "list"], "city", ["work-package", "list"]),
        (["--quiet", "city", "serve"], "city", ["--quiet", "serve"]),
        (["feeder", "list"], ".", ["feeder", "list"]),
        (["feeder", "feeder", "list"], "feeder", ["feeder", "list"]),
        (["feeder", "work-package", "list"], "feeder", ["work-package", "list"]),
        (["city"], "city", []),
        (["--log-file", "city", "--color=never", "city", "doctor"], "city", HOISTED),
        (["new", "init"], "new", ["init"]),
    ],
)
def test_the_first_word_is_the_directory_unless_it_is_a_command(
    words: list[str], directory: str, rest: list[str]
) -> None:
    assert split_directory(words, KNOWN) == (Path(directory), rest)


@pytest.mark.parametrize(("word", "near"), [("work-pakage", "`work-package`"), ("ctiy", "`hcr ctiy init`")])
def test_a_word_that_is_neither_is_refused(word: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        split_directory([word, "list"], KNOWN)
    assert near in caught.value.remedy
    assert "config directory" in caught.value.why


def test_a_word_that_is_neither_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere", "serve"]) == 2
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert "'nowhere' is neither a directory nor a command" in stderr


def test_while_completing_every_first_word_will_do() -> None:
    assert split_directory(["nowhere", "serve"], KNOWN, strict=False) == (Path("nowhere"), ["serve"])
    assert split_directory(["nowhere", "ser"], KNOWN, strict=False) == (Path(), ["nowhere", "ser"])


def test_a_directory_that_is_not_there_yet_is_said_how_to_make() -> None:
    with pytest.raises(UsageError) as caught:
        split_directory(["feeders2", "feeder", "list"], KNOWN)
    assert "`hcr feeders2 init` makes that directory" in caught.value.remedy
