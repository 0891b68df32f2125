"""`hcr DIR init`: a commented, valid config directory to start from."""

from pathlib import Path

import click

from hcr.cli.session import Session
from hcr.cli.starter import starter_files
from hcr.cli.wording import counted
from hcr.errors import UsageError


@click.command()
@click.option("--host", help="A remote service; the embedded one if not given.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=443, show_default=True, help="Port of the service."
)
@click.pass_obj
def init(session: Session, *, host: str | None, port: int) -> None:
    """Write auth_config.json, an example of each run configuration, and schemas for editors.

    Files that are already there are never overwritten.
    """
    written = 0
    for name, text in starter_files(host, port).items():
        if _write_new(session.directory / name, text):
            click.echo(str(session.directory / name))
            written += 1
        else:
            session.say(f"{session.directory / name} is there already; it stays as it is.")
    session.say(f"{counted(written, 'file')} written.")
    if host is None:
        session.say(
            f"A first feeder:  {session.command('feeder generate --mrid feeder-1 --customers 50 --seed 1')}"
        )
        session.say(f"A first study:   {session.command('work-package run forecast first --watch')}")


def _write_new(path: Path, text: str) -> bool:
    """Write a file that is not there yet, and return whether it was written.

    Raises
    ------
    UsageError
        The folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        if path.is_file():
            return False
        raise UsageError(f"{path} cannot be written", why="something of that name is in the way") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written", why=str(error.strerror)) from error
    return True
