"""Which run configurations a config directory has, and the file that a name stands for."""

from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from hcr.errors import ConfigError

FOLDER = "run_configurations"
_SUFFIXES = (".yaml", ".yml")
_DEFAULTS = ("default", "example")


class RunKind(StrEnum):
    """What a run configuration asks for; the value is the name of its folder."""

    FORECAST = "forecast"
    FEEDER_OVERRIDE = "feeder_override"
    CALIBRATION = "calibration"
    INTRINSIC = "intrinsic"
    HV_NODE_HEADROOM = "hv_node_headroom"
    INTERCONNECTION = "interconnection"

    @property
    def command(self) -> str:
        """The word a person types: `feeder-override` for the folder `feeder_override`."""
        return self.value.replace("_", "-")


def list_run_configurations(directory: Path, kind: RunKind) -> list[Path]:
    """Return the run configurations of one kind, sorted by name."""
    folder = directory / FOLDER / kind
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())


def find_run_configuration(directory: Path, kind: RunKind, name: str | None = None) -> Path:
    """Return the file that `name` stands for: `summer`, `summer.yaml`, `forecast/summer.yaml` or a path.

    Without a name it is the only file of that kind, else `default`, else `example`.
    """
    kind = RunKind(kind)
    if name is None:
        return _default(directory, kind, list_run_configurations(directory, kind))
    for candidate in _candidates(directory, kind, name):
        if candidate.is_file():
            _refuse_other_kind(candidate, kind)
            return candidate
    raise no_such_configuration(directory, kind, name)


def _candidates(directory: Path, kind: RunKind, name: str) -> list[Path]:
    folders = (directory / FOLDER / kind, directory / FOLDER, directory, Path())
    return [folder / f"{name}{suffix}" for folder in folders for suffix in ("", *_SUFFIXES)]


def _default(directory: Path, kind: RunKind, existing: list[Path]) -> Path:
    chosen = default_of(existing)
    if chosen is not None:
        return chosen
    folder = str(directory / FOLDER / kind)
    if not existing:
        raise ConfigError(
            f"no {kind.command} configuration here",
            why=folder,
            remedy="Write one, or start from the example of `hcr init`.",
        )
    raise ConfigError(
        f"{len(existing)} {kind.command} configurations, none of them named `default`",
        why=folder,
        remedy=f"Name one of {_listed(existing)}.",
    )


def default_of(existing: list[Path]) -> Path | None:
    """Return the configuration that is meant where none is named: the only one, `default` or `example`."""
    if len(existing) == 1:
        return existing[0]
    by_stem = {path.stem: path for path in existing}
    return next((by_stem[stem] for stem in _DEFAULTS if stem in by_stem), None)


def no_such_configuration(directory: Path, kind: RunKind, name: str) -> ConfigError:
    """Return the error for a name that no configuration of this kind has."""
    existing = list_run_configurations(directory, kind)
    near = get_close_matches(Path(name).stem.lower(), [path.stem for path in existing], n=1)
    if near:
        remedy = f"Did you mean `{near[0]}`?"
    else:
        remedy = f"There is {_listed(existing)}." if existing else "The folder has no YAML file."
    message = f"there is no {kind.command} configuration `{name}`"
    return ConfigError(message, why=str(directory / FOLDER / kind), remedy=remedy)


def _refuse_other_kind(path: Path, kind: RunKind) -> None:
    parts = path.resolve().parts
    if len(parts) < 3 or parts[-3] != FOLDER or parts[-2] == kind or parts[-2] not in set(RunKind):
        return
    other = RunKind(parts[-2])
    message = f"this is a {other.command} configuration, not a {kind.command} one"
    raise ConfigError(message, why=str(path), remedy=f"Run it as {other.command}.")


def _listed(paths: list[Path]) -> str:
    return ", ".join(f"`{path.stem}`" for path in paths)
