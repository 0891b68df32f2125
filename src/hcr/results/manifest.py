"""`manifest.json` of a package: what was asked, what it was computed with, and which files came out.

With it a result can be checked (hashes), explained (options, assumptions) and repeated (digests, versions,
seed). The file is written under a temporary name and renamed, so it is whole or absent.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from hcr.errors import HcrError, NotFoundError
from hcr.replacement import replacing
from hcr.results.layout import MANIFEST_FILE
from hcr.results.table_writer import WrittenTable
from hcr.results.verification import VerificationRecord, read_verification

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What JSON can hold."""

FORMAT = 1
"""Version of the manifest's form; a reader refuses a higher one."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A choice that the sources leave open, and the numbers it uses.

    Attributes
    ----------
    name : stable word for it; meaning : one sentence; values : numbers by name, units in the names.
    """

    name: str
    meaning: str
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One task of the package.

    Attributes
    ----------
    feeder, scenario, year : the task; state : its final state.
    model_digest, load_data_digest : hex digests of the inputs, empty where there were none.
    utc_offset : of the feeder's local standard time, such as +10:00; None where the task was not solved.
    tables : files written; warnings : sentences for people.
    engine : power-flow engine that solved it, empty where none did.
    engine_reasons : why it was not the batch engine although the choice was free, one an element.
    verification : the batch engine's answers held against OpenDSS; None where OpenDSS solved it all.
    inputs : digest of all that it was solved from.
    reused_from : package that solved the same before and whose files these are; empty if it was solved here.
    """

    feeder: str
    scenario: str
    year: int
    state: str
    model_digest: str = ""
    load_data_digest: str = ""
    utc_offset: str | None = None
    tables: tuple[WrittenTable, ...] = ()
    warnings: tuple[str, ...] = ()
    engine: str = ""
    engine_reasons: tuple[str, ...] = ()
    verification: VerificationRecord | None = None
    inputs: str = ""
    reused_from: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a reader needs to know about a package's results.

    Attributes
    ----------
    package_id, kind, name : the package; created_at : ISO 8601, UTC.
    request : the input as it came over the wire.
    engine : power-flow engine that was asked for; versions : of engine and libraries, by name.
    options : `model` and `solve` settings that all tasks share, defaults included.
    seed : of random choices, None without any.
    tolerances : of the power flow, by name.
    warnings : sentences about the request, for people.
    taps : name and run of the calibration whose tap settings were used, with the positions by feeder.
    """

    package_id: str
    kind: str
    name: str
    created_at: str
    request: Mapping[str, Json]
    engine: str
    versions: Mapping[str, str]
    options: Mapping[str, Json] = field(default_factory=dict)
    seed: int | None = None
    tolerances: Mapping[str, float] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
    tasks: tuple[TaskRecord, ...] = ()
    warnings: tuple[str, ...] = ()
    taps: Mapping[str, Json] | None = None


def transformer_ratings(*, normal: float = 1.0, emergency: float = 1.5) -> Assumption:
    """Return the record of how much of its nameplate a transformer may carry.

    The sources leave open whether 100 % or 110 % is normal; we take 100 % (results_tables, A9).
    """
    return Assumption(
        "transformer_ratings",
        "Normal and emergency rating of a transformer, as a share of its nameplate.",
        {"normal": normal, "emergency": emergency},
    )


def manifest_json(manifest: Manifest) -> str:
    """Return the manifest as JSON text, keys sorted."""
    document = {"format": FORMAT, **asdict(manifest)}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def write_manifest(root: Path, manifest: Manifest) -> Path:
    """Write the manifest into the package's folder and return its path."""
    path = root / MANIFEST_FILE
    with replacing(path) as temporary:
        temporary.write_text(manifest_json(manifest), encoding="utf-8", newline="\n")
    return path


def read_manifest(root: Path) -> Manifest:
    """Return the manifest of a package's folder.

    Raises
    ------
    NotFoundError
        The folder has no manifest.
    HcrError
        The manifest cannot be read.
    """
    path = root / MANIFEST_FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return _manifest(document)
    except FileNotFoundError as error:
        raise NotFoundError(
            f"there is no {MANIFEST_FILE} in {root}",
            why="the package has not ended yet, or the folder is another one",
            remedy="Wait for the package, or name the folder that holds its results.",
        ) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise HcrError(
            f"{path} cannot be read",
            why=f"{type(error).__name__}: {error}",
            remedy="Run the package again, or read it with the version of hcr that wrote it.",
        ) from error


def _manifest(document: "dict[str, Any]") -> Manifest:
    """Return the manifest of a parsed document; anything amiss raises a built-in error."""
    parts = dict(document)
    form = parts.pop("format")
    if form != FORMAT:
        raise ValueError(f"its format is {form}, this version of hcr reads {FORMAT}")
    parts["assumptions"] = tuple(Assumption(**record) for record in parts["assumptions"])
    parts["tasks"] = tuple(_task(record) for record in parts["tasks"])
    parts["warnings"] = tuple(parts["warnings"])
    return Manifest(**parts)


def _task(record: "dict[str, Any]") -> TaskRecord:
    verification = record.get("verification")
    return TaskRecord(
        **{
            **record,
            "tables": tuple(WrittenTable(**written) for written in record["tables"]),
            "warnings": tuple(record["warnings"]),
            "engine_reasons": tuple(record.get("engine_reasons", ())),
            "verification": read_verification(verification) if verification else None,
        }
    )
