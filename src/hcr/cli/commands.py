"""The commands of `hcr` by name, imported when they are called.

`hcr --help` imports none of them, and so neither numpy, pydantic, msal nor any server library.
"""

import importlib
from typing import TYPE_CHECKING

import click

from hcr.cli.config_directory import split_directory
from hcr.cli.global_options import hoisted

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

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
    "interconnection": (
        "hcr.cli.interconnection",
        "interconnection",
        "What interconnection studies found: who can connect, and who pays.",
    ),
    "opendss": ("hcr.cli.opendss", "opendss", "Export feeders as OpenDSS models, list and download them."),
    "scenarios": ("hcr.cli.scenarios", "scenarios", "The scenarios that the service knows."),
    "serve": ("hcr.cli.serve", "serve", "Serve this config directory to other machines over GraphQL."),
    "token": ("hcr.cli.token", "token", "Tokens that open `hcr DIR serve`: make, list, revoke."),
    "work-package": ("hcr.cli.work_package", "work_package", "Run studies and follow them to their results."),
}
"""Module, attribute and one-line help of each command."""

ALIASES = {"work_package": "work-package", "work-packages": "work-package", "feeders": "feeder"}


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first word names; a typo gets names that are near."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            name = error.command_name
            raise click.exceptions.NoSuchCommand(name, possibilities=COMMANDS, ctx=ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their one-line help, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        """Return the commands, options and, for the first word, directories that begin so."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=COMMANDS[name][2])
            for name in self.list_commands(ctx)
            if name.startswith(incomplete)
        ]
        if not found and "directory_word" not in ctx.meta and not incomplete.startswith("-"):
            return [CompletionItem(incomplete, type="dir")]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the config directory out of the words; the rest is the command."""
        words = hoisted(args)
        directory, rest = split_directory(words, (*COMMANDS, *ALIASES), strict=not ctx.resilient_parsing)
        ctx.meta["directory"] = directory
        if len(rest) < len(words):
            ctx.meta["directory_word"] = str(directory)
        return super().parse_args(ctx, rest)
