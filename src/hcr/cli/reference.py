"""The reference of the command line, made from its help texts.

python -m hcr.cli.reference > docs/cli.md
"""

import inspect
import sys
from collections.abc import Iterator, Sequence

import click

from hcr.cli.main import BROKEN, BROKEN_PIPE, INTERRUPTED, hcr

EXIT_CODES = {
    0: "done",
    1: "the package, or some of its models, failed; a verification found a difference; the engine gave up",
    2: "usage or configuration: the command line, a file you wrote, or an input that the service refused",
    3: "the package was cancelled",
    4: "authentication: the service does not accept who you are, or nobody is logged in",
    5: "the service cannot be reached, or answered with an error",
    6: "there is no such package, feeder or table, or none that runs and could be cancelled",
    BROKEN: "a fault of `hcr` itself",
    124: "the wait timed out; the package runs on",
    INTERRUPTED: "interrupted by Ctrl-C, the package runs on; or the answer to a question was no",
    BROKEN_PIPE: "whoever read the output went away",
}
"""What each exit code says; 1 is never given for anything that did not run."""

VARIABLES = {
    "HCR_TOKEN": "access token; wins over every login and over `access_token` of auth_config.json",
    "HCR_HOST": "host of the service; wins over `host` of auth_config.json, and ends embedded mode",
    "HCR_PORT": "port of the service; wins over `port`",
    "HCR_PROTOCOL": "`https`, `http` or `embedded`; wins over `protocol`",
    "HCR_SERVICE_TOKEN": "token that `hcr DIR serve` demands of its callers",
    "HCR_DATABASE_URL": "PostgreSQL database of the service here; wins over `database` of auth_config.json",
    "HCR_SERVICE_TLS_CERT": "certificate of `hcr DIR serve`: `--tls-cert`",
    "HCR_SERVICE_TLS_KEY": "its private key: `--tls-key`",
    "HCR_SERVICE_ISSUER": "whose JWTs `hcr DIR serve` believes: `--issuer`",
    "HCR_SERVICE_AUDIENCE": "what their `aud` must name: `--audience`",
    "HCR_SERVICE_JWKS": "where their keys are: `--jwks`",
    "HCR_SERVICE_LOG_FORMAT": "how `hcr DIR serve` logs: `--log-format`",
    "HCR_SERVICE_RATE": "requests a minute of one caller: `--rate`",
    "HCR_SERVICE_MAX_BODY": "size of a request [MiB]: `--max-body`",
    "HCR_SERVICE_MAX_DEPTH": "levels of a query: `--max-depth`",
    "HCR_SERVICE_MAX_ALIASES": "renamed fields of a query: `--max-aliases`",
    "HCR_SERVICE_MAX_COST": "values of an answer: `--max-cost`",
    "HCR_SERVICE_MAX_PAGE": "entries of one page: `--max-page`",
    "HCR_EXECUTOR": "where tasks run, `processes` of this machine or `dask`: `--executor` of `hcr DIR serve`",
    "HCR_WORKERS": "tasks at once: `--workers`",
    "HCR_SCHEDULER": "scheduler of a dask cluster: `--scheduler`",
    "HCR_STORE": "where its workers leave results: `--store`",
    "HCR_TASK_TIMEOUT": "time of one task: `--task-timeout`",
    "HCR_TASK_MEMORY": "memory of one task: `--task-memory`",
    "NO_COLOR": "no colours where it is set; `--color` wins over it",
    "FORCE_COLOR": "colours in a pipe too; NO_COLOR wins over it",
    "TERM": "`dumb`: no colours, and no line is redrawn",
    "XDG_STATE_HOME": "tokens of logins lie below it, in `hcr/tokens/`; `~/.local/state` where it is not set",
    "SSL_CERT_FILE": "certificate authorities to trust instead of the system's; `ca_filename` adds to them",
    "HTTPS_PROXY, HTTP_PROXY, NO_PROXY": "the way to services on other machines",
}
"""Environment variables that `hcr` heeds."""

INTRODUCTION = """\
# Command line

<!-- Made by `python -m hcr.cli.reference > docs/cli.md` from the help texts of the commands. -->

    hcr [DIR] COMMAND …

`DIR` is the config directory with `auth_config.json` and `run_configurations/`; the current directory where
it is left out. Data goes to stdout, everything else to stderr. What is given on the command line wins over
the environment, that over the config directory, that over defaults; `hcr DIR config show --origin` tells
where each value is from.
"""


def reference() -> str:
    """Return the whole reference as Markdown."""
    parts = [INTRODUCTION, _options("Options of every command", hcr, click.Context(hcr, info_name="hcr"))]
    for ctx in _commands(click.Context(hcr, info_name="hcr DIR")):
        parts.append(_command(ctx))
    parts.append(
        _table("## Exit codes", ("code", "says"), [(str(code), EXIT_CODES[code]) for code in EXIT_CODES])
    )
    parts.append(
        _table("## Environment", ("variable", "meaning"), [(f"`{key}`", VARIABLES[key]) for key in VARIABLES])
    )
    return "\n".join(parts)


def _commands(parent: click.Context) -> Iterator[click.Context]:
    """Yield a context of each command below a group, depth first; groups are not commands by themselves."""
    group = parent.command
    if not isinstance(group, click.Group):
        yield parent
        return
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is not None:
            yield from _commands(click.Context(command, info_name=name, parent=parent))


def _command(ctx: click.Context) -> str:
    command = ctx.command
    words = [ctx.command_path, *(one.make_metavar(ctx) for one in _arguments(command))]
    return _options(" ".join(words), command, ctx, text=_help(command))


def _arguments(command: click.Command) -> list[click.Argument]:
    return [one for one in command.params if isinstance(one, click.Argument)]


def _help(command: click.Command) -> str:
    """Return a help text as Markdown: what click must not rewrap is a block."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    return "\n\n".join(
        "\n".join(f"    {line}" for line in text.splitlines()[1:]) if text.startswith("\b") else text
        for text in paragraphs
    )


def _options(title: str, command: click.Command, ctx: click.Context, *, text: str = "") -> str:
    options = [one for one in command.get_params(ctx) if isinstance(one, click.Option)]
    records = [one.get_help_record(ctx) for one in options if "--help" not in one.opts]
    rows = [(f"`{record[0]}`", record[1]) for record in records if record is not None]
    head = f"## {title}\n" + (f"\n{text}\n" if text else "")
    return _table(head, ("option", "meaning"), rows) if rows else head


def _table(head: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return f"{head.rstrip()}\n\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
