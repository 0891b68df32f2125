"""Duration curves of one piece of equipment, as the service answers them."""

from dataclasses import dataclass

from hcr.client.wire_values import fields_of, integer_of, items_of, number_of, text_of


@dataclass(frozen=True, slots=True)
class DurationCurvePoint:
    """One point of a curve.

    Parameters
    ----------
    percentage_of_time : float or None
        Share of the time in which the power is at least `kw` [%].
    kw : float or None
        Power through the terminal [kW].
    v_base : float or None
        Base voltage at the terminal, in the service's unit.
    """

    conducting_equipment: str
    terminal_sequence_number: int | None
    measurement_zone_type: str
    timestamp: str
    percentage_of_time: float | None
    kw: float | None
    v_base: float | None

    @classmethod
    def read(cls, value: object) -> "DurationCurvePoint":
        """The point of an answer."""
        fields = fields_of(value)
        return cls(
            conducting_equipment=text_of(fields.get("conductingEquipment")),
            terminal_sequence_number=integer_of(fields.get("terminalSequenceNumber")),
            measurement_zone_type=text_of(fields.get("measurementZoneType")),
            timestamp=text_of(fields.get("timestamp")),
            percentage_of_time=number_of(fields.get("percentageOfTime")),
            kw=number_of(fields.get("kw")),
            v_base=number_of(fields.get("vBase")),
        )


@dataclass(frozen=True, slots=True)
class DurationCurve:
    """The curve at one terminal of the equipment."""

    terminal_sequence_number: int | None
    points: tuple[DurationCurvePoint, ...]

    @classmethod
    def read(cls, value: object) -> "DurationCurve":
        """The curve of an answer."""
        fields = fields_of(value)
        points = items_of(fields_of(fields.get("durationCurve")).get("points"))
        return cls(
            integer_of(fields.get("terminalSequenceNumber")),
            tuple(DurationCurvePoint.read(point) for point in points),
        )
