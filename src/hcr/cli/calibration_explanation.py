"""Why a tap was found, for people and for programs: `calibration get-tx-tap-settings ID --explain …`."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hcr.cli.output import Output, render
from hcr.cli.wording import counted

if TYPE_CHECKING:
    from hcr.client.calibration_evidence import CalibrationEvidence, CustomerFinding, TransformerFinding

MOST_CUSTOMERS = 20
"""Customers that people are shown; programs get all."""

CANDIDATE_COLUMNS = ("position", "left_over_%", "probability_%")
CUSTOMER_COLUMNS = ("id", "readings", "counted", "error_before_%", "error_after_%", "reason")
SHEET_COLUMNS = (
    *("cpi_id", "ec_mrid", "transformer_id", "readings", "used", "held_out", "reason"),
    *("error_before_percent", "error_after_percent"),
)


def explain_tap(found: "CalibrationEvidence", output: Output) -> None:
    """Write evidence: a story with two tables, customers as CSV or TSV, or everything as a document."""
    customers = [_rounded(asdict(one)) for one in found.customers]
    if output.audience == "people":
        click.echo(in_words(found), nl=False)
    elif output.audience == "sheet":
        output.many(customers, SHEET_COLUMNS)
    else:
        candidates = [_rounded(asdict(one)) for one in found.candidates]
        story = _rounded(asdict(found.transformer))
        output.one({**story, "candidates": candidates, "customer_readings": customers})


def in_words(found: "CalibrationEvidence") -> str:
    """Return evidence as people read it."""
    parts = ["".join(f"{line}\n" for line in _story(found.transformer))]
    if found.candidates:
        parts.append(render(list(map(_candidate, map(asdict, found.candidates))), CANDIDATE_COLUMNS, "table"))
    if found.customers:
        parts.append(_customers(found))
    return "\n".join(parts)


def _story(one: "TransformerFinding") -> Iterator[str]:
    if one.tap_found is None:
        yield f"Not calibrated: {one.reason or 'the service does not tell why'}."
    elif one.doubtful:
        yield f"Doubtful: {one.reason or 'the service does not tell why'}."
    zone = "" if one.zone in ("", one.transformer_id) else f", of the LV network {one.zone}"
    yield f"Transformer {one.transformer_id} on feeder {one.feeder}{zone}."
    yield from _position(one)
    if one.customers is not None:
        yield f"The meters of {one.customers_used or 0} of its {counted(one.customers, 'customer')} counted."
    if one.error_before_percent is not None:
        after = "" if one.error_after_percent is None else f", {one.error_after_percent:.2f} % after"
        yield f"Error of its voltages: {one.error_before_percent:.2f} % before{after}."


def _position(one: "TransformerFinding") -> Iterator[str]:
    was = "" if one.tap_before is None else f"{one.tap_before}"
    if one.tap_found is None:
        yield f"Its tap stays at position {was}." if was else "Its tap stays where the model has it."
        return
    before = f", was {was}" if was and one.tap_found != one.tap_before else " as before" if was else ""
    sure = "" if one.confidence is None else f"; {_share(one.confidence)} % likely"
    runner_up = (
        f", {_share(one.runner_up_confidence)} % likely" if one.runner_up_confidence is not None else ""
    )
    second = "" if one.runner_up is None else f". The runner-up is position {one.runner_up}{runner_up}"
    yield f"Tap at position {one.tap_found}{before}{sure}{second}."


def _candidate(one: Mapping[str, object]) -> dict[str, object]:
    chance = one["probability"]
    return {
        "position": one["tap_pos"],
        "left_over_%": _two_digits(one["left_over_percent"]),
        "probability_%": _share(chance) if isinstance(chance, float) else None,
    }


def _customers(found: "CalibrationEvidence") -> str:
    """Return the customers as a table, those with a reason first."""
    ordered = sorted(found.customers, key=lambda one: not one.reason)
    text = render(list(map(_customer, ordered[:MOST_CUSTOMERS])), CUSTOMER_COLUMNS, "table")
    more = len(ordered) - MOST_CUSTOMERS
    return text if more <= 0 else f"{text}and {counted(more, 'more customer')}; all of them with -o csv\n"


def _customer(one: "CustomerFinding") -> dict[str, object]:
    return {
        "id": one.cpi_id or one.ec_mrid,
        "readings": one.readings,
        "counted": "yes" if one.used else "kept back" if one.held_out else "no",
        "error_before_%": _two_digits(one.error_before_percent),
        "error_after_%": _two_digits(one.error_after_percent),
        "reason": one.reason,
    }


def _two_digits(value: object) -> str | None:
    return f"{value:.2f}" if isinstance(value, float) else None


def _share(probability: float) -> str:
    return f"{100 * probability:.1f}"


def _rounded(record: Mapping[str, object]) -> dict[str, object]:
    """Return a record with no more digits than anybody reads."""
    return {name: round(value, 5) if isinstance(value, float) else value for name, value in record.items()}
