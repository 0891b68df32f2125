"""Differences between two packages: made from their stored tables, kept as files.

DIR/.hcr/differences/<id>/difference.json    which packages and models, name, description
DIR/.hcr/differences/<id>/<table>.parquet    the rows
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Row

from hcr.contract.enums import DiffType
from hcr.errors import NotFoundError, UsageError
from hcr.results.layout import safe_part
from hcr.service.clock import utc_now
from hcr.service.input_difference import described
from hcr.service.json_document import read_document, write_document
from hcr.service.ledger import Ledger
from hcr.service.place import Place
from hcr.service.states import CALIBRATION, INTERCONNECTION, TaskState

BASIC, ENHANCED = (
    DiffType.NETWORK_PERFORMANCE_METRICS.value,
    DiffType.NETWORK_PERFORMANCE_METRICS_ENHANCED.value,
)

TABLE = {BASIC: "zone_summary", ENHANCED: "network_performance_metrics_enhanced"}
"""Table that each kind of difference compares."""

MOST_MODELS = 1000
"""Models of one difference; it is answered while the caller waits."""

DOCUMENT = "difference.json"

View: TypeAlias = dict[str, Any]
Model: TypeAlias = tuple[str, str, int]
"""Scenario, feeder and year."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is to be compared.

    Attributes
    ----------
    id, name : of the difference; kind : a `DiffType`; first, second : IDs of the packages.
    scenario, feeder, year : the only models that are meant; None takes all that both packages have.
    season, time_of_day : the only slices of enhanced metrics that are meant.
    """

    id: str
    kind: str
    first: str
    second: str
    name: str | None = None
    scenario: str | None = None
    feeder: str | None = None
    year: int | None = None
    season: str | None = None
    time_of_day: str | None = None

    def means(self, task: Row[Any]) -> bool:
        """Return whether a model is meant."""
        pairs = ((self.scenario, task.scenario), (self.feeder, task.feeder), (self.year, task.year))
        return all(wanted is None or wanted == value for wanted, value in pairs)

    @property
    def slices(self) -> dict[str, str]:
        """Return the values that columns must have."""
        values = {"season": self.season, "time_of_day": self.time_of_day}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Differences:
    """All differences of a place."""

    ledger: Ledger
    place: Place
    clock: Callable[[], datetime] = utc_now

    def make(self, asked: Comparison) -> int:
        """Write a difference and return the number of its rows: zones, or zones and slices.

        Raises
        ------
        NotFoundError
            A package is not there.
        UsageError
            The difference exists, the packages share no solved model, or one lacks the table.
        UnreadableTableError
            A table is damaged.
        """
        from hcr.results.catalogue import table_named  # DuckDB: only here
        from hcr.service.difference_table import write_difference

        folder = self._folder(asked.id)
        self._refuse_taken(asked, folder)
        packages = [self._package(one) for one in (asked.first, asked.second)]
        first, second = (self._files(one, asked) for one in (asked.first, asked.second))
        shared = sorted(first.keys() & second.keys())
        _refuse_models(len(shared))
        table = table_named(TABLE[asked.kind])
        entries = write_difference(
            folder / f"{table.name}.parquet",
            table,
            first=[first[model] for model in shared],
            second=[second[model] for model in shared],
            slices=asked.slices,
        )
        write_document(folder / DOCUMENT, self._document(asked, packages))
        return entries

    def _document(self, asked: Comparison, packages: list[Row[Any]]) -> View:
        inputs = [json.loads(one.request) for one in packages]
        return {
            "diffId": asked.id,
            "name": asked.name,
            "description": described(*inputs),
            "type": asked.kind,
            "scenario": asked.scenario,
            "feeder": asked.feeder,
            "year": asked.year,
            "season": asked.season,
            "timeOfDay": asked.time_of_day,
            "workPackageId1": asked.first,
            "workPackageId2": asked.second,
            "createdAt": f"{self.clock().isoformat(timespec='milliseconds')}Z",
        }

    def one(self, diff_id: str) -> View | None:
        """Return a difference, or None."""
        return read_document(self._folder(diff_id) / DOCUMENT)

    def all(self) -> list[View]:
        """Return all differences, the newest first."""
        folder = self.place.differences
        paths = folder.glob(f"*/{DOCUMENT}") if folder.is_dir() else ()
        found = [document for path in paths if (document := read_document(path)) is not None]
        return sorted(found, key=lambda one: str(one["createdAt"]), reverse=True)

    def edit(self, diff_id: str, given: Mapping[str, str]) -> bool:
        """Change name or description and return whether the difference is there."""
        document = self.one(diff_id)
        if document is None:
            return False
        write_document(self._folder(diff_id) / DOCUMENT, {**document, **given})
        return True

    def _folder(self, diff_id: str) -> Path:
        return self.place.differences / safe_part(diff_id)

    def _refuse_taken(self, asked: Comparison, folder: Path) -> None:
        if not asked.id.strip():
            raise UsageError("the difference needs an ID", remedy="Set diffId, such as a new UUID.")
        if (folder / DOCUMENT).exists():
            raise UsageError(
                f"difference {asked.id} exists already", remedy="Choose another diffId; a new UUID is safe."
            )

    def _package(self, package_id: str) -> Row[Any]:
        row = self.ledger.package(package_id)
        if row is None:
            raise NotFoundError(f"there is no work package {package_id}")
        if row.kind in (CALIBRATION, INTERCONNECTION):
            raise UsageError(
                f"work package {package_id} cannot be compared",
                why=f"it is of kind {row.kind}, which has no tables of measurement zones",
                remedy="Compare forecasts or feeder overrides.",
            )
        return row

    def _files(self, package_id: str, asked: Comparison) -> dict[Model, Path]:
        """Return the table's file of each solved model that is meant."""
        table, root = TABLE[asked.kind], self.place.results(package_id)
        tasks = [one for one in self.ledger.tasks_of(package_id) if one.state == TaskState.SUCCEEDED.value]
        meant = [one for one in tasks if asked.means(one)]
        files = {
            (one.scenario, one.feeder, one.year): root / written["path"]
            for one in meant
            for written in json.loads(one.outcome)["tables"]
            if written["table"] == table
        }
        if meant and not files:
            raise UsageError(
                f"work package {package_id} has no table {table}",
                why="it was not asked for when the package was submitted",
                remedy="Submit it with `resultProcessorConfig.writerConfig.outputWriterConfig."
                "enhancedMetricsConfig.populateEnhancedMetrics` set to true.",
            )
        return files


def _refuse_models(shared: int) -> None:
    if not shared:
        raise UsageError(
            "the packages cannot be compared",
            why="no feeder, scenario and year, of those that are meant, is solved in both",
            remedy="Wait for both packages, or name other ones.",
        )
    if shared > MOST_MODELS:
        raise UsageError(
            f"the packages share {shared} models; at most {MOST_MODELS} are compared at a time",
            remedy="Name a scenario, a feeder or a year.",
        )
