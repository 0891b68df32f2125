"""Which engine solves a case: the batch engine where it answers as OpenDSS does, else OpenDSS."""

from dataclasses import dataclass

from hcr.errors import ModelError
from hcr.powerflow.coverage import protection_held, sentence, uncovered_elements
from hcr.powerflow.passive import Uncovered
from hcr.studies.case import Case

AUTO, BATCH, OPENDSS = "auto", "batch", "opendss"
"""What can be asked for: the choice is ours, or one of the two engines."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The engine of a task, and what a planner should know about it.

    Attributes
    ----------
    engine : `batch` or `opendss`.
    missing : why OpenDSS was taken although the choice was ours; empty otherwise.
    held : protection and switches that the batch engine leaves as the model has them; none in OpenDSS.
    """

    engine: str
    missing: tuple[Uncovered, ...] = ()
    held: tuple[str, ...] = ()

    def warnings(self, feeder: str) -> tuple[str, ...]:
        """Return sentences for people."""
        if self.missing:
            return (f"{feeder}: solved in OpenDSS, because of {sentence(self.missing)}",)
        if self.held:
            return (
                f"{feeder}: {len(self.held)} fuses, relays and switch controls stay as the model has them",
            )
        return ()


def choose_engine(case: Case) -> EngineChoice:
    """Return the engine that solves a case.

    Raises
    ------
    ModelError
        The batch engine is asked for and does not cover the circuit; elements and reasons are named.
    """
    wanted, mode = case.task.solve.engine, case.task.solve.mode
    if wanted == OPENDSS:
        return EngineChoice(OPENDSS)
    missing = uncovered_elements(case.circuit, case.injections, mode=mode)
    if missing and wanted == BATCH:
        raise _not_covered(case, missing)
    if missing:
        return EngineChoice(OPENDSS, missing=missing)
    return EngineChoice(BATCH, held=protection_held(case.circuit))


def _not_covered(case: Case, missing: tuple[Uncovered, ...]) -> ModelError:
    return ModelError(
        f"feeder {case.task.feeder}: the batch engine does not cover {len(missing)} elements",
        why=sentence(missing),
        remedy="Run it with `--engine opendss`, or with `--engine auto`, which does so where it must.",
    )
