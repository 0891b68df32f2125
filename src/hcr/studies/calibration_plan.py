"""From the request of a calibration to its tasks: one a feeder."""

from dataclasses import replace

from hcr.contract.calibration import CalibrationInput
from hcr.studies.plan import model_settings, solve_settings
from hcr.studies.task import CalibrationSettings, LoadTime, Task

SCENARIO = "base"


def plan_calibration(
    request: CalibrationInput, *, engine: str = "auto", given_taps: bool = False
) -> list[Task]:
    """Return the tasks of a calibration, in the order of its feeders; none where it names no feeder.

    Parameters
    ----------
    engine : `auto`, `batch` or `opendss`.
    given_taps : whether it begins with tap settings; such a run makes no set of its own.
    """
    times = request.instants
    method = request.chosen_method.value.lower()
    settings = CalibrationSettings(request.calibration_name, times, method, given_taps)
    model = model_settings(request.generator_config)
    solve = replace(
        solve_settings(request.generator_config, model), engine=engine, step_minutes=model.interval_minutes
    )
    return [
        Task(
            feeder,
            SCENARIO,
            times[0].year,
            LoadTime(times[0], None),
            model=model,
            solve=solve,
            calibration=settings,
        )
        for feeder in dict.fromkeys(request.feeders or ())
    ]
