"""Frees the room that results of deleted packages take; files that other packages share stay with those."""

import logging
import os
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass

from hcr.service.ledger import Ledger
from hcr.service.place import Place

CLEAR_SECONDS = 10.0
"""How often a runner looks for results of deleted packages [s]."""

log = logging.getLogger("hcr.service")


@dataclass(slots=True)
class Clearance:
    """Removes results of deleted packages from time to time, while a runner works; `clock` in seconds."""

    ledger: Ledger
    place: Place
    clock: Callable[[], float]
    _again_at: float = float("-inf")

    def now_and_then(self, busy: Collection[str]) -> None:
        """Remove what there is, unless it was looked for a moment ago; `busy` packages have running tasks."""
        if self.clock() >= self._again_at:
            remove_deleted(self.ledger, self.place, busy)
            self._again_at = self.clock() + CLEAR_SECONDS


def remove_deleted(ledger: Ledger, place: Place, busy: Collection[str] = ()) -> None:
    """Remove the results of deleted packages, for the holder of the runners' lease, or while nobody has it.

    A folder that cannot be removed stays for the next time.
    """
    try:
        found = {path.name for path in place.results_home.iterdir()}
    except FileNotFoundError:
        return
    for package_id in sorted(found.intersection(ledger.deleted()) - set(busy)):
        _put_away(place, package_id)
    shutil.rmtree(place.removed, ignore_errors=True)


def _put_away(place: Place, package_id: str) -> None:
    """Rename a folder first: whoever reads finds all of it or nothing, whatever ends this process."""
    try:
        place.removed.mkdir(exist_ok=True)
        place.results(package_id).rename(place.removed / f"{package_id}.{os.urandom(6).hex()}")
    except FileNotFoundError:  # somebody else was faster
        pass
    except OSError as error:
        log.warning("the results of deleted package %s cannot be removed: %s", package_id, error)
