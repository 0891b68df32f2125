"""Properties of one element of the engine, asked for as text."""

from typing import Any

from hcr.powerflow.opendss_names import quoted


class Properties:
    """Properties of one element."""

    def __init__(self, dss: Any, name: str) -> None:
        self._dss, self.name = dss, name

    def text(self, prop: str) -> str:
        """Return a property as the engine writes it."""
        self._dss.Text.Command = f"? {quoted(f'{self.name}.{prop}')}"
        return str(self._dss.Text.Result).strip()

    def number(self, prop: str) -> float:
        """Return a number."""
        return float(self.text(prop))

    def whole(self, prop: str) -> int:
        """Return a whole number."""
        return int(self.number(prop))

    def flag(self, prop: str) -> bool:
        """Return yes or no."""
        return self.text(prop).lower() in ("yes", "true")
