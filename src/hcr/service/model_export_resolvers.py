"""What answers about OpenDSS exports."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from ariadne import MutationType, QueryType

from hcr.service.calibration_results import CalibrationResults
from hcr.service.model_export import ExportFolder, ModelExports, empty
from hcr.service.model_export_request import examine_export
from hcr.service.paging import members, ordered, page
from hcr.service.place import Place
from hcr.service.refusals import answered, faults_of, not_found
from hcr.service.submission import Refused
from hcr.service.user import calling

DOWNLOAD_PATH = "/api/opendss-model/"


class Service(Protocol):
    """What these resolvers need."""

    place: Place
    exports: ModelExports
    calibrations: CalibrationResults


def bind_exports(service: Service, query: QueryType, mutation: MutationType) -> None:
    """Answer the operations on OpenDSS exports."""
    exports = service.exports

    @query.field("pagedOpenDssModels")
    def some(*_: object, **arguments: Any) -> dict[str, Any]:
        exports.wake()
        wanted = members(arguments.get("filter"))
        views = [view for folder in exports.all() if (view := _view(folder)) and _passes(view, wanted)]
        return page(ordered(views, members(arguments.get("sort"))), arguments, "models")

    @mutation.field("createOpenDssModel")
    def create(_: object, info: Any, *, input: Mapping[str, object]) -> int:  # noqa: A002 - the contract's name
        examined = answered(lambda: examine_export(input, service.place.library, service.calibrations))
        if isinstance(examined, Refused):
            raise faults_of(examined)
        return exports.add(examined, calling(info).name)

    @mutation.field("deleteOpenDssModel")
    def delete(*_: object, modelId: str) -> str:  # noqa: N803 - the contract's name
        folder = exports.named(modelId)
        if folder is None:
            raise not_found(f"OpenDSS model {modelId:.20}")
        empty(folder)
        return modelId


def _view(folder: ExportFolder) -> dict[str, Any] | None:
    """Return an export in the shape of the contract; None of one that was deleted just now."""
    request = folder.request
    if request is None:
        return None
    state, errors = folder.state()
    return {
        "id": folder.number,
        "name": request["name"],
        "createdAt": request["createdAt"],
        "createdBy": request["createdBy"],
        "state": state,
        "downloadUrl": f"{DOWNLOAD_PATH}{folder.number}" if folder.archive.is_file() else None,
        "isPublic": request["isPublic"],
        "errors": errors,
        "generationSpec": json.dumps(request["generationSpec"], sort_keys=True),
    }


def _passes(view: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether an export passes a filter; a part that is null or empty lets all pass."""
    name, public, states = wanted.get("name"), wanted.get("isPublic"), wanted.get("state")
    return (
        (not name or name.casefold() in view["name"].casefold())
        and (public is None or view["isPublic"] == public)
        and (not states or view["state"] in states)
    )
