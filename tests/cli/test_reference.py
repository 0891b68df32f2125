"""The reference says what the commands, the errors and the environment do, and is fresh."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hcr import errors
from hcr.cli.main import hcr
from hcr.cli.reference import EXIT_CODES, VARIABLES, reference

ROOT = Path(__file__).parents[2]


def commands(parent: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Name and command of each group and command."""
    group = parent.command
    assert isinstance(group, click.Group)
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        assert command is not None
        ctx = click.Context(command, info_name=name, parent=parent)
        yield ctx.command_path, command
        if isinstance(command, click.Group):
            yield from commands(ctx)


COMMANDS = dict(commands(click.Context(hcr, info_name="hcr")))


def test_the_reference_is_fresh() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert text == reference(), "run: python -m hcr.cli.reference > docs/cli.md"


def test_the_readme_links_it() -> None:
    assert "(docs/cli.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_option_has_a_help_text(path: str) -> None:
    command = COMMANDS[path]
    assert command.help
    assert command.help.strip().splitlines()[0].rstrip().endswith((".", "…"))
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{path} {option.opts[0]}"


def test_every_command_is_in_the_reference() -> None:
    text = reference()
    for path, command in COMMANDS.items():
        if not isinstance(command, click.Group):
            assert f"## {path.replace('hcr', 'hcr DIR', 1)}" in text


def _tree(kind: type[errors.HcrError]) -> Iterator[type[errors.HcrError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from _tree(inner)


def test_every_exit_code_is_documented() -> None:
    codes = {kind.exit_code for kind in _tree(errors.HcrError)}
    assert codes <= EXIT_CODES.keys()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for code in (0, 1, 2, 3, 4, 5, 6, 124, 130):
        assert re.search(rf"\b{code} \w", readme)


def test_every_variable_of_ours_is_documented() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    used = set(re.findall(r"\"(HCR_[A-Z_]+)\"", source))
    assert used
    assert used <= VARIABLES.keys()
