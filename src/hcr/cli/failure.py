"""Errors as people read them: what happened, why, what to do. On stderr, without a traceback."""

import traceback
from dataclasses import dataclass

import click
from click.core import ParameterSource

from hcr.cli.colour import Colour
from hcr.errors import ConfigError, HcrError


@dataclass(frozen=True, slots=True)
class Failure:
    """How an error that ends a command line is shown; with `debug` its trace as well."""

    colour: Colour
    debug: bool = False

    def show(self, error: HcrError) -> None:
        """Write an error of the tree, with all problems it has."""
        problems = error.problems if isinstance(error, ConfigError) else ()
        self._headline(error.what if problems else str(error))
        for problem in problems:
            click.echo(f"  {problem}", err=True)
        if error.remedy:
            click.echo(error.remedy, err=True)
        self._trace(error)

    def show_usage(self, error: click.ClickException) -> None:
        """Write what click found wrong with the words, and where help is."""
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            click.echo(error.format_message(), err=True)
            return
        _name_variable(error)
        self._headline(error.format_message())
        ctx = error.ctx if isinstance(error, click.UsageError) else None
        if ctx is not None:
            click.echo(ctx.get_usage(), err=True)
            click.echo(f"`{ctx.command_path} --help` tells more.", err=True)

    def show_file(self, error: OSError) -> None:
        """Write which file the system refused, and why."""
        self._headline(f"{error.filename}: {error.strerror}")
        click.echo("Check that the file is there, that you may use it, and that the disk has room.", err=True)
        self._trace(error)

    def show_unexpected(self, error: Exception) -> None:
        """Write a fault of hcr itself."""
        self._headline(f"unexpected {type(error).__name__}: {error}")
        if not self.debug:
            click.echo(
                "This is a fault of hcr. Run the same line with --debug and report what it prints.", err=True
            )
        self._trace(error)

    def _headline(self, text: str) -> None:
        click.secho("Error: ", fg="red", bold=True, err=True, nl=False, color=self.colour.click)
        click.echo(_sentence(text), err=True)

    def _trace(self, error: Exception) -> None:
        if self.debug:
            click.echo("".join(traceback.format_exception(error)), err=True)


def _name_variable(error: click.ClickException) -> None:
    """Let a fault of a value name the variable that it came from, where it is not from the command line."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return
    named = error.param.envvar
    if error.ctx.get_parameter_source(error.param.name or "") is ParameterSource.ENVIRONMENT and named:
        error.param_hint = named if isinstance(named, str) else " / ".join(named)


def _sentence(text: str) -> str:
    """Return a text that begins with a capital, unless it begins with the name of a file or an address."""
    return text[:1].upper() + text[1:] if text.partition(" ")[0].isalpha() else text
