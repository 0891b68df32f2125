"""Calibration: the tap of every distribution transformer, from metered voltages.

    read_street(feeder, task) -> Street          street.py       readings, who hangs on which tap, what is missing
    Network.simulate(positions) -> volts         network.py      the same readings, from a power flow
    documented.find(...) -> Findings             documented.py   one time, the rule of the original service
    joint.find(...) -> Findings                  joint.py        many times, robust, with confidences
        polish(errors, groups) -> Levels         levels.py       what all transformers share, time by time
        likelihoods / posterior                  posterior.py    how likely each position is
        faults(...)                              faulty_meters.py which meters are not to be believed
    write_findings(findings, ...)                tables.py       the tables
    calibrate(task, library, out) -> Solved      calibrate.py    all of it

Errors are natural logarithms of measured over simulated voltage, so that taps, which multiply, add up.
Method and limits: `docs/calibration.md`.
"""
