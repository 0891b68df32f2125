"""The command `hcr`: which word is the config directory, which is the command, and how errors leave.

Commands are loaded when they are called: `hcr --help` imports neither numpy, pydantic, msal nor any server
library.
"""

import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from hcr import __version__
from hcr.cli.failure import show_error, show_unexpected
from hcr.cli.session import Session
from hcr.errors import HcrError, UsageError

COMMANDS = {
    "feeder": ("hcr.cli.feeder", "feeder", "The feeder library: import, generate, check, list."),
    "serve": ("hcr.cli.serve", "serve", "Serve this config directory to other machines over GraphQL."),
    "work-package": ("hcr.cli.work_package", "work_package", "Run studies and follow them to their results."),
}
"""Module, attribute and one-line help of each command."""

ALIASES = {"work_package": "work-package"}

OTHER_CODES = {"interrupted": 130, "broken_pipe": 141}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing it."""
        found = COMMANDS.get(ALIASES.get(cmd_name, cmd_name))
        if found is None:
            return None
        module, attribute, _ = found
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their one-line help, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in self.list_commands(ctx)])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the config directory out of the words; the rest is the command."""
        directory, rest = _split_directory(args)
        ctx.meta["directory"] = directory
        return super().parse_args(ctx, rest)


def _split_directory(args: Sequence[str]) -> tuple[Path, list[str]]:
    """Return the config directory and the other words; `.` where the first word is a command.

    Raises
    ------
    UsageError
        The first word is neither a command nor a directory.
    """
    rest = list(args)
    at = next((index for index, word in enumerate(rest) if not word.startswith("-")), None)
    if at is None:
        return Path(), rest
    word = rest[at]
    is_command = word in COMMANDS or word in ALIASES
    if is_command and (not Path(word).is_dir() or not _is_command(rest[at + 1 :])):
        return Path(), rest
    if Path(word).is_dir():
        del rest[at]
        return Path(word), rest
    near = difflib.get_close_matches(word, [*COMMANDS, *ALIASES], 1)
    hint = f"Did you mean the command `{near[0]}`?" if near else "The first word is the config directory."
    raise UsageError(
        f"{word!r} is neither a directory nor a command", remedy=f"{hint} `hcr --help` lists the commands."
    )


def _is_command(words: Sequence[str]) -> bool:
    """Return whether the next word that is no option names a command."""
    word = next((word for word in words if not word.startswith("-")), "")
    return word in COMMANDS or word in ALIASES


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hcr")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")
@click.option(
    "--debug", is_flag=True, help="Trace calls on stderr, secrets taken out; tracebacks for faults of hcr."
)
@click.pass_context
def hcr(ctx: click.Context, *, quiet: bool, debug: bool) -> None:
    """Hosting-capacity studies for distribution planners.

    \b
    hcr [DIR] COMMAND …

    DIR is the config directory with auth_config.json and run_configurations/; without it the current one.
    """
    ctx.obj = Session(ctx.meta["directory"], dict(os.environ), quiet=quiet, debug=debug)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        hcr.main(words, prog_name="hcr", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.Abort:
        return OTHER_CODES["interrupted"]
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except HcrError as error:
        show_error(error, debug=debug)
        return error.exit_code
    except BrokenPipeError:
        _silence_stdout()
        return OTHER_CODES["broken_pipe"]
    except Exception as error:  # noqa: BLE001 - the border of the process: a fault of ours, said so
        show_unexpected(error, debug=debug)
        return 1
    return 0


def run() -> None:
    """Run the command line of this process."""
    sys.exit(main())


def _silence_stdout() -> None:
    """Point stdout nowhere: a reader has gone, and flushing at exit would complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
