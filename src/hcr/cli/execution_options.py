"""Options of a service that say how its tasks are run."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--executor",
        type=click.Choice(("processes", "dask")),
        envvar="HCR_EXECUTOR",
        default="processes",
        show_default=True,
        help="Run tasks in processes of this machine, or on a dask cluster.",
    ),
    click.option(
        "--workers",
        envvar="HCR_WORKERS",
        metavar="NUMBER",
        help="Tasks at once; without, as many as there are cores, or threads of the cluster.",
    ),
    click.option(
        "--scheduler",
        envvar="HCR_SCHEDULER",
        metavar="ADDRESS",
        help="Scheduler of the cluster, tcp://HOST:8786.",
    ),
    click.option(
        "--store",
        envvar="HCR_STORE",
        metavar="URL",
        help="Where the cluster's workers leave results: a folder that all see, s3://BUCKET/PATH, or another "
        "URL of fsspec.",
    ),
    click.option(
        "--task-timeout",
        envvar="HCR_TASK_TIMEOUT",
        metavar="DURATION",
        default="24h",
        show_default=True,
        help="Time that a task (a model) may take: 90s, 30m, 12h.",
    ),
    click.option(
        "--task-memory",
        envvar="HCR_TASK_MEMORY",
        metavar="SIZE",
        help="Memory that a task may use: 512M, 4G; without, its share of the machine's, 2G at least.",
    ),
)


def execution_options(command: F) -> F:
    """Add the options to a command, which gets them as `execution`: variables for workers."""

    @functools.wraps(command)
    def wrapped(
        *args: Any,
        executor: str,
        workers: str | None,
        scheduler: str | None,
        store: str | None,
        task_timeout: str,
        task_memory: str | None,
        **kwargs: Any,
    ) -> Any:
        given = {
            "HCR_EXECUTOR": executor,
            "HCR_WORKERS": workers,
            "HCR_SCHEDULER": scheduler,
            "HCR_STORE": store,
            "HCR_TASK_TIMEOUT": task_timeout,
            "HCR_TASK_MEMORY": task_memory,
        }
        settings = {name: value for name, value in given.items() if value is not None}
        return command(*args, execution=settings, **kwargs)

    decorated: Any = wrapped
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]
