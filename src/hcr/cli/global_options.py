"""Options that every command takes, wherever they stand in the line."""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

FLAGS = frozenset({"-q", "--quiet", "-v", "--verbose", "--debug", "--insecure"})
WITH_VALUE = ("--log-file", "--color")


def global_options(command: F) -> F:
    """Add the options to the top command."""
    for option in (
        click.option(
            "--color",
            type=click.Choice(("auto", "always", "never")),
            help="Colour; auto looks at NO_COLOR, FORCE_COLOR and the terminal.",
        ),
        click.option(
            "--log-file",
            type=click.Path(dir_okay=False),
            help="Trace every call as --debug does, into this file.",
        ),
        click.option("--insecure", is_flag=True, help="Send the token over plain http to another machine."),
        click.option(
            "--debug", is_flag=True, help="Trace every call, secrets taken out; tracebacks for errors."
        ),
        click.option("-v", "--verbose", is_flag=True, help="Say more on stderr."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors."),
    ):
        command = option(command)
    return command


def hoisted(words: Sequence[str]) -> list[str]:
    """Return the words with global options first, so that `hcr . work-package list -q` means `hcr -q …`.

    What follows `--` stays where it is.
    """
    first: list[str] = []
    rest: list[str] = []
    pending = list(words)
    while pending:
        word = pending.pop(0)
        if word == "--":
            return [*first, *rest, word, *pending]
        if word in FLAGS or (word.partition("=")[0] in WITH_VALUE and "=" in word):
            first.append(word)
        elif word in WITH_VALUE and pending:
            first += [word, pending.pop(0)]
        else:
            rest.append(word)
    return [*first, *rest]


def value_of(option: str, words: Sequence[str]) -> str | None:
    """Return the last value given to an option, before anything else of the line is understood."""
    found = None
    for word, following in zip_longest(words, words[1:]):
        if word == option:
            found = following
        elif word.startswith(f"{option}="):
            found = word.partition("=")[2]
    return found
