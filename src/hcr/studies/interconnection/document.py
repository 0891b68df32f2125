"""All that a study found as one JSON document, written beside its tables.

It is whole: tables, report and maps follow from it alone. JSON has no infinite numbers and no nan; they stand
as the texts "Infinity", "-Infinity" and "NaN".
"""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hcr.errors import ConfigError
from hcr.replacement import replacing
from hcr.results.layout import TaskSpan, document_path
from hcr.results.table_writer import WrittenTable
from hcr.studies.interconnection.study_result import StudyResult

FORMAT = "hcr-interconnection-result"
VERSION = 1

DOCUMENT = "interconnection"
"""Name of the document among the files of a package."""

_RESULT = TypeAdapter(StudyResult)


def result_document(result: StudyResult) -> dict[str, object]:
    """Return a result as plain JSON values."""
    plain = _RESULT.dump_python(result, mode="json")
    return {"format": FORMAT, "version": VERSION, "result": _without_nan(plain)}


def result_of_document(document: Mapping[str, Any]) -> StudyResult:
    """Return the result that `result_document` wrote down.

    Raises
    ------
    ConfigError
        It is of another format or version, or something in it is not what it should be.
    """
    found = (document.get("format"), document.get("version"))
    if found != (FORMAT, VERSION):
        raise _unreadable(f"its format and version are {found[0]} and {found[1]}, not {FORMAT} and {VERSION}")
    try:
        return _RESULT.validate_json(json.dumps(document.get("result")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in ("result", *first["loc"]))
        raise _unreadable(f"{place}: {first['msg']}") from None


def write_document(result: StudyResult, folder: Path, *, task: TaskSpan) -> WrittenTable:
    """Write a result's document and return what was written, as one row.

    The file appears whole or not at all; the same result gives the same bytes.

    Parameters
    ----------
    folder : the package's, as for `write_table`.
    """
    path = document_path(folder, DOCUMENT, task=task)
    text = json.dumps(result_document(result), separators=(",", ":"), allow_nan=False) + "\n"
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return WrittenTable(DOCUMENT, path.relative_to(folder).as_posix(), 1, digest)


def _without_nan(value: Any) -> Any:
    """Return JSON values with texts in place of the numbers that JSON lacks."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0.0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_nan(one) for one in value]
    return value


def _unreadable(why: str) -> ConfigError:
    return ConfigError(
        "the document of an interconnection study cannot be read",
        why=why,
        remedy="Run the study again, or read it with the version of hcr that wrote it.",
    )
