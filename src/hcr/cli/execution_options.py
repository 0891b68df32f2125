"""Options of a service that say how its tasks are run."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from hcr.service.execution import (
    DEFAULT_TIMEOUT_S,
    EXECUTOR,
    EXECUTORS,
    SCHEDULER,
    STORE,
    TASK_MEMORY,
    TASK_TIMEOUT,
    VARIABLES,
    WORKERS,
)

F = TypeVar("F", bound=Callable[..., Any])


def option_of(variable: str) -> str:
    """Return the option that says what a variable says."""
    return "--" + variable.removeprefix("HCR_").lower().replace("_", "-")


def called(variable: str) -> str:
    """Return how the command line at hand was given a setting: the variable's name, else the option's."""
    source = click.get_current_context().get_parameter_source(variable)
    return variable if source is ParameterSource.ENVIRONMENT else option_of(variable)


def _option(variable: str, **facts: Any) -> Callable[[F], F]:
    """Return the option of a variable; its value comes under the name of the variable."""
    return click.option(option_of(variable), variable, envvar=variable, **facts)


_OPTIONS = (
    _option(
        EXECUTOR,
        type=click.Choice(EXECUTORS),
        default=EXECUTORS[0],
        show_default=True,
        help="Run tasks in processes of this machine, or on a dask cluster.",
    ),
    _option(
        WORKERS,
        metavar="NUMBER",
        help="Tasks at once; without, as many as there are cores, or threads of the cluster.",
    ),
    _option(SCHEDULER, metavar="ADDRESS", help="Scheduler of the cluster, tcp://HOST:8786."),
    _option(
        STORE,
        metavar="URL",
        help="Where the cluster's workers leave results: a folder that all see, s3://BUCKET/PATH, or another "
        "URL of fsspec.",
    ),
    _option(
        TASK_TIMEOUT,
        metavar="DURATION",
        default=f"{DEFAULT_TIMEOUT_S / 3600:g}h",
        show_default=True,
        help="Time that a task (a model) may take: 90s, 30m, 12h.",
    ),
    _option(
        TASK_MEMORY,
        metavar="SIZE",
        help="Memory that a task may use: 512M, 4G; without, its share of the machine's, 2G at least.",
    ),
)


def execution_options(command: F) -> F:
    """Add the options to a command, which gets them as `execution`: variables for workers."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        given = {variable: kwargs.pop(variable) for variable in VARIABLES}
        settings = {variable: value for variable, value in given.items() if value is not None}
        return command(*args, execution=settings, **kwargs)

    decorated: Any = wrapped
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]
