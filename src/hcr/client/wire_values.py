"""Values of an answer as Python values; services differ in leaf types, so reading is lenient."""

from datetime import UTC, datetime


def fields_of(value: object) -> dict[str, object]:
    """The fields of an object; empty for anything else."""
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def items_of(value: object) -> list[object]:
    """The items of a list; empty for anything else."""
    return list(value) if isinstance(value, list) else []


def text_of(value: object) -> str:
    """Text, numbers as text (an ID may come as either); empty for null."""
    return "" if value is None else str(value)


def texts_of(value: object) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(text_of(item) for item in items_of(value))


def number_of(value: object) -> float | None:
    """A number, also from numeric text; None when it is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def integer_of(value: object) -> int | None:
    """A whole number, also from numeric text (64-bit numbers often come so); None when it is not one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = number_of(value)
    return int(number) if number is not None and number.is_integer() else None


def flag_of(value: object) -> bool | None:
    """True or false, also as text; None when it is neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(text_of(value).lower())


def instant_of(value: object) -> datetime | None:
    """A moment in UTC or with its offset; None when it is not one. Without an offset UTC is meant."""
    try:
        moment = datetime.fromisoformat(text_of(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
