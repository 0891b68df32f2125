"""Tables of a calibration: the two documented ones, and the evidence behind them.

Errors are measured minus simulated voltage, in per cent of the simulated one.
"""

from hcr.results.table import DOUBLE, FEEDER, FLAG, INTEGER, SCENARIO, TEXT, TIME, YEAR, Column, Table

_CALIBRATION = Column("calibration_id", TEXT, "", "Name of the calibration.")
_FEEDER_ID = Column("feeder_id", TEXT, "", "mRID of the feeder.")
_TRANSFORMER = Column("transformer_id", TEXT, "", "mRID of the transformer.")
_KEYS = (_CALIBRATION, _FEEDER_ID)
_TASK = (FEEDER, SCENARIO, YEAR)


def _percent(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "%", meaning)


def _volts(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "V", meaning)


METER_RESULTS = Table(
    "calibration_meter_results",
    "One row per customer and time: measured and simulated voltage, phase to neutral, before the run moved "
    "any tap.",
    (
        *_KEYS,
        Column("cpi_id", TEXT, "", "Identifier of the customer's connection."),
        Column("ec_mrid", TEXT, "", "Load element of the model."),
        Column("timestamp", TIME, "UTC", "End of the interval."),
        Column("transformer_id", TEXT, "", "Transformers that feed the customer, joined by commas."),
        _volts("instant_voltage_avg", "Measured, mean over the phases."),
        _volts("min_voltage_avg", "Lowest measured in the interval; NULL, the library has means only."),
        _volts("max_voltage_avg", "Highest measured in the interval; NULL, the library has means only."),
        _volts("simulated_instant_voltage_avg", "Simulated, mean over the customer's phases."),
        _volts("instant_voltage_difference", "Measured - simulated."),
        _volts("min_voltage_difference", "NULL, as above."),
        _volts("max_voltage_difference", "NULL, as above."),
        _percent("instant_voltage_difference_percent", "The same in per cent of the simulated."),
        _percent("min_voltage_difference_percent", "NULL, as above."),
        _percent("max_voltage_difference_percent", "NULL, as above."),
        Column("pqv_valid", FLAG, "", "The measured voltage is between 180 and 263 V."),
        Column("simulated_valid", FLAG, "", "The simulated voltage is between 180 and 263 V."),
        Column("single_feed_transformer", FLAG, "", "Exactly one transformer feeds the customer."),
    ),
    place="plain",
)

CALIBRATED_TAPS = Table(
    "calibrated_taps",
    "One row per transformer whose tap was found. Not written when the run began with given tap settings.",
    (
        Column("calibration_set", TEXT, "", "Name of the calibration."),
        FEEDER,
        _TRANSFORMER,
        Column("nominal_tap_pos", INTEGER, "", "Position before the run, 4 of 8 where the model has none."),
        Column("tap_set_pos", INTEGER, "", "Position found; a higher one gives a higher LV voltage."),
        Column("tap_high_limit", INTEGER, "", "Highest position."),
        Column("tap_low_limit", INTEGER, "", "Lowest position."),
        Column("control_enabled", FLAG, "", "False: off-load taps do not move."),
        Column("step_voltage_increment", DOUBLE, "pu", "One step; 0.025 is 2.5 %."),
    ),
    place="plain",
)

TRANSFORMERS = Table(
    "calibration_transformers",
    "One row per distribution transformer: what was found, how sure it is, or why nothing was found.",
    (
        *_TASK,
        _TRANSFORMER,
        Column("zone", TEXT, "", "What people call the transformers of this LV network."),
        Column("winding", INTEGER, "", "Winding with the tap, from 1."),
        Column("tap_before", INTEGER, "", "Position before the run."),
        Column("tap_found", INTEGER, "", "Position found; NULL where none was."),
        Column("tap_pu", DOUBLE, "pu", "Turns of the winding at the position found, else at the one before."),
        Column("confidence", DOUBLE, "0 to 1", "Probability of the position found."),
        Column("runner_up", INTEGER, "", "Second likeliest position."),
        Column("runner_up_confidence", DOUBLE, "0 to 1", "Its probability."),
        Column("doubtful", FLAG, "", "The position found should be looked at before it is used."),
        Column("reason", TEXT, "", "Why it is doubtful, or why nothing was found; empty otherwise."),
        Column("customers", INTEGER, "", "Customers whom it alone feeds."),
        Column("customers_used", INTEGER, "", "Those whose readings counted."),
        _percent("deviation_percent", "Mean error before the run, upstream level taken off."),
        _percent("spread_percent", "Standard error of the deviation."),
        _percent(
            "error_before_percent", "Root mean square of the median error, level off, over held-out times."
        ),
        _percent("error_after_percent", "The same with the taps found."),
        Column("x", DOUBLE, "of the model", "East coordinate of its bus; NULL where the model has none."),
        Column("y", DOUBLE, "of the model", "North coordinate."),
    ),
    place="plain",
    extension=True,
)

CANDIDATES = Table(
    "calibration_candidates",
    "One row per transformer and tap position: how likely the position is.",
    (
        *_TASK,
        _TRANSFORMER,
        Column("tap_pos", INTEGER, "", "Position."),
        _percent("left_over_percent", "Error that would be left at this position, upstream level taken off."),
        Column("probability", DOUBLE, "0 to 1", "Probability of the position."),
    ),
    place="plain",
    extension=True,
)

CUSTOMERS = Table(
    "calibration_customers",
    "One row per customer: whether the meter counted, and its error before and after.",
    (
        *_TASK,
        Column("cpi_id", TEXT, "", "Identifier of the customer's connection."),
        Column("ec_mrid", TEXT, "", "Load element of the model."),
        Column("transformer_id", TEXT, "", "Transformers that feed the customer, joined by commas."),
        Column("readings", INTEGER, "", "Times with a valid voltage, measured and simulated."),
        Column("used", FLAG, "", "The meter counted for the tap of its transformer."),
        Column("held_out", FLAG, "", "The meter was kept back to check the result."),
        Column("reason", TEXT, "", "Why the meter did not count; empty where it did."),
        _percent("error_before_percent", "Median over the held-out times; all times where there are none."),
        _percent("error_after_percent", "The same with the taps found."),
    ),
    place="plain",
    extension=True,
)

TIMES = Table(
    "calibration_times",
    "One row per time: the upstream level, and the error of transformers before and after.",
    (
        *_TASK,
        Column("timestamp", TIME, "UTC", "End of the interval."),
        Column("held_out", FLAG, "", "The time was kept back to check the result."),
        Column("readings", INTEGER, "", "Customers with a valid voltage, measured and simulated."),
        _percent("level_percent", "Upstream voltage found, beyond what the model has."),
        _percent("error_before_percent", "Root mean square over transformers of their median error."),
        _percent("error_after_percent", "The same with the taps found."),
    ),
    place="plain",
    extension=True,
)

SUMMARY = Table(
    "calibration_summary",
    "One row per feeder: method, ambiguity, and errors on what was held out.",
    (
        *_TASK,
        Column("method", TEXT, "", "`documented` or `joint`."),
        Column("engine", TEXT, "", "`batch` or `opendss`."),
        Column("solves", INTEGER, "", "Times that the network was solved, each for all times."),
        Column("times", INTEGER, "", "Times with readings."),
        Column("held_out_times", INTEGER, "", "Those kept back."),
        Column("transformers", INTEGER, "", "Distribution transformers."),
        Column("found", INTEGER, "", "Those whose tap was found."),
        Column("doubtful", INTEGER, "", "Those of them that are doubtful."),
        Column("customers", INTEGER, "", "Customers in service."),
        Column("customers_used", INTEGER, "", "Those whose readings counted."),
        _percent("level_percent", "Mean upstream voltage found, beyond what the model has."),
        _percent("other_level_percent", "Mean upstream voltage, were all taps the other likely way."),
        Column("other_level_probability", DOUBLE, "0 to 1", "Probability of that other way."),
        _percent("held_out_times_before_percent", "Error of transformers on held-out times, before."),
        _percent("held_out_times_after_percent", "The same after."),
        _percent("held_out_customers_before_percent", "Error of held-out customers on all times, before."),
        _percent("held_out_customers_after_percent", "The same after."),
    ),
    place="plain",
    extension=True,
)

CALIBRATION_TABLES = (METER_RESULTS, CALIBRATED_TAPS, TRANSFORMERS, CANDIDATES, CUSTOMERS, TIMES, SUMMARY)
