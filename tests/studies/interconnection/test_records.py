from dataclasses import replace

import pytest

from hcr.studies.interconnection.metrics import Margin, Metric
from hcr.studies.interconnection.records import deciding, records_of
from hcr.studies.interconnection.resource import Kind
from interconnection_sample import sample

FOUND = records_of(sample())


def rows(name: str, **where: object) -> list[dict[str, object]]:
    return [row for row in FOUND[name] if all(row[key] == value for key, value in where.items())]


def test_a_capacity_tells_bracket_limit_and_place():
    (row,) = rows("hosting_capacity", bus="b8")
    assert (row["kw"], row["passing_kw"], row["failing_kw"], row["end"]) == (200.0, 200.0, 204.0, "bracketed")
    assert (row["limit"], row["element"], row["limits"]) == ("voltage_vdiff", "b8", 2)
    assert (row["x"], row["kv"], row["start_kw"], row["trials"]) == (800.0, 12.47, 400.0, 12)


def test_a_bus_without_limit_has_none():
    (row,) = rows("hosting_capacity", bus="b1")
    assert (row["end"], row["limit"], row["failing_kw"], row["limits"]) == ("capped", None, None, 0)


def test_the_limit_that_is_exceeded_most_decides():
    slight = Margin(Metric.EMERGENCY, -1.0, 0.0, 101.0, 100.0, "%", "Line.1")
    severe = Margin(Metric.V_DIFF, -0.3, 0.0, 3.3, 3.0, "%", "b1")
    assert deciding((slight, severe)) == severe
    assert deciding((slight, replace(slight, element="Line.2"))) == slight
    assert deciding(()) is None


def test_a_sequence_tells_what_its_trigger_costs_by_kw():
    first, _, third = rows("sequences")
    assert (first["order"], first["trigger"], first["trigger_bus"]) == ("1,2,3", 3, "b10")
    assert first["trigger_cost_usd"] == first["cost_usd"] == 58_800.0
    assert first["usd_per_trigger_kw"] == pytest.approx(235.2)
    assert first["usd_per_installed_kw"] == pytest.approx(84.0)
    assert (third["trigger"], third["usd_per_trigger_kw"], third["usd_per_installed_kw"]) == (
        None,
        None,
        None,
    )


def test_a_later_violation_does_not_count_for_the_trigger():
    (second,) = rows("sequences", sequence=1)
    assert (second["trigger_cost_usd"], second["cost_usd"]) == (19_600.0, 22_175.0)


def test_rounds_of_a_withdrawal_stand_apart():
    assert len(rows("rounds", withdrawn=None)) == 7
    assert [row["unit"] for row in rows("rounds", withdrawn=2)] == [1, 3]
    assert sum(row["cost_usd"] for row in rows("upgrades", withdrawn=None)) == 58_800.0 + 22_175.0


def test_violations_tell_where_they_were_found():
    assert [row["limit"] for row in rows("violations", found_in="base")] == ["thermal_norm_hrs"]
    assert len(rows("violations", found_in="hosting_capacity", bus="b8")) == 2
    found = rows("violations", found_in="round", sequence=0, withdrawn=None)
    assert [(row["round"], row["bus"], row["element"]) for row in found] == [
        (3, "b10", "b10"),
        (3, "b10", "b9"),
    ]


def test_payments_gains_and_withdrawals():
    (paid,) = rows("payments", rule="gain", unit=3)
    assert paid["usd_per_kw"] == pytest.approx(180.6)
    assert [row["gain_kw"] for row in rows("gains")] == [300.0, 200.0, 120.0]
    assert [row["change_usd"] for row in rows("withdrawals")] == [0.0, -39_200.0]


def test_units_that_nobody_knows_break_nothing():
    found = records_of(replace(sample(), units=()))
    assert {row["bus"] for row in found["rounds"]} == {None}
    assert found["sequences"][0]["usd_per_trigger_kw"] is None
    assert found["payments"][0]["usd_per_kw"] is None


def test_what_a_bus_can_take_is_told_by_kind():
    first = sample().sequences[0]
    store = replace(first.comparison[0], kind=Kind.BATTERY, sequence_kw=123.0)
    found = records_of(
        replace(sample(), sequences=(replace(first, comparison=(first.comparison[0], store)),))
    )
    assert [(row["bus"], row["kind"], row["sequence_kw"]) for row in found["comparison"]] == [
        ("b4", "pv", 700.0),
        ("b4", "bat", 123.0),
    ]
