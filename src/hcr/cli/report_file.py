"""Where a report is written: a file that is named, or one named after what it tells."""

from pathlib import Path, PurePosixPath, PureWindowsPath

import click

from hcr.errors import ServerError, UsageError

out_option = click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; ID.html if not given.",
)


def write_page(page: str, out: Path | None, told_id: str) -> Path:
    """Write a page and return its file; without a named one it is called after an ID.

    Raises
    ------
    UsageError
        The file cannot be written.
    ServerError
        The ID is no plain file name.
    """
    target = out or _page_of(told_id)
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written", why=str(error.strerror), remedy="Name another file with --out."
        ) from error
    return target


def _page_of(run_id: str) -> Path:
    """Return the file that is written where none is named.

    Raises
    ------
    ServerError
        The ID that the service tells is no plain file name.
    """
    name = f"{run_id}.html"
    if not (name == PurePosixPath(name).name == PureWindowsPath(name).name and name.isprintable()):
        raise ServerError(
            "the report has no file name",
            why=f"the service tells the run's ID as {run_id!r}, which names no file of this folder",
            remedy="Name a file with --out.",
        )
    return Path(name)
