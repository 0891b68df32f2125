"""Ends a task process whose task uses more memory than it may; each task answers for itself alone."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

MEMORY_EXIT = 77
"""Exit status of a process that ended because of the memory of the one task it ever had."""

WORN_EXIT = 78
"""Exit status of a process that had tasks before, whose memory it may still hold: a new one is to try."""

WATCH_SECONDS = 0.1

_STATM = Path("/proc/self/statm")


@dataclass(slots=True)
class _Life:
    """What this process has had to do: tasks come one at a time."""

    tasks: int = 0
    busy: bool = False


_LIFE = _Life()


def watch_memory(most_bytes: int | None) -> None:
    """End this process, at once, when a task takes its resident memory above a limit; where that can be told.

    Between tasks it lives on, whatever they left: a pool takes the end of an idle process for a fault.
    """
    if most_bytes is not None and _STATM.exists():
        threading.Thread(target=_watch, args=(most_bytes,), daemon=True).start()


def run_watched(needs_new: bool, function: Callable[..., T], *arguments: Any) -> T:
    """Return what a task gives; where it needs a new process and this one is none, end this one instead."""
    if needs_new and _LIFE.tasks:
        os._exit(WORN_EXIT)
    _LIFE.tasks += 1
    _LIFE.busy = True
    try:
        return function(*arguments)
    finally:
        _LIFE.busy = False


def _watch(most_bytes: int) -> None:
    page_bytes = os.sysconf("SC_PAGE_SIZE")
    while not (_LIFE.busy and int(_STATM.read_text().split()[1]) * page_bytes > most_bytes):
        time.sleep(WATCH_SECONDS)
    os._exit(MEMORY_EXIT if _LIFE.tasks == 1 else WORN_EXIT)
