"""From the request of an interconnection study to its task, and to the settings that it means.

Whatever a request leaves out is left to the settings, so that each default stands there and nowhere else.
What the contract and the settings call alike goes over as it is; `_MEANING` says what becomes of each block.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

from hcr.contract import enums, inputs
from hcr.contract.input_model import InputModel
from hcr.errors import ConfigError, RefusedError
from hcr.studies.interconnection.cost_sharing import GainRules
from hcr.studies.interconnection.draws import SizeChoices
from hcr.studies.interconnection.limits import Limits, Tolerances
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.search import SearchRules
from hcr.studies.interconnection.settings import (
    CostRule,
    Curve,
    DaySettings,
    InverterMode,
    Monitors,
    QueuedUnit,
    ResourceSettings,
    SequenceSettings,
    SharingSettings,
    StudySettings,
    UpgradeRule,
    UpgradeSettings,
)
from hcr.studies.interconnection.shapley import Sampling
from hcr.studies.interconnection.unit_costs import Price, TransformerPrices, UnitCosts
from hcr.studies.task import LoadTime, SolveSettings, Task

SCENARIO = "base"
YEAR = 1
"""The model year: these studies know hours of it, and no calendar."""

Path: TypeAlias = tuple[str | int, ...]
Members: TypeAlias = dict[str, Any]


def plan_interconnection(
    request: inputs.InterconnectionWorkPackageInput, *, engine: str = "auto"
) -> list[Task]:
    """Return the one task of a study.

    Parameters
    ----------
    engine : `auto`, `batch` or `opendss`.

    Raises
    ------
    RefusedError
        See `study_settings`.
    """
    when = LoadTime(datetime(YEAR, 1, 1), None)
    settings = study_settings(request)
    solve = SolveSettings(engine=engine)
    return [Task(request.feeder, SCENARIO, YEAR, when, solve=solve, interconnection=settings)]


def study_settings(request: inputs.InterconnectionWorkPackageInput) -> StudySettings:
    """Return what a request means.

    Raises
    ------
    RefusedError
        A value contradicts the default of another that is left out; `path` leads to the block.
    """
    settings: StudySettings = _meant(request, ())
    return settings


def _meant(given: Any, path: Path) -> Any:
    """Return what a value of the request means."""
    if isinstance(given, InputModel):
        return _block(given, path)
    if isinstance(given, StrEnum):
        return _NAMES[type(given)][given.name]
    if isinstance(given, Sequence) and not isinstance(given, str):
        return tuple(_meant(one, (*path, at)) for at, one in enumerate(given))
    return given


def _block(given: InputModel, path: Path) -> Any:
    fields = type(given).model_fields
    members = {
        name: _meant(value, (*path, fields[name].alias or name))
        for name in fields
        if (value := getattr(given, name)) is not None
    }
    try:
        return _MEANING[type(given)](members)
    except ConfigError as error:
        raise RefusedError(error.what, why=error.why, remedy=error.remedy, path=path) from error


def _study(given: Members) -> StudySettings:
    del given["feeder"]
    return StudySettings(**given)


def _load_curve(given: Members) -> Curve | None:
    nominal = given.pop("nominal", False)
    return None if nominal else Curve(**given)


def _upgrades(given: Members) -> UpgradeSettings:
    if "unit_costs" in given:
        given["costs"] = given.pop("unit_costs")
    return UpgradeSettings(**given)


def _transformer_price(given: Members) -> tuple[float, float]:
    return given["kva"], given["usd"]


def _sharing(given: Members) -> SharingSettings:
    gain = {
        name: given.pop(f"gain_{name}") for name in ("resolution_kw", "floor_kw") if f"gain_{name}" in given
    }
    if given.pop("raw_gains", False):
        gain["resolution_kw"] = None
    if "shapley" in given:
        given["sampling"] = given.pop("shapley")
    return SharingSettings(gain=GainRules(**gain), **given)


def _as_named(settings: type) -> Callable[[Members], Any]:
    """Return what makes settings of members that have the same names."""
    return lambda given: settings(**given)


_MEANING: Final[Mapping[type[InputModel], Callable[[Members], Any]]] = {
    inputs.InterconnectionWorkPackageInput: _study,
    inputs.InterconnectionQueuedUnitInput: _as_named(QueuedUnit),
    inputs.InterconnectionResourceInput: _as_named(ResourceSettings),
    inputs.InterconnectionSizesInput: _as_named(SizeChoices),
    inputs.InterconnectionCurveInput: _as_named(Curve),
    inputs.InterconnectionLoadCurveInput: _load_curve,
    inputs.InterconnectionLimitsInput: _as_named(Limits),
    inputs.InterconnectionTolerancesInput: _as_named(Tolerances),
    inputs.InterconnectionSearchInput: _as_named(SearchRules),
    inputs.InterconnectionDayInput: _as_named(DaySettings),
    inputs.InterconnectionSequencesInput: _as_named(SequenceSettings),
    inputs.InterconnectionUpgradesInput: _upgrades,
    inputs.InterconnectionUnitCostsInput: _as_named(UnitCosts),
    inputs.InterconnectionPriceInput: _as_named(Price),
    inputs.InterconnectionTransformerPricesInput: _as_named(TransformerPrices),
    inputs.InterconnectionTransformerPriceInput: _transformer_price,
    inputs.InterconnectionSharingInput: _sharing,
    inputs.InterconnectionShapleyInput: _as_named(Sampling),
}

_NAMES: Final[Mapping[type[StrEnum], type[StrEnum]]] = {
    enums.InterconnectionResourceKind: Kind,
    enums.InterconnectionMonitors: Monitors,
    enums.InterconnectionInverterMode: InverterMode,
    enums.InterconnectionUpgradeRule: UpgradeRule,
    enums.InterconnectionCostRule: CostRule,
}
"""The contract's words; members have the same names."""
