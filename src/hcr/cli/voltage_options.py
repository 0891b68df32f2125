"""`--voltages`, `--noise`, `--wrong` and `--missing`: how the customers of a synthetic feeder are metered."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hcr.errors import UsageError

if TYPE_CHECKING:
    from hcr.network.meter_faults import MeterFaults

F = TypeVar("F", bound=Callable[..., Any])


def voltage_options(command: F) -> F:
    """Add the options to a command, which gets them as `voltages`: None, or the faults of the meters."""

    @click.option("--voltages", is_flag=True, help="Meter voltages too, with taps and faults to be found.")
    @click.option("--noise", type=float, help="Noise of a voltage reading [%]; 0.5 if not given.")
    @click.option(
        "--wrong", type=float, help="Meters on a wrong phase, stuck or swapped [%]; 2 if not given."
    )
    @click.option("--missing", type=float, help="Readings that never arrive [%]; 10 if not given.")
    @functools.wraps(command)
    def wrapped(
        *args: Any,
        voltages: bool,
        noise: float | None,
        wrong: float | None,
        missing: float | None,
        **kwargs: Any,
    ) -> Any:
        percent = {"noise": noise, "wrong": wrong, "missing": missing}
        return command(*args, voltages=_faults(voltages, percent), **kwargs)

    return wrapped  # type: ignore[return-value]


def _faults(voltages: bool, percent: dict[str, float | None]) -> "MeterFaults | None":
    from hcr.network.meter_faults import MeterFaults

    given = {name: value / 100.0 for name, value in percent.items() if value is not None}
    if voltages:
        return MeterFaults(**given)
    if given:
        raise UsageError(
            f"--{next(iter(given))} has no effect", why="voltages are not metered", remedy="Add --voltages."
        )
    return None
