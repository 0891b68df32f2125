"""A compiled circuit and many injections to voltages and currents.

    circuit = powerflow.compile("Master.dss")           an OpenDSS model, kept on disk by content
    reduced = powerflow.solve(circuit, injections)      lanes in, reductions out

`Wanted` says what to keep of the lanes, `SolveOptions` how to solve them. Nothing heavy is loaded before it
is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hcr.powerflow.circuit import Circuit
    from hcr.powerflow.compilation import compile_model as compile  # noqa: A004 (as a regular expression is)
    from hcr.powerflow.lanes import Injections, SolveOptions
    from hcr.powerflow.reduced import Reduced, Wanted
    from hcr.powerflow.reductions import solve

__all__ = ["Circuit", "Injections", "Reduced", "SolveOptions", "Wanted", "compile", "solve"]

_PLACES = {
    "Circuit": ("circuit", "Circuit"),
    "Injections": ("lanes", "Injections"),
    "Reduced": ("reduced", "Reduced"),
    "SolveOptions": ("lanes", "SolveOptions"),
    "Wanted": ("reduced", "Wanted"),
    "compile": ("compilation", "compile_model"),
    "solve": ("reductions", "solve"),
}


def __getattr__(name: str) -> object:
    """Return one of the public names, and load its module."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, inside = _PLACES[name]
    return getattr(import_module(f"{__name__}.{module}"), inside)
