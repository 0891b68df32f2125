"""How stored results of one model compare with OpenDSS; a field that is missing or strange becomes empty."""

from dataclasses import dataclass

from hcr.client.wire_values import fields_of, flag_of, integer_of, number_of, text_of, texts_of


@dataclass(frozen=True, slots=True)
class Verification:
    """One model's results held against OpenDSS.

    Attributes
    ----------
    lanes : intervals solved again; values : values of tables compared.
    voltage_pu, current_a, current_percent : largest differences of the batch engine [pu], [A], [% of rating];
        None where it does not cover the feeder.
    disagreements : sentences about what does not agree.
    """

    feeder: str
    scenario: str
    year: int | None
    lanes: int
    values: int
    voltage_pu: float | None
    voltage_node: str
    current_a: float | None
    current_percent: float | None
    disagreements: tuple[str, ...]
    passed: bool

    @classmethod
    def read(cls, value: object) -> "Verification":
        """The verification of an answer; it counts as passed only if the service says so."""
        fields = fields_of(value)
        return cls(
            feeder=text_of(fields.get("feeder")),
            scenario=text_of(fields.get("scenario")),
            year=integer_of(fields.get("year")),
            lanes=integer_of(fields.get("lanes")) or 0,
            values=integer_of(fields.get("values")) or 0,
            voltage_pu=number_of(fields.get("voltagePu")),
            voltage_node=text_of(fields.get("voltageNode")),
            current_a=number_of(fields.get("currentA")),
            current_percent=number_of(fields.get("currentPercent")),
            disagreements=texts_of(fields.get("disagreements")),
            passed=flag_of(fields.get("passed")) is True,
        )
