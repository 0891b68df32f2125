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
from hcr.cli.colour import Colour, decide_colour
from hcr.cli.failure import show_error, show_unexpected
from hcr.cli.global_options import global_options, hoisted
from hcr.cli.session import Session
from hcr.errors import HcrError, UsageError

COMMANDS = {
    "auth": ("hcr.cli.auth", "auth", "Log in to a service, log out, and see who you are."),
    "calibration": (
        "hcr.cli.calibration",
        "calibration",
        "Calibration runs, and the tap settings they found.",
    ),
    "completion": ("hcr.cli.completion", "completion", "Print the completion script of a shell."),
    "config": ("hcr.cli.config", "config", "Show, validate and compare configurations; print their schemas."),
    "doctor": ("hcr.cli.doctor", "doctor", "Check configuration, TLS, clock, service and engine."),
    "duration-curves": (
        "hcr.cli.duration_curves",
        "duration_curves",
        "Load duration curves of one equipment.",
    ),
    "feeder": ("hcr.cli.feeder", "feeder", "The feeder library: import, generate, check, list."),
    "init": ("hcr.cli.init", "init", "Write a commented config directory to start from."),
    "opendss": ("hcr.cli.opendss", "opendss", "Export feeders as OpenDSS models, list and download them."),
    "scenarios": ("hcr.cli.scenarios", "scenarios", "The scenarios that the service knows."),
    "serve": ("hcr.cli.serve", "serve", "Serve this config directory to other machines over GraphQL."),
    "work-package": ("hcr.cli.work_package", "work_package", "Run studies and follow them to their results."),
}
"""Module, attribute and one-line help of each command."""

ALIASES = {"work_package": "work-package", "work-packages": "work-package", "feeders": "feeder"}

INTERRUPTED, BROKEN_PIPE = 130, 141
"""Exit codes of Ctrl-C and of a reader that went away, as shells count them."""


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
        directory, rest = split_directory(hoisted(args), strict=not ctx.resilient_parsing)
        ctx.meta["directory"] = directory
        return super().parse_args(ctx, rest)


def split_directory(args: Sequence[str], *, strict: bool = True) -> tuple[Path, list[str]]:
    """Return the config directory and the other words; `.` where the first word is a command.

    Raises
    ------
    UsageError
        The first word is neither a command nor a directory; not while completing, which is not `strict`.
    """
    rest = list(args)
    at = _first_word(rest)
    if at is None:
        return Path(), rest
    word = rest[at]
    following = rest[at + 1 :]
    next_word = _first_word(following)
    names_command = next_word is not None and is_command(following[next_word])
    if is_command(word) and not (Path(word).is_dir() and names_command):
        return Path(), rest
    if Path(word).is_dir() or _starts_init(following):
        del rest[at]
        return Path(word), rest
    if not strict:
        return Path(), rest
    near = difflib.get_close_matches(word, [*COMMANDS, *ALIASES], 1)
    hint = f"Did you mean the command `{near[0]}`?" if near else "The first word is the config directory."
    raise UsageError(
        f"{word!r} is neither a directory nor a command", remedy=f"{hint} `hcr --help` lists the commands."
    )


def is_command(word: str) -> bool:
    """Return whether a word names a command."""
    return word in COMMANDS or word in ALIASES


def _starts_init(following: Sequence[str]) -> bool:
    """Return whether the words go on with `init`, which makes the directory."""
    at = _first_word(following)
    return at is not None and following[at] == "init"


def _first_word(words: Sequence[str]) -> int | None:
    """Return the place of the first word that is no option, nor the value of one."""
    takes_value = False
    for at, word in enumerate(words):
        if takes_value or word.startswith("-"):
            takes_value = not takes_value and word in ("--log-file", "--color")
            continue
        return at
    return None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hcr")
@global_options
@click.pass_context
def hcr(
    ctx: click.Context,
    /,
    *,
    quiet: bool,
    verbose: bool,
    debug: bool,
    insecure: bool,
    **rest: str | None,
) -> None:
    """Hosting-capacity studies for distribution planners.

    \b
    hcr [DIR] COMMAND …

    DIR is the config directory with auth_config.json and run_configurations/; without it the current one.
    """
    colour = decide_colour(rest["color"], os.environ)
    ctx.color = colour.click
    ctx.obj = Session(
        ctx.meta["directory"],
        dict(os.environ),
        quiet=quiet,
        verbose=verbose,
        debug=debug,
        insecure=insecure,
        log_file=Path(rest["log_file"]) if rest["log_file"] else None,
        colour=colour,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        hcr.main(words, prog_name="hcr", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except HcrError as error:
        show_error(error, colour=_colour(words), debug=debug)
        return error.exit_code
    except BrokenPipeError:
        _silence_stdout()
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the border of the process: a fault of ours, said so
        show_unexpected(error, colour=_colour(words), debug=debug)
        return 1
    return 0


def run() -> None:
    """Run the command line of this process."""
    sys.exit(main())


def _colour(words: Sequence[str]) -> Colour:
    """Return the decision about colour for an error that ends the command line."""
    asked = [word.partition("=")[2] for word in words if word.startswith("--color=")]
    return decide_colour(asked[-1] if asked else None, os.environ)


def _silence_stdout() -> None:
    """Point stdout nowhere: a reader has gone, and flushing at exit would complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
