"""The bar that a watch draws on a terminal; it goes when the watch ends."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from hcr.cli.colour import Colour


class ProgressBar:
    """How many models are done, for how long, and how long it may take."""

    def __init__(self, colour: Colour) -> None:
        console = Console(stderr=True, no_color=colour.click is False, force_terminal=True)
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def update(self, text: str, *, done: int, total: int) -> None:
        """Draw how far it is; without a total only that it goes on."""
        self._progress.update(self._task, description=text, completed=done, total=total or None)
