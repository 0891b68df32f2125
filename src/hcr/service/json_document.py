"""JSON files of the service: whole or absent, whoever is killed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hcr.replacement import replacing


def write_document(path: Path, document: Mapping[str, object]) -> None:
    """Write a JSON object in one step.

    Raises
    ------
    NoSpaceError
        The disk is full.
    """
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(document, sort_keys=True), encoding="utf-8")


def read_document(path: Path) -> dict[str, Any] | None:
    """Return the object of a JSON file; None where there is no such file, or it holds something else."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None
