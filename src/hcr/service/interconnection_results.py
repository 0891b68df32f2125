"""What answers what an interconnection study found: the document that its task wrote."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from ariadne import QueryType
from sqlalchemy import Row

from hcr.errors import NotFoundError, UnreadableTableError, UsageError
from hcr.service.ledger import Ledger
from hcr.service.paging import refuse_long
from hcr.service.place import Place
from hcr.service.refusals import answered
from hcr.service.states import ACTIVE, INTERCONNECTION, TaskState

Document: TypeAlias = dict[str, Any]

DOCUMENT = "interconnection"
"""Name of the document among the files of a task."""


class Service(Protocol):
    """What these resolvers need."""

    ledger: Ledger
    place: Place


def bind_interconnection(service: Service, query: QueryType) -> None:
    """Answer what interconnection studies found."""

    @query.field("getInterconnectionResult")
    def result(*_: object, id: str, feeder: str | None = None) -> Document | None:  # noqa: A002
        refuse_long([id, feeder or ""], "id")
        row = service.ledger.package(id)
        if row is None:
            return None
        found: Document = answered(lambda: _read(_file(service, row, feeder)))
        return found


def _file(service: Service, package: Row[Any], feeder: str | None) -> Path:
    """Return the document of a package, or of one feeder of it.

    Raises
    ------
    UsageError
        It is no interconnection study, has not ended, failed, or has several feeders and none is named.
    NotFoundError
        It has no such feeder.
    """
    name = f"work package {package.id}"
    if package.kind != INTERCONNECTION:
        raise UsageError(
            f"{name} has no interconnection result",
            why=f"it is a {package.kind} package",
            remedy="Name an interconnection study; `work-package list` shows what there is.",
        )
    tasks = service.ledger.tasks_of(package.id)
    known = sorted({task.feeder for task in tasks})
    if feeder is not None and feeder not in known:
        raise NotFoundError(f"{name} has no feeder {feeder!r}", why=f"it has {', '.join(known)}")
    chosen = [task for task in tasks if feeder in (None, task.feeder)]
    documents = {one.feeder: path for one in chosen if (path := _path(one)) is not None}
    if not documents:
        raise _unfinished(name, package, chosen)
    if len(documents) > 1:
        raise UsageError(
            f"{name} has not one result but {len(documents)}",
            why=f"the feeders {', '.join(sorted(documents))} have one each",
            remedy="Name the feeder too (--feeder).",
        )
    (path,) = documents.values()
    return service.place.results(package.id) / path


def _path(task: Row[Any]) -> str | None:
    """Return where the document of a task lies in the package's folder; None where it has none."""
    if task.state != TaskState.SUCCEEDED.value:
        return None
    files: Mapping[str, str] = {one["table"]: one["path"] for one in json.loads(task.outcome)["tables"]}
    return files.get(DOCUMENT)


def _unfinished(name: str, package: Row[Any], tasks: Sequence[Row[Any]]) -> UsageError:
    if package.status in ACTIVE:
        return UsageError(
            f"{name} has no result yet",
            why="it has not ended",
            remedy=f"Wait for its end: `work-package monitor {package.id}`.",
        )
    whys = [task.error_message for task in tasks if task.error_message]
    return UsageError(
        f"{name} has no result",
        why=whys[0] if whys else f"it ended as {package.status}",
        remedy="Mend that and run it again; `work-package show` lists what failed.",
    )


def _read(file: Path) -> Document:
    """Return a stored document.

    Raises
    ------
    UnreadableTableError
        The file is gone or damaged; the message tells no folder of this machine.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableTableError(
            f"the stored document {file.name} cannot be read",
            why="its file is gone or damaged",
            remedy="Run the package again.",
        ) from error
    found: Document = document
    return found
