"""Whether somebody agrees to what a command is about to change: at a terminal, or by a word in a pipe."""

import os
import sys

import click

from hcr.errors import UsageError

LONGEST_ANSWER = len("yes\r\n")
"""Bytes; what stands in a pipe and is longer is no answer, but perhaps the next IDs of a loop."""

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False}


def can_be_asked() -> bool:
    """Return whether somebody sits at the other end of stdin."""
    return sys.stdin is not None and sys.stdin.isatty()


def confirm(question: str, *, unanswered: UsageError | None = None) -> None:
    """Ask at a terminal; elsewhere take the answer that stands in the pipe, and never wait for one.

    Raises
    ------
    click.Abort
        The answer is no.
    UsageError
        `unanswered`: nobody can be asked, and no answer stands in the pipe; without it that is a yes.
    """
    if can_be_asked():
        click.confirm(question, abort=True, err=True)
        return
    answer = _piped_answer()
    if answer is None and unanswered is not None:
        raise unanswered
    if answer is False:
        click.echo(f"{question} The answer is no; nothing was changed.", err=True)
        raise click.Abort


def _piped_answer() -> bool | None:
    """Return the yes or no that stands in stdin; None, and all is left there, where no short word does."""
    try:
        stdin = sys.stdin.fileno()
        if not 0 < _bytes_waiting(stdin) <= LONGEST_ANSWER:
            return None
        word = os.read(stdin, LONGEST_ANSWER).decode("ascii", "replace")
    except (AttributeError, OSError):  # there is no stdin, or none that can tell
        return None
    return _ANSWERS.get(word.strip().lower())


def _bytes_waiting(descriptor: int) -> int:
    """Return how many bytes can be read without waiting; 0 where the system cannot tell."""
    try:
        import fcntl
        import termios
    except ModuleNotFoundError:  # Windows
        return 0
    count = fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4)
    return int.from_bytes(count, sys.byteorder)
