"""Which engine solves the days of a study: the batch engine where it covers the feeder, else OpenDSS."""

from pathlib import Path
from typing import Protocol

from hcr.errors import ModelError
from hcr.powerflow.coverage import protection_held, sentence, uncovered_elements
from hcr.powerflow.lane_block import WIDTHS
from hcr.powerflow.passive import Uncovered
from hcr.powerflow.scenario_kernels import walk_side_by_side
from hcr.studies.interconnection.batch_days import BatchDays
from hcr.studies.interconnection.opendss_days import OpenDssDays
from hcr.studies.interconnection.setup import OPTIONS, Setup
from hcr.studies.interconnection.trial import Days

BATCH, OPENDSS = "batch", "opendss"

LAST_LOOP = walk_side_by_side
"""The loop that is compiled after all others that trials need, once for each width of blocks."""


class CountedDays(Days, Protocol):
    """Days by a named engine, counted."""

    engine: str
    solved: int


def days_of(setup: Setup, wanted: str, *, threads: int = 1) -> tuple[CountedDays, tuple[str, ...]]:
    """Return whoever solves the days of a study, and what a planner should know about that.

    Parameters
    ----------
    wanted : `auto`, `batch` or `opendss`.

    Raises
    ------
    ModelError
        The batch engine is asked for and does not cover the feeder.
    """
    missing = () if wanted == OPENDSS else _missing(setup)
    if missing and wanted == BATCH:
        raise ModelError(
            f"feeder {setup.mrid}: the batch engine does not cover {len(missing)} elements",
            why=sentence(missing),
            remedy="Run it with `--engine opendss`, or with `--engine auto`, which does so where it must.",
        )
    if wanted == OPENDSS or missing:
        why = (f"{setup.mrid}: solved in OpenDSS, because of {sentence(missing)}",) if missing else ()
        return OpenDssDays(setup), why
    held = protection_held(setup.feeder.circuit)
    warnings = (f"{setup.mrid}: {len(held)} fuses, reclosers and switches stay as the model has them",)
    return BatchDays(setup, threads=threads), warnings if held else ()


def compiles_loops(engine: str) -> bool:
    """Return whether an engine has to compile loops before it solves trials, as far as kept ones tell.

    Machine code is kept for each place that the program is installed at.
    """
    folder = LAST_LOOP.stats.cache_path if engine == BATCH else None
    return folder is not None and len(list(Path(folder).glob(f"*.{LAST_LOOP.__name__}-*.nbc"))) < len(WIDTHS)


def _missing(setup: Setup) -> tuple[Uncovered, ...]:
    circuit = setup.feeder.circuit
    return uncovered_elements(circuit, setup.days[0].injections, mode=OPTIONS.mode)
