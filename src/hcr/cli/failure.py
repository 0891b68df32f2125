"""Errors as people read them: what happened, why, what to do. On stderr, without a traceback."""

import traceback

import click

from hcr.cli.colour import Colour
from hcr.errors import ConfigError, HcrError


def show_error(error: HcrError, *, colour: Colour, debug: bool = False) -> None:
    """Write an error to stderr; with `debug` its trace as well."""
    click.secho("Error: ", fg="red", bold=True, err=True, nl=False, color=colour.click)
    problems = error.problems if isinstance(error, ConfigError) else ()
    click.echo(_capitalised(error.what if problems else str(error)), err=True)
    for problem in problems:
        click.echo(f"  {problem}", err=True)
    if error.remedy:
        click.echo(error.remedy, err=True)
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True)


def show_unexpected(error: Exception, *, colour: Colour, debug: bool = False) -> None:
    """Write a fault of hcr itself to stderr."""
    click.secho("Error: ", fg="red", bold=True, err=True, nl=False, color=colour.click)
    click.echo(f"hcr failed: {type(error).__name__}: {error}", err=True)
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True)
    else:
        click.echo(
            "This is a fault of hcr. Run the same line with --debug and report what it prints.", err=True
        )


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
