"""Values of hand-written tables."""

import numpy as np
import pytest

from hcr.powerflow.verify import TOLERANCE_PU
from hcr.studies.stored_values import SHOWN, compare_tables

TIMES = np.array(["2030-01-15T02:30", "2030-01-15T03:00", "2030-01-15T03:30"], "datetime64[us]")
SOLVED = TIMES[:2]


def summary(**changed: object) -> dict[str, np.ndarray]:
    columns: dict[str, object] = {
        "measurement_zone_name": ["z1", "z2"],
        "zone": ["feeder head", "t001"],
        "min_voltage_pu": [0.98, 0.95],
        "min_voltage_v": [0.98 * 250, 0.95 * 250],
        "min_voltage_timestamp": TIMES[[0, 1]],
        "max_voltage_pu": [1.01, 1.05],
        "max_voltage_v": [1.01 * 250, 1.05 * 250],
        "max_voltage_timestamp": TIMES[[0, 1]],
        **changed,
    }
    return {name: np.array(column) for name, column in columns.items()}


def meters(*kwh: float) -> dict[str, np.ndarray]:
    count = len(kwh)
    return {
        "measurement_zone_name": np.array(["z1"] * count),
        "timestamp": TIMES[:count],
        "kwh": np.array(kwh),
        **{name: np.zeros(count) for name in ("kvarh", "zone_kwh", "gen_kwh")},
    }


def texts(stored: dict[str, np.ndarray], fresh: dict[str, np.ndarray]) -> tuple[str, ...]:
    return compare_tables({"zone_summary": stored}, {"zone_summary": fresh}, solved=SOLVED).disagreements


def test_equal_tables_agree_in_every_value():
    found = compare_tables({"zone_summary": summary()}, {"zone_summary": summary()}, solved=SOLVED)
    assert (found.values, found.disagreements) == (8, ())


@pytest.mark.parametrize("kind", ["min", "max"])
@pytest.mark.parametrize("sign", [1, -1])
def test_an_extreme_that_was_solved_again_must_be_there_again(kind: str, sign: int):
    name = f"{kind}_voltage_pu"
    far = summary()
    far[name][1] += sign * 2 * TOLERANCE_PU
    near = summary()
    near[name][1] += sign * 0.5 * TOLERANCE_PU
    (text,) = texts(far, summary())
    assert text.startswith(f"zone_summary: t001: {name} is ")
    assert texts(near, summary()) == ()


def test_volts_are_held_to_the_same_tolerance_in_their_own_unit():
    assert texts(summary(min_voltage_v=[245.0, 237.5 + 0.002]), summary()) == ()
    (text,) = texts(summary(min_voltage_v=[245.0, 237.5 + 0.003]), summary())
    assert "min_voltage_v" in text


def test_an_extreme_of_another_time_may_be_more_extreme_but_not_less():
    elsewhere = {"min_voltage_timestamp": TIMES[[2, 2]]}
    lower = summary(min_voltage_pu=[0.9, 0.9], min_voltage_v=[225.0, 225.0], **elsewhere)
    higher = summary(min_voltage_pu=[0.99, 0.95], min_voltage_v=[247.5, 237.5], **elsewhere)
    assert texts(lower, summary()) == ()
    assert len(texts(higher, summary())) == 2


def test_a_null_agrees_with_nothing_but_a_null():
    dark = {name: [np.nan, 0.95 * scale] for name, scale in (("min_voltage_pu", 1), ("min_voltage_v", 250))}
    null = summary(**dark)
    assert texts(null, summary(**dark)) == ()
    assert len(texts(null, summary())) == 2
    assert len(texts(summary(), summary(**dark))) == 2


def test_masked_values_are_null():
    masked = summary()
    masked["min_voltage_pu"] = np.ma.MaskedArray([0.98, 0.95], mask=[True, False])
    (text,) = texts(masked, summary())
    assert "min_voltage_pu is nan, OpenDSS says 0.980000" in text


def test_rows_too_few_and_too_many_are_named():
    less = {name: column[:1] for name, column in summary().items()}
    assert texts(less, summary()) == ("zone_summary: the row of z2 is missing",)
    assert texts(summary(), less) == ("zone_summary: t001 is no zone of the feeder",)


def test_powers_are_compared_where_the_time_was_solved():
    fresh = {name: column[:2] for name, column in meters(10.0, -4.0, 3.0).items()}

    def found(*kwh: float) -> tuple[str, ...]:
        tables = {"energy_meters_raw": meters(*kwh)}
        return compare_tables(tables, {"energy_meters_raw": fresh}, solved=SOLVED).disagreements

    assert found(10.0, -4.0, 99.0) == ()
    assert found(10.0005, -4.0, 3.0) == ()
    (text,) = found(10.0, -4.01, 3.0)
    assert text == "energy_meters_raw: 2030-01-15T03:00: kwh is -4.01, OpenDSS says -4"


def test_entries_of_one_instant_are_told_apart():
    both = {name: np.repeat(column[:1], 2) for name, column in meters(1.0).items()}
    both["kwh"] = np.array([1.0, 7.0])
    swapped = {**both, "kwh": np.array([7.0, 1.0])}
    same = compare_tables({"energy_meters_raw": both}, {"energy_meters_raw": both}, solved=SOLVED)
    other = compare_tables({"energy_meters_raw": swapped}, {"energy_meters_raw": both}, solved=SOLVED)
    assert same.disagreements == ()
    assert len(other.disagreements) == 2


def test_disagreements_without_end_are_counted():
    many = 40
    columns = {name: np.resize(column, many) for name, column in summary().items()}
    columns["measurement_zone_name"] = np.array([f"z{at}" for at in range(many)])
    wrong = {**columns, "min_voltage_pu": columns["min_voltage_pu"] - 0.1}
    found = compare_tables({"zone_summary": wrong}, {"zone_summary": columns}, solved=SOLVED).disagreements
    assert len(found) == SHOWN + 1
    assert found[-1] == f"zone_summary: {many - SHOWN} more values do not agree"


def test_tables_that_cannot_be_made_again_are_left_alone():
    assert compare_tables({"duration_curves": {}}, {}, solved=SOLVED).values == 0
