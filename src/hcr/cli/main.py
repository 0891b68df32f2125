"""The command `hcr`, and how it ends: the one place where errors become messages and exit codes."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from hcr import __version__
from hcr.cli.colour import decide_colour
from hcr.cli.commands import LazyGroup
from hcr.cli.failure import Failure
from hcr.cli.global_options import global_options, value_of
from hcr.cli.session import Session
from hcr.errors import HcrError, UsageError

INTERRUPTED, BROKEN_PIPE, BROKEN = 130, 141, 70
"""Exit codes of Ctrl-C, of a reader that went away (as shells count both), and of a fault of `hcr` itself.

The last is EX_SOFTWARE of sysexits.h: 1 would say that a package failed.
"""

COMPLETE_VARIABLE = "_HCR_COMPLETE"
"""In it the script of a shell says that it wants words completed."""


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    options_metavar="[DIR] [OPTIONS]",
)
@click.version_option(__version__, prog_name="hcr", help="Show the version of hcr and exit.")
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
    failure = Failure(decide_colour(value_of("--color", words), os.environ), debug="--debug" in words)
    try:
        with hcr.make_context("hcr", words) as ctx:
            hcr.invoke(ctx)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        failure.show_usage(error)
        return UsageError.exit_code
    except HcrError as error:
        failure.show(error)
        return error.exit_code
    except OSError as error:
        return _os_error(failure, error)
    except Exception as error:  # noqa: BLE001 - the border of the process: a fault of ours, said so
        failure.show_unexpected(error)
        return BROKEN
    return 0


def run() -> None:
    """Run the command line of this process, or answer a shell that completes one."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is no reason to fail.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    instruction = os.environ.get(COMPLETE_VARIABLE)
    sys.exit(_complete(instruction) if instruction else main())


def _complete(instruction: str) -> int:
    from click.shell_completion import shell_complete

    return shell_complete(hcr, {}, "hcr", COMPLETE_VARIABLE, instruction)


def _os_error(failure: Failure, error: OSError) -> int:
    """Return the exit code for what the system refused: a file, or a reader that went away."""
    if isinstance(error, BrokenPipeError):
        _silence_stdout()
        return BROKEN_PIPE
    if error.filename is None:
        failure.show_unexpected(error)
        return BROKEN
    failure.show_file(error)
    return UsageError.exit_code


def _silence_stdout() -> None:
    """Point stdout nowhere: a reader has gone, and flushing at exit would complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
