"""What a calibration found and why, as our own service answers it; null, and what is strange, become None."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Self

from hcr.client.wire_values import fields_of, flag_of, instant_of, integer_of, items_of, number_of, text_of

_READERS = {
    str: text_of,
    float | None: number_of,
    int | None: integer_of,
    bool | None: flag_of,
    datetime | None: instant_of,
}


class _Row:
    """A row of a table: its fields are those of the answer in snake case."""

    @classmethod
    def selection(cls) -> str:
        """The fields as a query asks for them."""
        return " ".join(_camel(field.name) for field in fields(cls))  # type: ignore[arg-type]

    @classmethod
    def read(cls, value: object) -> Self:
        """The row of an answer."""
        given = fields_of(value)
        values: dict[str, Any] = {
            field.name: _READERS[field.type](given.get(_camel(field.name)))  # type: ignore[index]
            for field in fields(cls)  # type: ignore[arg-type]
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class TransformerFinding(_Row):
    """What was found for one transformer; the contract tells the meaning of each field."""

    feeder: str
    transformer_id: str
    zone: str
    winding: int | None
    tap_before: int | None
    tap_found: int | None
    tap_pu: float | None
    confidence: float | None
    runner_up: int | None
    runner_up_confidence: float | None
    doubtful: bool | None
    reason: str
    customers: int | None
    customers_used: int | None
    deviation_percent: float | None
    spread_percent: float | None
    error_before_percent: float | None
    error_after_percent: float | None
    x: float | None
    y: float | None


@dataclass(frozen=True, slots=True)
class TapCandidate(_Row):
    """How likely one position is."""

    tap_pos: int | None
    left_over_percent: float | None
    probability: float | None


@dataclass(frozen=True, slots=True)
class CustomerFinding(_Row):
    """Whether a customer's meter counted, and its error before and after."""

    cpi_id: str
    ec_mrid: str
    transformer_id: str
    readings: int | None
    used: bool | None
    held_out: bool | None
    reason: str
    error_before_percent: float | None
    error_after_percent: float | None


@dataclass(frozen=True, slots=True)
class TimeFinding(_Row):
    """One instant: the upstream level, and the error before and after."""

    timestamp: datetime | None
    held_out: bool | None
    readings: int | None
    level_percent: float | None
    error_before_percent: float | None
    error_after_percent: float | None


@dataclass(frozen=True, slots=True)
class FeederFinding(_Row):
    """What came of a feeder."""

    feeder: str
    method: str
    engine: str
    solves: int | None
    times: int | None
    held_out_times: int | None
    transformers: int | None
    found: int | None
    doubtful: int | None
    customers: int | None
    customers_used: int | None
    level_percent: float | None
    other_level_percent: float | None
    other_level_probability: float | None
    held_out_times_before_percent: float | None
    held_out_times_after_percent: float | None
    held_out_customers_before_percent: float | None
    held_out_customers_after_percent: float | None


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


@dataclass(frozen=True, slots=True)
class CalibrationEvidence:
    """What speaks for the tap of one transformer."""

    transformer: TransformerFinding
    candidates: tuple[TapCandidate, ...]
    customers: tuple[CustomerFinding, ...]

    SELECTION: ClassVar[str] = (
        f"transformer {{ {TransformerFinding.selection()} }} candidates {{ {TapCandidate.selection()} }}"
        f" customers {{ {CustomerFinding.selection()} }}"
    )

    @classmethod
    def read(cls, value: object) -> "CalibrationEvidence":
        """The evidence of an answer."""
        given = fields_of(value)
        return cls(
            TransformerFinding.read(given.get("transformer")),
            tuple(TapCandidate.read(one) for one in items_of(given.get("candidates"))),
            tuple(CustomerFinding.read(one) for one in items_of(given.get("customers"))),
        )


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """All that was found on one feeder; `left_out` rows were too many to be answered."""

    summary: FeederFinding
    transformers: tuple[TransformerFinding, ...]
    times: tuple[TimeFinding, ...]
    customers: tuple[CustomerFinding, ...]
    left_out: int = 0

    SELECTION: ClassVar[str] = (
        f"summary {{ {FeederFinding.selection()} }} transformers {{ {TransformerFinding.selection()} }}"
        f" times {{ {TimeFinding.selection()} }} customers {{ {CustomerFinding.selection()} }} leftOut"
    )

    @classmethod
    def read(cls, value: object) -> "CalibrationReport":
        """The report of an answer."""
        given = fields_of(value)
        return cls(
            FeederFinding.read(given.get("summary")),
            tuple(TransformerFinding.read(one) for one in items_of(given.get("transformers"))),
            tuple(TimeFinding.read(one) for one in items_of(given.get("times"))),
            tuple(CustomerFinding.read(one) for one in items_of(given.get("customers"))),
            integer_of(given.get("leftOut")) or 0,
        )
