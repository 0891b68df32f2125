"""What a task left behind."""

from dataclasses import dataclass

from hcr.results.table_writer import WrittenTable
from hcr.results.verification import VerificationRecord


@dataclass(frozen=True, slots=True)
class Solved:
    """What a task left behind.

    Attributes
    ----------
    tables : files written, relative to the package's folder.
    warnings : what a planner should know about the data.
    model_digest, load_data_digest : SHA-256 of what was solved; empty where there is no load data.
    utc_offset : of the feeder's local standard time, such as +10:00.
    engine : `batch` or `opendss`; engine_reasons : why it was not the batch engine, if the choice was ours.
    verification : of what the batch engine solved; None in OpenDSS.
    summary : what came of it in one sentence, for people; empty where the tables tell it all.
    """

    tables: tuple[WrittenTable, ...]
    warnings: tuple[str, ...]
    model_digest: str
    load_data_digest: str
    utc_offset: str
    engine: str
    engine_reasons: tuple[str, ...] = ()
    verification: VerificationRecord | None = None
    summary: str = ""
