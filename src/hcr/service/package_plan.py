"""The tasks of a stored package: the one place where its kind meets a request model and a plan."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from hcr.contract.calibration import CalibrationInput
from hcr.contract.inputs import InterconnectionWorkPackageInput, WorkPackageInput
from hcr.errors import RefusedError
from hcr.service.states import CALIBRATION, INTERCONNECTION
from hcr.service.tap_settings import TapSettings, read_tap_settings
from hcr.studies.calibration_plan import plan_calibration
from hcr.studies.plan import plan
from hcr.studies.task import Task


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """What a package was asked, as it is kept.

    Attributes
    ----------
    kind : of the package; request : in wire form; engine : that was asked for.
    taps : settings that were found when it was submitted.
    """

    kind: str
    request: Mapping[str, Any]
    engine: str = "auto"
    taps: TapSettings | None = None


def stored_request(row: Row[Any]) -> StoredRequest:
    """Return what a package's row of the ledger says.

    Raises
    ------
    ValueError
        A part of it cannot be read any more.
    """
    return StoredRequest(row.kind, json.loads(row.request), row.engine or "auto", read_tap_settings(row.taps))


def tasks_of(asked: StoredRequest) -> list[Task]:
    """Return the tasks of a package, in the order of their ordinals.

    Raises
    ------
    ValueError
        This version of hcr cannot read the request any more.
    """
    if asked.kind == CALIBRATION:
        request = CalibrationInput.model_validate(asked.request)
        tasks = plan_calibration(request, engine=asked.engine, given_taps=asked.taps is not None)
    elif asked.kind == INTERCONNECTION:
        tasks = _interconnection(asked)
    else:
        tasks = plan(WorkPackageInput.model_validate(asked.request), engine=asked.engine)
    return asked.taps.applied(tasks) if asked.taps else tasks


def _interconnection(asked: StoredRequest) -> list[Task]:
    from hcr.studies.interconnection_plan import plan_interconnection  # numpy: only for these studies

    request = InterconnectionWorkPackageInput.model_validate(asked.request)
    try:
        return plan_interconnection(request, engine=asked.engine)
    except RefusedError as error:  # a default has changed since, and contradicts it
        raise ValueError(str(error)) from error
