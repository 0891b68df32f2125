"""What is written into the ledger, and what is asked of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hcr.service.tap_settings import TapSettings


@dataclass(frozen=True, slots=True)
class TaskKey:
    """Which task: its package and its place in it."""

    package_id: str
    ordinal: int

    def __str__(self) -> str:
        return f"task {self.ordinal} of {self.package_id}"


@dataclass(frozen=True, slots=True)
class NewPackage:
    """A package to be entered.

    Attributes
    ----------
    tasks : (feeder, scenario, year); engine : what was asked for; author : who submits, None if unknown.
    taps : settings that replace the model's, None for none.
    """

    id: str
    name: str
    kind: str
    request: Mapping[str, object]
    tasks: Sequence[tuple[str, str, int]]
    warnings: Sequence[str] = ()
    engine: str = "auto"
    author: str | None = None
    taps: TapSettings | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task failed: a stable code, and a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which packages a page is of; each text is part of what it must match, an empty one matches all.

    Any of the `authors` will do; without one, all will. Calibrations are never among them: they have lists
    of their own.
    """

    id: str = ""
    name: str = ""
    any_text: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of a list, and in which order."""

    limit: int
    offset: int = 0
    by_name: bool = False
    descending: bool = True
