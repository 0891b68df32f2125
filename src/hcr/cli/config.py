"""`hcr DIR config …`: show, validate and compare configurations; print their schemas."""

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hcr.cli.config_difference import differences
from hcr.cli.output import Output, output_options
from hcr.cli.session import Session
from hcr.cli.wording import counted
from hcr.errors import ConfigError, NotFoundError, Problem, UsageError

if TYPE_CHECKING:
    from hcr.config.run_configuration import RunConfiguration
    from hcr.config.run_configuration_file import RunKind

KIND_NAMES = (
    *("forecast", "feeder-override", "calibration"),
    *("intrinsic", "hv-node-headroom", "interconnection"),
)
PACKAGE_ID = re.compile(r"[\w-]*\d[\w-]*")
"""What may be the ID of a package where no file has that name."""
SECRETS = ("access_token", "client_secret", "password", "database")
SHOWN = (
    *("protocol", "host", "port", "verify_certificate", "ca_filename", "auth_method", "access_token"),
    *("authority", "client_id", "client_secret", "username", "password", "scopes", "database"),
)


@click.group()
def config() -> None:
    """Show, validate and compare configurations; print their schemas."""


@config.command()
@click.option(
    "--origin", is_flag=True, help="Say where each value comes from: option, environment, file or default."
)
@output_options
@click.pass_obj
def show(session: Session, *, origin: bool, output: Output) -> None:
    """Show which service is used and how, and the run configurations there are; secrets are not shown."""
    from hcr.config.run_configuration_file import RunKind, list_run_configurations

    auth = session.auth()
    records: list[dict[str, object]] = []
    for key in SHOWN:
        value = getattr(auth, key)
        shown = "(set)" if key in SECRETS and value else list(value) if isinstance(value, tuple) else value
        shown = str(shown) if isinstance(shown, Path) else shown
        records.append({"key": key, "value": shown, "origin": auth.origins.get(key, "default")})
    insecure = {"key": "insecure", "value": session.insecure}
    records.append({**insecure, "origin": "option" if session.insecure else "default"})
    for kind in RunKind:
        names = [path.stem for path in list_run_configurations(session.directory, kind)]
        records.append({"key": f"run_configurations/{kind.value}", "value": names, "origin": "file"})
    output.many(records, ("key", "value", "origin") if origin else ("key", "value"))


@config.command()
@click.argument("files", metavar="[FILE]…", nargs=-1)
@click.option("--strict", is_flag=True, help="Legacy keys and other hints count as faults too.")
@click.pass_obj
def validate(session: Session, *, files: Sequence[str], strict: bool) -> None:
    """Check auth_config.json and run configurations, all of them if none is named; nothing is sent.

    Every fault is printed as file:line:column key: problem. The exit code is 2 if there is one.
    """
    problems: list[Problem] = []
    checked = 0
    if not files:
        problems += _faults(lambda: session.auth().hints, strict=strict)
        checked += 1
    for kind, path in _chosen(session, files):
        problems += _faults(functools.partial(_hints, kind, path), strict=strict)
        checked += 1
    for problem in problems:
        click.echo(str(problem))
    if problems:
        raise ConfigError(f"{counted(len(problems), 'fault')} in {counted(checked, 'file')}")
    session.say(f"{counted(checked, 'file')}, no faults.")


@config.command()
@click.argument("kind", type=click.Choice(KIND_NAMES), required=False)
def schema(*, kind: str | None) -> None:
    """Print the JSON Schema of a kind of run configuration, or of all kinds."""
    from hcr.config.json_schema import json_schema
    from hcr.config.run_configuration import RunKind

    chosen = [RunKind(name.replace("-", "_")) for name in ((kind,) if kind else KIND_NAMES)]
    schemas = {one.value: json_schema(one) for one in chosen}
    document: object = schemas[chosen[0].value] if kind else schemas
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@config.command()
@click.argument("kind", type=click.Choice(KIND_NAMES))
@click.argument("first")
@click.argument("second")
@output_options
@click.pass_obj
def diff(session: Session, *, kind: str, first: str, second: str, output: Output) -> None:
    """Compare two run configurations, or one with a submitted package given by its ID.

    Compared is what they mean, not how they are spelt. The exit code is 0 either way.
    """
    wires = [_wire(session, kind, given) for given in (first, second)]
    found = differences(wires[0], wires[1])
    output.many([{"key": key, "first": a, "second": b} for key, a, b in found], ("key", "first", "second"))
    if not found:
        session.say("They mean the same.")


def _wire(session: Session, kind: str, given: str) -> Mapping[str, object]:
    """Return the wire form of a file, or of the request of a package.

    Raises
    ------
    ConfigError
        There is neither such a file nor such a package, or the file has faults.
    """
    from hcr.config.run_configuration import RunKind, find_run_configuration

    run_kind = RunKind(kind.replace("-", "_"))
    try:
        path = find_run_configuration(session.directory, run_kind, given)
    except ConfigError as error:
        if not PACKAGE_ID.fullmatch(given):
            raise
        try:
            return _submitted(session, given)
        except NotFoundError:
            raise error from None  # what was meant is a file after all
    return _load(run_kind.value, path).wire


def _submitted(session: Session, package_id: str) -> Mapping[str, object]:
    with session.connect() as api:
        text = api.work_package(package_id).config
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UsageError(f"the service does not tell what work package {package_id} was submitted with")
    return found


def _chosen(session: Session, files: Sequence[str]) -> list[tuple[str, Path]]:
    """Return kind and path of the files that are meant.

    Raises
    ------
    ConfigError
        A file is not there.
    """
    from hcr.config.run_configuration_file import RunKind, find_run_configuration, list_run_configurations

    if not files:
        return [
            (kind.value, path)
            for kind in RunKind
            for path in list_run_configurations(session.directory, kind)
        ]
    kinds = [(_kind_of(session.directory, name), name) for name in files]
    return [(kind.value, find_run_configuration(session.directory, kind, name)) for kind, name in kinds]


def _kind_of(directory: Path, name: str) -> "RunKind":
    """Return the kind of a file by its folder, else the kind that has such a file, else forecast."""
    from hcr.config.run_configuration_file import RunKind, list_run_configurations

    folders = Path(name).resolve().parts[:-1]
    for kind in RunKind:
        if kind.value in folders or kind.value in Path(name).parts[:-1]:
            return kind
    for kind in RunKind:
        if any(name in (path.stem, path.name) for path in list_run_configurations(directory, kind)):
            return kind
    return RunKind.FORECAST


def _load(kind: str, path: Path) -> "RunConfiguration":
    from hcr.config.run_configuration import RunKind, load_run_configuration

    return load_run_configuration(path, RunKind(kind))


def _hints(kind: str, path: Path) -> Sequence[Problem]:
    return _load(kind, path).hints


def _faults(load: Callable[[], Sequence[Problem]], *, strict: bool) -> list[Problem]:
    """Return the faults of a file, none when it loads; hints count when strict."""
    try:
        hints = load()
    except ConfigError as error:
        return list(error.problems) or [Problem(str(error))]
    return list(hints) if strict else []
