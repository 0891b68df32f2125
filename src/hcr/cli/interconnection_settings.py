"""What an interconnection study was asked, as parts of its report: options, and prices with their sources."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum

from hcr.cli.page import table
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.unit_costs import UnitCosts

COSTS = "upgrades.costs"

WRITTEN = {"sharing.gain.": "sharing.gain_", "sharing.sampling.": "sharing.shapley."}
"""Beginnings of options that a run configuration writes in another way."""


def asked(settings: StudySettings | None) -> Iterator[str]:
    """Yield tables of all options, and of all prices."""
    if settings is None:
        yield "<p>The settings of this study were not written down.</p>"
        return
    rows = [("", (_written(path), value)) for path, value in options(settings) if not path.startswith(COSTS)]
    yield table(("Option", "Value"), rows)
    yield "<h3>What upgrades cost</h3>"
    yield table(
        ("What", "Price USD", "Per", "Source"), [("", row) for row in prices(settings.upgrades.costs)]
    )


def options(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every option below a value, by its path with points, and its value."""
    if is_dataclass(value):
        for one in fields(value):
            yield from options(getattr(value, one.name), f"{path}.{one.name}" if path else one.name)
    elif isinstance(value, tuple) and any(is_dataclass(one) for one in value):
        for at, one in enumerate(value, start=1):
            yield from options(one, f"{path}[{at}]")
    else:
        yield path, _told(value)


def prices(costs: UnitCosts) -> Iterator[tuple[str, float, str, str]]:
    """Yield every price with what it is for, its unit and its source."""
    yield "overhead line, a circuit more", costs.overhead_line.usd, "ft", costs.overhead_line.source
    yield "underground line, a circuit more", costs.underground_line.usd, "ft", costs.underground_line.source
    yield "tap or set point", costs.settings_change.usd, "change", costs.settings_change.source
    yield "new regulator", costs.new_regulator.usd, "regulator", costs.new_regulator.source
    source = costs.transformers.source
    for name, points in (
        ("one phase", costs.transformers.single_phase),
        ("three phases", costs.transformers.three_phase),
    ):
        yield from ((f"transformer, {name}, {kva:g} kVA", usd, "transformer", source) for kva, usd in points)


def _written(path: str) -> str:
    """Return an option as run configurations write it."""
    for start, other in WRITTEN.items():
        path = path.replace(start, other)
    head, *parts = path.split("_")
    return head + "".join(part.capitalize() if part.islower() else part for part in parts)


def _told(value: object) -> str:
    if value is None or value in ("", ()):
        return "–"  # noqa: RUF001 - a dash
    if isinstance(value, Enum):
        return str(value.value).upper()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_told(one) for one in value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)
