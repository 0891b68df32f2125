"""A compiled circuit and many injections to voltages and currents; `compile` reads an OpenDSS model."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hcr.powerflow.compilation import compile_model as compile  # noqa: A004 (as a regular expression is)

__all__ = ["compile"]


def __getattr__(name: str) -> object:
    """Return `compile`; the engine and numpy are loaded only then."""
    if name == "compile":
        from hcr.powerflow.compilation import compile_model

        return compile_model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
