"""Which word of a command line is the config directory."""

import difflib
from collections.abc import Collection, Sequence
from pathlib import Path

from hcr.cli.global_options import WITH_VALUE
from hcr.errors import UsageError


def split_directory(
    words: Sequence[str], commands: Collection[str], *, strict: bool = True
) -> tuple[Path, list[str]]:
    """Return the config directory and the other words; `.` where the first word is a command.

    A directory that has the name of a command is meant only where a command follows it.

    Raises
    ------
    UsageError
        The first word is neither a command nor a directory; not while completing, which is not `strict`.
    """
    rest = list(words)
    at = _first_word(rest)
    if at is None:
        return Path(), rest
    word = rest.pop(at)
    following = _first_word(rest[at:])
    next_word = None if following is None else rest[at + following]
    exists = Path(word).is_dir()
    if word in commands and not (exists and next_word in commands):
        return Path(), list(words)
    if exists or next_word == "init":  # which makes the directory
        return Path(word), rest
    if not strict:
        return (Path(word), rest) if next_word in commands else (Path(), list(words))
    raise _nothing_of_that_name(word, next_word, commands)


def _nothing_of_that_name(word: str, next_word: str | None, commands: Collection[str]) -> UsageError:
    near = difflib.get_close_matches(word, commands, 1)
    if near and next_word not in commands:
        remedy = f"Did you mean the command `{near[0]}`? `hcr --help` lists the commands."
    else:
        remedy = f"`hcr {word} init` makes that directory; `hcr --help` lists the commands."
    why = "the first word is a command, or the config directory"
    return UsageError(f"{word!r} is neither a directory nor a command", why=why, remedy=remedy)


def _first_word(words: Sequence[str]) -> int | None:
    """Return the place of the first word that is no option, nor the value of one."""
    takes_value = False
    for at, word in enumerate(words):
        if takes_value or word.startswith("-"):
            takes_value = not takes_value and word in WITH_VALUE
            continue
        return at
    return None
