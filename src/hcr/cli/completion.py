"""`hcr completion SHELL`, and what completes an argument."""

from collections.abc import Callable
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from hcr.errors import UsageError

SHELLS = ("bash", "zsh", "fish", "powershell")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(*, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:        eval "$(hcr completion bash)"            in ~/.bashrc
    zsh:         eval "$(hcr completion zsh)"             in ~/.zshrc
    fish:        hcr completion fish | source             in ~/.config/fish/config.fish
    powershell:  hcr completion powershell | Out-String | Invoke-Expression
    """
    made = get_completion_class(shell)
    if made is None:
        raise UsageError(
            f"there is no completion for {shell}",
            why="this version of click does not know the shell",
            remedy="Install click 8.5 or newer.",
        )
    from hcr.cli.main import COMPLETE_VARIABLE, hcr

    click.echo(made(hcr, {}, "hcr", COMPLETE_VARIABLE).source())


def complete_configuration(
    kind: str,
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]:
    """Return what completes the name of a run configuration of a kind."""

    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        from hcr.config.run_configuration_file import RunKind, list_run_configurations

        paths = list_run_configurations(_directory(ctx), RunKind(kind))
        return [CompletionItem(path.stem) for path in paths if path.stem.startswith(incomplete)]

    return complete


def complete_package(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Return the IDs that this config directory used lately, the newest first; no service is asked."""
    from hcr.cli.recent import recent_packages

    return [
        CompletionItem(package_id, help=name)
        for package_id, name in recent_packages(_directory(ctx))
        if package_id.startswith(incomplete)
    ]


def _directory(ctx: click.Context) -> Path:
    found = ctx.find_root().meta.get("directory")
    return found if isinstance(found, Path) else Path()
