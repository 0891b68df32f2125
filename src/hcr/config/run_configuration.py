"""One run configuration: a YAML file of any spelling, with `--set` on top, as a checked contract model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from hcr.config.calibration_arguments import CalibrationArguments
from hcr.config.key_spelling import canonical
from hcr.config.run_configuration_file import RunKind, find_run_configuration, list_run_configurations
from hcr.config.setting import Setting, WirePath, from_document, from_override, merged
from hcr.config.translation import Translation
from hcr.config.validation import validated
from hcr.config.yaml_document import Document, YamlValue, load_document, parse_value
from hcr.contract.inputs import (
    HvNodeHeadroomWorkPackageInput,
    InterconnectionWorkPackageInput,
    IntrinsicWorkPackageInput,
    WorkPackageInput,
    to_wire,
)
from hcr.errors import ConfigError, Problem

__all__ = [
    "INPUT_MODELS",
    "CalibrationArguments",
    "RunConfiguration",
    "RunInput",
    "RunKind",
    "find_run_configuration",
    "list_run_configurations",
    "load_run_configuration",
]

RunInput: TypeAlias = (
    WorkPackageInput
    | IntrinsicWorkPackageInput
    | HvNodeHeadroomWorkPackageInput
    | InterconnectionWorkPackageInput
    | CalibrationArguments
)
INPUT_MODELS: Final[Mapping[RunKind, type[RunInput]]] = {
    RunKind.FORECAST: WorkPackageInput,
    RunKind.FEEDER_OVERRIDE: WorkPackageInput,
    RunKind.CALIBRATION: CalibrationArguments,
    RunKind.INTRINSIC: IntrinsicWorkPackageInput,
    RunKind.HV_NODE_HEADROOM: HvNodeHeadroomWorkPackageInput,
    RunKind.INTERCONNECTION: InterconnectionWorkPackageInput,
}
# What a service takes and does nothing with.
_NO_EFFECT: Final[Mapping[RunKind, tuple[tuple[str, ...], ...]]] = {
    RunKind.FORECAST: (("executorConfig",),),
    RunKind.FEEDER_OVERRIDE: (("executorConfig",),),
    RunKind.CALIBRATION: (
        ("generatorConfig", "model", "calibration"),
        ("generatorConfig", "model", "meterPlacementConfig"),
        ("generatorConfig", "solve", "stepSizeMinutes"),
        ("generatorConfig", "rawResults"),
    ),
}
_NAME_KEYS: Final = ("name", "workpackagename")


@dataclass(frozen=True, slots=True)
class RunConfiguration:
    """A checked configuration; `name` is the work package's name if the file gives one."""

    kind: RunKind
    path: Path
    input: RunInput
    name: str | None = None
    hints: tuple[Problem, ...] = ()
    settings: Setting = field(repr=False, default_factory=lambda: from_override((), None))

    @property
    def wire(self) -> dict[str, object]:
        """Return what is sent."""
        given = self.input
        return to_wire(given.expanded() if isinstance(given, CalibrationArguments) else given)

    def locate(self, path: WirePath, message: str = "") -> Problem:
        """Return the place in the file of a wire path, which may begin with `input`, with a message."""
        within = tuple(path)
        if within[:1] == ("input",) and "input" not in self.settings.members():
            within = within[1:]
        return list(self.settings.trail(within))[-1].problem(message)


def load_run_configuration(
    path: Path, kind: RunKind, overrides: Sequence[tuple[str, str]] = ()
) -> RunConfiguration:
    """Return the checked run configuration of a file; ConfigError names every fault with its place.

    Each override is a dotted key and a YAML value, as `--set generatorConfig.solve.stepSizeMinutes=30`
    gives it; it wins over the file.
    """
    document = load_document(path)
    reading = _Reading(RunKind(kind), document)
    for key, text in overrides:
        reading.override(key, text)
    return reading.result(path)


class _Reading:
    """A document and its overrides on the way to a model."""

    def __init__(self, kind: RunKind, document: Document) -> None:
        self.kind = kind
        self.model = INPUT_MODELS[kind]
        self.translation = Translation(kind, self.model, snake_case=_has_snake_case(document.data))
        self.name: Setting | None = None
        self.settings = self._translated(from_document(document))

    def override(self, key: str, text: str) -> None:
        """Lay one `--set` over the settings."""
        keys = key.split(".")
        if not all(keys) or any(part.isdigit() for part in keys):
            hint = "a list is set as a whole: key=[a, b]" if all(keys) else "write block.key=value"
            self.translation.problems.append(Problem("cannot be set", "--set", key=key, hint=hint))
            return
        try:
            value = parse_value(text, "--set")
        except ConfigError as error:
            faults = [Problem(fault.message, "--set", key=key, hint=fault.hint) for fault in error.problems]
            self.translation.problems.extend(faults)
            return
        self.settings = merged(self.settings, self._translated(from_override(keys, value)))

    def result(self, path: Path) -> RunConfiguration:
        """Return the configuration, or raise all that is wrong with it."""
        name = self._checked_name()
        found = validated(self.settings, self.model, self.translation)
        problems = sorted(self.translation.problems, key=_by_place)
        if found is None or problems:
            count = f"{len(problems)} problems" if len(problems) != 1 else "1 problem"
            raise ConfigError(f"{path} has {count}", problems, why=str(problems[0]))
        hints = tuple(sorted([*self.translation.hints, *self._without_effect()], key=_by_place))
        return RunConfiguration(self.kind, path, found, name, hints, self.settings)

    def _translated(self, written: Setting) -> Setting:
        """Return settings by wire names; the name of the work package, no part of the input, is set aside."""
        members = dict(written.members())
        if self.kind != RunKind.CALIBRATION:
            for key in [key for key in members if canonical(key) in _NAME_KEYS]:
                self.name = members.pop(key)
        return self.translation.mapping(written.written(members), self.model)

    def _checked_name(self) -> str | None:
        if self.name is None or self.name.value is None:
            return None
        name = self.translation.value(self.name, str).value
        if isinstance(name, str) and name.strip():
            return name
        self.translation.report(
            self.name, "expected a text that names the work package", hint="put it in quotes"
        )
        return None

    def _without_effect(self) -> list[Problem]:
        hints = []
        for path in _NO_EFFECT.get(self.kind, ()):
            trail = list(self.settings.trail(path))
            if len(trail) == len(path) + 1 and trail[-1].value is not None:
                message = f"has no effect in a {self.kind.command} configuration"
                hints.append(trail[-1].problem(message, hint="leave it out", at_key=True))
        return hints


def _has_snake_case(value: YamlValue) -> bool:
    """Tell whether a file is written in snake case, so that messages can be too."""
    if isinstance(value, dict):
        return any("_" in key or _has_snake_case(member) for key, member in value.items())
    return isinstance(value, list) and any(_has_snake_case(item) for item in value)


def _by_place(problem: Problem) -> tuple[bool, int, int, str]:
    return problem.file == "--set", problem.line, problem.column, problem.key
