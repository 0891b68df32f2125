"""Calibration: the tap of every distribution transformer, from metered voltages.

    read_street(feeder, task) -> Street         street.py          readings, who hangs on which tap
    Simulation(street)(positions) -> volts      simulation.py      the same readings, from a power flow
        known_powers(street) -> channels        powers.py          what customers draw, gaps filled
        solve_times(case, …) -> SolvedTimes     solved_times.py    by the engine that has a solution
    find_by_rule(metering, …) -> Findings       documented.py      one time, the rule of the original service
    find_jointly(metering, …) -> Findings       joint.py           many times, robust, with confidences
        polish(errors, …) -> Levels             levels.py          what all transformers share, time by time
        posterior(groups, …) -> Posterior       posterior.py       how likely each position is
        unsteady, far_off                       faulty_meters.py   which meters are not to be believed
    calibration_rows(findings, …)               tables.py          the tables
    calibrate(task, library, out) -> Calibrated calibrate.py       all of it

Errors are natural logarithms of measured over simulated voltage, so that taps, which multiply, add up.
Method and limits: `docs/calibration.md`.
"""
