"""A study ready to be sent: the checked configuration, its name, and the operation it goes with."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hcr.cli.session import Session
from hcr.errors import ConfigError, RefusedError, UsageError

if TYPE_CHECKING:
    from hcr.client.api import HostingCapacityApi
    from hcr.config.run_configuration import RunConfiguration

KINDS = {
    "forecast": "Solve feeders, scenarios and years over a period or an instant.",
    "feeder_override": "Solve feeders with the load of chosen customers replaced.",
    "calibration": "Find the taps of distribution transformers from metered voltages.",
    "intrinsic": "Search how much every LV group can host.",
    "hv_node_headroom": "Search how much every HV node can host.",
    "interconnection": "Study who can connect to a feeder, with which upgrades, and who pays.",
}
"""Kinds of study with their one-line help."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One study to be sent.

    Attributes
    ----------
    kind : a key of `KINDS`; name : of the work package or the calibration.
    configuration : where it comes from; wire : `input`, or the arguments of `runCalibration`.
    engine : the engine asked for, as on the wire; None leaves the choice to the service.
    """

    kind: str
    name: str
    configuration: "RunConfiguration"
    wire: Mapping[str, object]
    engine: str | None = None

    @property
    def noun(self) -> str:
        """Return what people call it."""
        return "calibration" if self.kind == "calibration" else "work package"

    def variables(self) -> dict[str, object]:
        """Return the variables of the operation, exactly as they are sent."""
        if self.kind == "calibration":
            return {**self.wire, **self._chosen(), "calibrationName": self.name}
        return {"input": dict(self.wire), "workPackageName": self.name, **self._chosen()}

    def send(self, api: "HostingCapacityApi") -> str:
        """Return the ID of the new package or run.

        Raises
        ------
        ConfigError
            The service refused the input; every fault is shown at its line of the file.
        """
        try:
            return self._send(api)
        except RefusedError as error:
            raise self.at_its_lines(error) from error

    def estimate(self, api: "HostingCapacityApi") -> float:
        """Return what the service estimates this study to cost.

        Raises
        ------
        ConfigError
            The service refused the input; every fault is shown at its line of the file.
        """
        try:
            return api.estimate_work_package_cost(self.wire)
        except RefusedError as error:
            raise self.at_its_lines(error) from error

    def _chosen(self) -> dict[str, object]:
        """Return the engine as an argument, if one was chosen."""
        return {"engine": self.engine} if self.engine else {}

    def _send(self, api: "HostingCapacityApi") -> str:
        if self.kind == "calibration":
            return api.run_calibration(self.name, {**self.wire, **self._chosen()})
        if self.kind == "intrinsic":
            return api.run_intrinsic_work_package(self.wire, self.name)
        if self.kind == "hv_node_headroom":
            return api.run_hv_node_headroom_work_package(self.wire, self.name)
        if self.kind == "interconnection":
            return api.run_interconnection_work_package(self.wire, self.name, engine=self.engine)
        return api.run_work_package(self.wire, self.name, engine=self.engine)

    def at_its_lines(self, error: RefusedError) -> RefusedError | ConfigError:
        """Return the refusal with the lines of the file that it is about."""
        faults = error.faults or (((error.path, error.why or error.what),) if error.path else ())
        problems = [self.configuration.locate(path, message) for path, message in faults]
        if not problems:
            return error
        return ConfigError(f"{error.what}: {self.configuration.path}", problems, remedy=error.remedy)


def chosen_configuration(
    session: Session, kind: str, *, name: str | None, configuration: str | None, settings: Sequence[str]
) -> Submission:
    """Return the study that a command line asks for.

    The file is the one asked for, else the one called NAME, else the only one, `default` or `example`. The
    name is NAME, else what the file says, else the file's own.

    Raises
    ------
    ConfigError
        There is no such file, or it has faults.
    """
    from hcr.config.run_configuration import RunKind, load_run_configuration

    overrides = [_setting(text) for text in settings]
    path = _file(session, kind, name, configuration)
    found = load_run_configuration(path, RunKind(kind), overrides)
    for hint in found.hints:
        session.warn(str(hint))
    wire = found.wire
    given = name or found.name or wire.get("calibrationName") or path.stem
    return Submission(kind, str(given), found, wire)


def _file(session: Session, kind: str, name: str | None, configuration: str | None) -> Path:
    from hcr.config.run_configuration_file import (
        RunKind,
        default_of,
        find_run_configuration,
        list_run_configurations,
        no_such_configuration,
    )

    run_kind = RunKind(kind)
    if configuration is not None or name is None:
        return find_run_configuration(session.directory, run_kind, configuration)
    existing = list_run_configurations(session.directory, run_kind)
    paths = {path.stem: path for path in existing}
    if name in paths:
        return paths[name]
    near = difflib.get_close_matches(name, paths, 1, cutoff=0.75)
    if near:
        raise UsageError(
            f"there is no {run_kind.command} configuration {name!r}",
            why=f"did you mean {near[0]!r}?",
            remedy="To run a configuration under another name, give the file with -n.",
        )
    if existing and default_of(existing) is None:
        raise no_such_configuration(session.directory, run_kind, name)
    chosen = find_run_configuration(session.directory, run_kind)
    session.say(f"Using {chosen}")
    return chosen


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(
            f"--set {text!r} is not of the form KEY=VALUE", remedy="Write --set path.to.key=value."
        )
    return key.strip(), value
