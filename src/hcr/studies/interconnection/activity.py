"""What a study does right now, as one line of a file: whoever watches sees that it lives, and how far it is.

Activity(folder)
    .watches(days)              whoever simulates, once that is known
    .begins(part, of=…)         another part of the study, and how many answers it needs, where that is known
    .turns_to(step)             another step of that part
    .heard(questions)           the simulation answered some questions, or is a step nearer to answers
    .ends()                     nothing is done any more

The line is written at most every `PAUSE_S`; where it cannot be written the study goes on without.
"""

import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from hcr.results.layout import ACTIVITY_FILE

PAUSE_S = 0.5


class Counted(Protocol):
    """Days that are counted."""

    solved: int


class Activity:
    """The line of one study.

    Parameters
    ----------
    folder : of the study's own files; None writes nothing.
    """

    def __init__(self, folder: Path | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = folder / ACTIVITY_FILE if folder else None
        self._clock = clock
        self._days: Counted | None = None
        self._part, self._step, self._of = "", "", 0
        self._answers, self._known = 0, set[str]()
        self._told = float("-inf")
        self._compiles: Callable[[], bool] = lambda: False
        self._compiling = False

    def watches(self, days: Counted, compiles: Callable[[], bool]) -> None:
        """Tell of the days that are simulated from now on.

        Parameters
        ----------
        compiles : whether loops are still to be compiled: minutes in which nothing else can be told.
        """
        self._days, self._compiles = days, compiles
        self._compiling = self._still_compiles()

    def begins(self, part: str, *, of: int = 0) -> None:
        """Tell of another part of the study; `of` is how many answers it needs, 0 where nobody knows."""
        self._part, self._step, self._answers, self._of = part, "", 0, of
        self._tell(at_once=True)

    def turns_to(self, step: str) -> None:
        """Tell of another step of this part."""
        self._step = step
        self._tell()

    def heard(self, questions: Iterable[str]) -> None:
        """Count the answers to questions, by their keys; what was counted before counts no more."""
        fresh = set(questions) - self._known
        self._known |= fresh
        self._answers += len(fresh)
        self._tell()

    def ends(self) -> None:
        """Take the line away."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    @property
    def line(self) -> str:
        """Return what the study does."""
        step = f"{self._answers} of {self._of}" if self._of else self._step
        days = self._days.solved if self._days else 0
        parts = [f"{self._part}: {step}" if step else self._part]
        parts += [f"{days} days simulated"] if days else []
        return "; ".join([*parts, *(["compiling loops"] if self._compiling else [])])

    def _still_compiles(self) -> bool:
        with contextlib.suppress(OSError):
            return self._compiles()
        return False

    def _tell(self, *, at_once: bool = False) -> None:
        now = self._clock()
        if self._path is None or not (at_once or now - self._told >= PAUSE_S):
            return
        self._told, self._compiling = now, self._compiling and self._still_compiles()
        # Of one task, and worth no waiting for a disk.
        temporary = self._path.with_name(f".{self._path.name}.tmp")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(f"{self.line}\n", encoding="utf-8")
            temporary.replace(self._path)
