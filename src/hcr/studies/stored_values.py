"""Values of stored tables against those of lanes that were solved again."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from hcr.powerflow.verify import TOLERANCE_PU
from hcr.studies.seasons import Stamps
from hcr.studies.stored_lanes import Rows

TOLERANCE_POWER = 1e-4
"""Relative difference of powers at a zone's head at which they agree; 1 W beside it for those near zero."""

SMALLEST_KW = 1e-3

SHOWN = 5
"""Disagreements of one table that are told before the rest is counted."""

Row = Mapping[str, object]

NAMES = {
    "zone_summary": ("measurement_zone_name",),
    "customer_summary": ("load_id",),
    "energy_meters_raw": ("measurement_zone_name", "timestamp"),
}
"""Columns that name a row, by table."""

PEOPLE_SAY = {"zone_summary": "zone", "customer_summary": "load_id", "energy_meters_raw": "timestamp"}
"""The column by which people know a row."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How many values were compared, and sentences about those that do not agree."""

    values: int
    disagreements: tuple[str, ...]


def compare_tables(stored: Mapping[str, Rows], fresh: Mapping[str, Rows], *, solved: Stamps) -> Compared:
    """Return how stored tables compare with those made of some lanes.

    A stored extreme whose time was solved again must be there again; any other one must not be less extreme
    than what the lanes show. Powers at the heads must be equal wherever the lanes have the time.

    Parameters
    ----------
    fresh : the tables as they would be if the lanes were all there are; `solved` : the lanes' times, UTC.
    """
    times = frozenset(_text(time) for time in solved)
    values, found = 0, []
    for table, rows in stored.items():
        if table not in fresh:
            continue
        chosen = _at_times(rows, solved) if table == "energy_meters_raw" else rows
        checked = list(_checks(table, chosen, fresh[table], times=times))
        wrong = [text for text in checked if text]
        values += len(checked)
        found += [f"{table}: {text}" for text in wrong[:SHOWN]]
        if len(wrong) > SHOWN:
            found.append(f"{table}: {len(wrong) - SHOWN} more values do not agree")
    return Compared(values, tuple(found))


def _checks(table: str, stored: Rows, fresh: Rows, *, times: frozenset[str]) -> Iterator[str]:
    """Yield a sentence for each compared value, empty where it agrees."""
    places = {key: at for at, key in enumerate(_keys(table, fresh))}
    keys = _keys(table, stored)
    label = stored[PEOPLE_SAY[table]]
    for row, key in enumerate(keys):
        at = places.pop(key, None)
        if at is None:
            yield f"{_text(label[row])} is no {PEOPLE_SAY[table]} of the feeder"
            continue
        old, new = _row(stored, row), _row(fresh, at)
        texts = _powers(old, new) if table == "energy_meters_raw" else _extremes(old, new, times=times)
        yield from (text and f"{_text(label[row])}: {text}" for text in texts)
    yield from (f"the row of {'/'.join(key[:-1])} is missing" for key in places)


def _extremes(stored: Row, fresh: Row, *, times: frozenset[str]) -> Iterator[str]:
    for kind, sign in (("min", 1.0), ("max", -1.0)):
        solved_again = _text(stored[f"{kind}_voltage_timestamp"]) in times
        per_unit = _number(fresh[f"{kind}_voltage_pu"])
        for unit in ("pu", "v"):
            name = f"{kind}_voltage_{unit}"
            told, found = _number(stored[name]), _number(fresh[name])
            scale = found / per_unit if per_unit else 1.0
            gap = sign * (told - found)  # above zero: OpenDSS finds a more extreme value than the table
            agrees = (abs(gap) if solved_again else gap) <= TOLERANCE_PU * scale
            both_null = np.isnan(told) and np.isnan(found)
            yield "" if agrees or both_null else f"{name} is {told:.6f}, OpenDSS says {found:.6f}"


def _powers(stored: Row, fresh: Row) -> Iterator[str]:
    for name in ("kwh", "kvarh", "zone_kwh", "gen_kwh"):
        told, found = _number(stored[name]), _number(fresh[name])
        agrees = abs(told - found) <= SMALLEST_KW + TOLERANCE_POWER * abs(found)
        yield "" if agrees else f"{name} is {told:.6g}, OpenDSS says {found:.6g}"


def _at_times(rows: Rows, times: Stamps) -> Rows:
    """Return the rows of a table with one stamp a row that belong to some times."""
    wanted = np.isin(np.ma.getdata(rows["timestamp"]).astype(times.dtype), times)
    return {name: column[wanted] for name, column in rows.items()}


def _row(rows: Rows, at: int) -> Row:
    return {name: column[at] for name, column in rows.items()}


def _keys(table: str, rows: Rows) -> list[tuple[str, ...]]:
    """Return what names each row; the entries of an instant, which share their time, are counted."""
    columns = [[_text(value) for value in rows[name]] for name in NAMES[table]]
    seen: Counter[tuple[str, ...]] = Counter()
    keys = []
    for key in zip(*columns, strict=True):
        keys.append((*key, str(seen[key])))
        seen[key] += 1
    return keys


def _text(value: object) -> str:
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[m]"))
    return str(value)


def _number(value: object) -> float:
    return float("nan") if value is np.ma.masked else float(value)  # type: ignore[arg-type]
