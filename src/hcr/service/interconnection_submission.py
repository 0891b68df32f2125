"""From the input of `runInterconnectionWorkPackage` to a package on the ledger, or to the reasons why not."""

import uuid
from collections.abc import Mapping

from pydantic import ValidationError

from hcr.contract.inputs import InterconnectionWorkPackageInput, to_wire
from hcr.errors import RefusedError
from hcr.network.library import Library
from hcr.service.ledger_entry import NewPackage
from hcr.service.states import INTERCONNECTION
from hcr.service.submission import MOST_FAULTS, Fault, Refused, name_faults


def examine_interconnection(
    name: str, wire: Mapping[str, object], library: Library, *, engine: str = "auto"
) -> NewPackage | Refused:
    """Return the package that a request makes, or all reasons why it makes none.

    Parameters
    ----------
    name : `workPackageName`; wire : `input` as it came.
    engine : `auto`, `batch` or `opendss`.
    """
    from hcr.studies.interconnection_plan import plan_interconnection  # numpy: only for these studies

    faults = list(name_faults(name, "workPackageName"))
    try:
        request = InterconnectionWorkPackageInput.model_validate(wire)
    except ValidationError as error:
        faults += [Fault(("input", *one["loc"]), one["msg"]) for one in error.errors()]
        return Refused(tuple(faults[:MOST_FAULTS]))
    try:
        tasks = plan_interconnection(request, engine=engine)
    except RefusedError as error:
        faults.append(Fault(("input", *error.path), str(error)))
    if not library.has(request.feeder):
        faults.append(Fault(("input", "feeder"), str(library.unknown(request.feeder))))
    if faults:
        return Refused(tuple(faults))
    return NewPackage(
        id=str(uuid.uuid4()),
        name=name.strip(),
        kind=INTERCONNECTION,
        request=to_wire(request),
        tasks=[(task.feeder, task.scenario, task.year) for task in tasks],
        engine=engine,
    )
