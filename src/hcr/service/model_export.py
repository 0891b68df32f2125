"""OpenDSS exports: asked for here, made by a process that outlives the caller, kept as files.

    DIR/.hcr/exports/lock                     locked by the one process that makes files
    DIR/.hcr/exports/<number>/request.json    what was asked for, by whom and when
    DIR/.hcr/exports/<number>/model.zip       the files, once they are made
    DIR/.hcr/exports/<number>/failure.json    why there are none
    DIR/.hcr/exports/<number>/attempts        a byte for each time somebody began

The state follows from these files, so no two of them can disagree. A maker that dies leaves neither files
nor a failure behind; whoever looks at the list next starts another one.
"""

import fcntl
import itertools
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hcr.contract.enums import OpenDssModelState
from hcr.service.clock import utc_now
from hcr.service.json_document import read_document, write_document
from hcr.service.place import Place

MOST_ATTEMPTS = 3
"""Times that files are begun, deaths of the maker included, before the export counts as failed."""

NUMBER = re.compile(r"[1-9][0-9]{0,8}")
"""What can be an export's number: an `Int` of the contract."""

log = logging.getLogger("hcr.service")


@dataclass(frozen=True, slots=True)
class ExportFolder:
    """The files of one export."""

    number: int
    path: Path

    @property
    def archive(self) -> Path:
        """Return the path of the zip file; it exists once it is whole."""
        return self.path / "model.zip"

    @property
    def request(self) -> dict[str, Any] | None:
        """Return what was asked for; None of an export that was deleted."""
        return read_document(self.path / "request.json")

    @property
    def attempts(self) -> int:
        """Return how many times somebody began."""
        file = self.path / "attempts"
        return file.stat().st_size if file.exists() else 0

    @property
    def is_waiting(self) -> bool:
        """Return whether there are neither files nor a reason why not."""
        return self.request is not None and self.state()[0] == OpenDssModelState.CREATION.value

    def begin(self) -> bool:
        """Count an attempt and return whether it is worth it; the last one too many fails the export."""
        if self.attempts >= MOST_ATTEMPTS:
            self.fail(f"its process ended early {self.attempts} times")
            return False
        with (self.path / "attempts").open("ab") as stream:
            stream.write(b".")
        return True

    def state(self) -> tuple[str, list[str]]:
        """Return state and errors."""
        if self.archive.is_file():
            return OpenDssModelState.COMPLETED.value, []
        failure = read_document(self.path / "failure.json")
        if failure is not None:
            return str(failure["state"]), [str(failure["error"])]
        return OpenDssModelState.CREATION.value, []

    def fail(self, error: str, state: OpenDssModelState = OpenDssModelState.FAILED) -> None:
        """Note why there are no files."""
        write_document(self.path / "failure.json", {"state": state.value, "error": error})


@dataclass(slots=True)
class ModelExports:
    """All exports of a place.

    Attributes
    ----------
    start : starts the process that makes files; returns a call that says whether it still runs.
    """

    place: Place
    start: Callable[[Place], Callable[[], bool]]
    clock: Callable[[], datetime] = utc_now
    runs: Callable[[], bool] = lambda: False

    def add(self, request: Mapping[str, object], user: str) -> int:
        """Enter a request, start the work and return the export's number; a number is never used again."""
        self.place.exports.mkdir(parents=True, exist_ok=True)
        numbers = itertools.count(max([0, *(one.number for one in self._folders())]) + 1)
        number = next(number for number in numbers if self._claimed(number))
        made = {"createdAt": f"{self.clock().isoformat(timespec='milliseconds')}Z", "createdBy": user}
        write_document(self.folder(number).path / "request.json", {**request, **made})
        self.wake()
        return number

    def all(self) -> list[ExportFolder]:
        """Return the exports that are not deleted, the newest first."""
        found = [one for one in self._folders() if one.request is not None]
        return sorted(found, key=lambda one: -one.number)

    def named(self, number: str) -> ExportFolder | None:
        """Return the folder of the export with this number, as callers write it; None where there is none."""
        if not NUMBER.fullmatch(number):
            return None
        folder = self.folder(int(number))
        return None if folder.request is None else folder

    def folder(self, number: int) -> ExportFolder:
        """Return the folder of an export; it need not exist."""
        return ExportFolder(number, self.place.exports / str(number))

    def waiting(self) -> list[ExportFolder]:
        """Return the exports that are still to be made, the oldest first."""
        return [one for one in reversed(self.all()) if one.is_waiting]

    def wake(self) -> None:
        """See to it that somebody makes what is still to be made."""
        waiting = self.waiting()
        if not waiting or self.runs():
            return
        with self.working() as nobody_else:
            pass
        if not nobody_else:
            return
        try:
            self.runs = self.start(self.place)
        except OSError as error:
            log.exception("no process can be started for exports")
            why = f"no process could be started: {error.strerror or type(error).__name__}"
            for folder in waiting:
                folder.fail(why, OpenDssModelState.COULD_NOT_START)

    @contextmanager
    def working(self) -> Iterator[bool]:
        """Be the one who makes files while the block lasts; False where somebody else is."""
        with (self.place.exports / "lock").open("ab") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True  # closing the file gives the lock back

    def _claimed(self, number: int) -> bool:
        try:
            self.folder(number).path.mkdir()
        except FileExistsError:
            return False
        return True

    def _folders(self) -> list[ExportFolder]:
        if not self.place.exports.is_dir():
            return []
        numbers = [path.name for path in self.place.exports.iterdir() if path.name.isdigit()]
        return [self.folder(int(name)) for name in numbers]


def empty(folder: ExportFolder) -> None:
    """Remove the files of an export; the empty folder keeps its number from being used again."""
    (folder.path / "request.json").unlink(missing_ok=True)  # first: without it the export is not there
    for path in folder.path.iterdir():
        path.unlink(missing_ok=True)
