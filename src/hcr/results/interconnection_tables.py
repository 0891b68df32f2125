"""Tables of an interconnection study: what each bus can host, the queue, what it costs, and who pays.

Units of the queue are named by their number in the first sequence. Sequences count from 0, rounds from 1.
Where a unit left the queue and the rest was studied again, `withdrawn` is its number, and NULL elsewhere.
"""

from hcr.results.table import DOUBLE, FEEDER, FLAG, INTEGER, SCENARIO, TEXT, YEAR, Column, Table

_TASK = (FEEDER, SCENARIO, YEAR)
_SEQUENCE = Column("sequence", INTEGER, "", "Order of the queue, from 0.")
_UNIT = Column("unit", INTEGER, "", "Number of the unit.")
_BUS = Column("bus", TEXT, "", "Bus of the model.")
_KIND = Column("kind", TEXT, "", "Kind of resource: `pv`, `bat` (battery) or `der` (generator).")
_WITHDRAWN = Column("withdrawn", INTEGER, "", "Unit that had left the queue; NULL where none had.")
_LIMIT = Column("limit", TEXT, "", "Name of the limit, such as `voltage_vdiff`.")
_ELEMENT = Column("element", TEXT, "", "Node, bus, element or island that decides.")
_MEASURED_IN = Column("measured_in", TEXT, "", "Unit of the values in this row; empty for ratios.")
_SHARED_UNIT = "of `measured_in`"


def _kw(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "kW", meaning)


def _usd(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, "USD", meaning)


def _measured(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, _SHARED_UNIT, meaning)


def _table(name: str, meaning: str, *columns: Column) -> Table:
    return Table(f"interconnection_{name}", meaning, (*_TASK, *columns), place="plain", extension=True)


_SIZE = (
    _kw("kw", "Active power."),
    Column("kva", DOUBLE, "kVA", "Rating of the inverter or machine."),
    Column("kwh", DOUBLE, "kWh", "Energy of a battery; NULL for whatever stores nothing."),
)

HOSTING_CAPACITY = _table(
    "hosting_capacity",
    "One row per bus: what it can take with nothing else connected, and what limits it.",
    _BUS,
    _KIND,
    *_SIZE,
    _kw("passing_kw", "Largest size that was tried and kept to all limits; NULL where none did."),
    _kw("failing_kw", "Smallest size that was tried and did not; NULL where none failed."),
    Column("end", TEXT, "", "Why the search ended: `bracketed`, `below_floor` or `capped`."),
    _LIMIT,
    _ELEMENT,
    _measured("value", "Found with the smallest size that failed."),
    _measured("bound", "What it is held against: a limit, or the feeder as it is."),
    _MEASURED_IN,
    Column("limits", INTEGER, "", "Limits violated by that size; all are in `interconnection_violations`."),
    _kw("start_kw", "Size at which the search began."),
    Column("trials", INTEGER, "", "Sizes that the search went through, those that `infer` spared included."),
    Column("kv", DOUBLE, "kV", "Nominal voltage, phase to phase."),
    Column("phases", INTEGER, "", "Phases of the bus."),
    Column("x", DOUBLE, "of the model", "East coordinate of the bus; NULL where the model has none."),
    Column("y", DOUBLE, "of the model", "North coordinate."),
)

UNITS = _table(
    "units",
    "One row per unit of the queue.",
    _UNIT,
    Column("name", TEXT, "", "What planners call it."),
    _BUS,
    _KIND,
    *_SIZE,
)

ROUNDS = _table(
    "rounds",
    "One row per sequence and unit that asked to connect.",
    _WITHDRAWN,
    _SEQUENCE,
    Column("round", INTEGER, "", "Place in the sequence, from 1."),
    _UNIT,
    _BUS,
    _kw("asked_kw", "Size that was asked for."),
    _kw("installed_kw", "Size that was connected."),
    _kw("left_kw", "What the bus could take beyond that."),
    Column("passed", FLAG, "", "The size asked for kept to all limits."),
    Column("violations", INTEGER, "", "Limits violated after it."),
    Column("upgrades", INTEGER, "", "Upgrades made for it."),
    _usd("cost_usd", "What they cost."),
    Column("cleared", FLAG, "", "No limit is violated after them."),
    Column("note", TEXT, "", "Why upgrades ended without clearing all; empty otherwise."),
)

SEQUENCES = _table(
    "sequences",
    "One row per order of the queue: what connects before a limit is violated, and what that costs.",
    _SEQUENCE,
    Column("order", TEXT, "", "Numbers of the units in their order, joined by commas."),
    Column("trigger", INTEGER, "", "Unit with which the first violation came; NULL where none did."),
    Column("trigger_bus", TEXT, "", "Its bus."),
    _kw("trigger_kw", "Its size."),
    _kw("installed_kw", "All units up to that one, itself included."),
    _usd("trigger_cost_usd", "Upgrades that it triggered."),
    _usd("cost_usd", "All upgrades of the sequence."),
    Column("usd_per_trigger_kw", DOUBLE, "USD/kW", "Upgrades it triggered over the size of the trigger."),
    Column("usd_per_installed_kw", DOUBLE, "USD/kW", "The same over all that was installed by then."),
    Column("ended", TEXT, "", "Why it ended before the last unit; empty where it did not."),
)

VIOLATIONS = _table(
    "violations",
    "One row per limit that is violated: in the feeder as it is (`base`), by the smallest failing size of a "
    "search (`hosting_capacity`), or after a round (`round`).",
    Column("found_in", TEXT, "", "`base`, `hosting_capacity` or `round`."),
    _WITHDRAWN,
    Column("sequence", INTEGER, "", "Order of the queue; NULL outside rounds."),
    Column("round", INTEGER, "", "Place in the sequence; NULL outside rounds."),
    Column("bus", TEXT, "", "Bus at which the resource is tried or connected; NULL for `base`."),
    _LIMIT,
    _ELEMENT,
    _measured("value", "What was found."),
    _measured("bound", "What it is held against."),
    _measured("margin", "Distance to the bound; negative beyond it."),
    _measured("tolerance", "By how much the margin may be negative."),
    _MEASURED_IN,
)

UPGRADES = _table(
    "upgrades",
    "One row per upgrade, in the order in which they were made.",
    _WITHDRAWN,
    _SEQUENCE,
    Column("round", INTEGER, "", "Place in the sequence of the unit that triggered it."),
    _UNIT,
    Column("kind", TEXT, "", "`line`, `transformer`, `tap`, `regulator` or `new_regulator`."),
    Column("element", TEXT, "", "What was upgraded."),
    _measured("old", "Normal amps, rating, tap or set point before."),
    _measured("new", "The same after."),
    _MEASURED_IN,
    Column("length_ft", DOUBLE, "ft", "Circuits built; 0 for whatever has no length."),
    _usd("cost_usd", "What it costs."),
    Column("edits", TEXT, "", "OpenDSS commands that make the change, joined by semicolons."),
)

COMPARISON = _table(
    "comparison",
    "One row per sequence, bus of the queue and kind of unit there: what it can take alone, and in it.",
    _SEQUENCE,
    _BUS,
    _KIND,
    _kw("independent_kw", "With nothing else connected."),
    _kw("sequence_kw", "At the end of the sequence before its violation, its own units counted in."),
    _kw("upgraded_kw", "After the upgrades, beyond what is installed; NULL without upgrades."),
)

PAYMENTS = _table(
    "payments",
    "One row per sequence, rule and unit: what it pays.",
    _SEQUENCE,
    Column("rule", TEXT, "", "`trigger`, `pro_rata`, `gain` or `shapley`."),
    _UNIT,
    _usd("cost_usd", "What it pays."),
    Column("share", DOUBLE, "0 to 1", "Share of what all pay."),
    _usd("standard_error_usd", "Of a cost that is the average of a sample, else 0."),
    Column("usd_per_kw", DOUBLE, "USD/kW", "Cost over the size of the unit."),
    Column("note", TEXT, "", "Why the rule could not be followed to the letter; empty where it was."),
)

GAINS = _table(
    "gains",
    "One row per unit: what the upgrades of the first sequence do for its bus, without any unit connected.",
    _UNIT,
    _BUS,
    _kw("kw", "Size of the unit."),
    _kw("before_kw", "Hosting capacity of the bus before the upgrades."),
    _kw("after_kw", "The same after them."),
    _kw("gain_kw", "After less before."),
)

WITHDRAWALS = _table(
    "withdrawals",
    "One row per unit that leaves the queue and unit that stays, each paying for its own upgrades.",
    Column("withdrawn", INTEGER, "", "Unit that leaves."),
    Column("unit", INTEGER, "", "Unit that stays."),
    _usd("before_usd", "What it pays in the whole queue."),
    _usd("after_usd", "What it pays in the queue without the other."),
    _usd("change_usd", "After less before."),
)

BASE_MARGINS = _table(
    "base_margins",
    "One row per limit: how far the feeder as it is, with nothing connected, is from it.",
    _LIMIT,
    _ELEMENT,
    _measured("value", "What was found."),
    _measured("bound", "The limit."),
    _measured("margin", "Distance to it; negative beyond it."),
    _measured("tolerance", "By how much the margin may be negative."),
    _MEASURED_IN,
    Column("passed", FLAG, "", "The limit is kept to, within the tolerance."),
)

SUMMARY = _table(
    "summary",
    "One row: how large the study was.",
    Column("engine", TEXT, "", "`batch` or `opendss`."),
    Column("buses", INTEGER, "", "Buses of the model."),
    Column("candidates", INTEGER, "", "Buses whose capacity was sought."),
    Column("monitors", INTEGER, "", "Buses at which voltage changes were watched."),
    Column("islands", INTEGER, "", "Parts of the feeder that reclosers bound."),
    Column("units", INTEGER, "", "Units of the queue."),
    Column("queue_kw", DOUBLE, "kW", "All that they ask for."),
    Column("sequences", INTEGER, "", "Orders of the queue."),
    Column("scenario_days", INTEGER, "", "Days that were solved."),
    Column("warnings", INTEGER, "", "Warnings of the study."),
)

INTERCONNECTION_TABLES = (
    *(SUMMARY, BASE_MARGINS, HOSTING_CAPACITY, UNITS, SEQUENCES, ROUNDS, VIOLATIONS, UPGRADES),
    *(COMPARISON, PAYMENTS, GAINS, WITHDRAWALS),
)
