"""What runs inside a task process: a job in, an outcome out."""

from dataclasses import asdict
from pathlib import Path

from hcr.network.library import Library
from hcr.service.job import Job, Outcome
from hcr.service.task_reuse import reused
from hcr.studies.task import Task


def run_job(job: Job) -> Outcome:
    """Return the outcome of a task: that of an earlier one with the same inputs, else what is solved now.

    Raises
    ------
    HcrError
        The task has no result; the class says why.
    """
    from hcr.studies.task_inputs import task_inputs  # numpy and OpenDSS: in task processes only

    inputs = task_inputs(job.task, job.library)
    found = reused(job.earlier, inputs, job.results)
    if found is not None:
        return found
    outcome = run_task(job.task, job.library, job.results)
    if task_inputs(job.task, job.library) == inputs:
        return {**outcome, "inputs": inputs}
    changed = f"feeder {job.task.feeder}: its files changed while it was solved; run the package again"
    return {**outcome, "inputs": "", "warnings": [*outcome["warnings"], changed]}


def run_task(task: Task, library: Library, results: Path) -> Outcome:
    """Return the outcome of a task that is solved in any case.

    Raises
    ------
    HcrError
        The task has no result; the class says why.
    """
    from hcr.studies.solve_task import solve_task

    solved = solve_task(task, library, results)
    return {
        "tables": [asdict(one) for one in solved.tables],
        "warnings": list(solved.warnings),
        "model_digest": solved.model_digest,
        "load_data_digest": solved.load_data_digest,
        "utc_offset": solved.utc_offset,
        "engine": solved.engine,
        "engine_reasons": list(solved.engine_reasons),
        "verification": asdict(solved.verification) if solved.verification else None,
        "summary": solved.summary,
    }
