"""Operations of the contract that this service does not have, each with the reason and what to do instead."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema

from hcr.service.refusals import unsupported

_OPPORTUNITIES = (
    "it derives no opportunities; the table `constraints` of a package lists each breach of a limit"
)
_DATABASE = "it has no input database; `hcr DIR feeder import` adds feeders and their load data"
_ANALYSIS = "it makes no feeder load analysis; the tables of a forecast have loads and peaks of each zone"

REASONS = {
    "getOpportunities": _OPPORTUNITIES,
    "getOpportunitiesForEquipment": _OPPORTUNITIES,
    "getOpportunity": _OPPORTUNITIES,
    "getOpportunityLocations": _OPPORTUNITIES,
    "hostingCapacityFileUploadUrl": _DATABASE,
    "processInputDatabase": _DATABASE,
    "runFeederLoadAnalysis": _ANALYSIS,
    "getFeederLoadAnalysisReportStatus": _ANALYSIS,
    "runIntrinsicWorkPackage": "it solves forecasts and feeder overrides only; nothing was submitted",
    "runHvNodeHeadroomWorkPackage": "it solves forecasts and feeder overrides only; nothing was submitted",
}


def refuse_the_rest(schema: GraphQLSchema) -> None:
    """Give each operation without a resolver one that refuses by name."""
    for kind in (schema.query_type, schema.mutation_type):
        for name, field in _fields(kind):
            if field.resolve is None:
                field.resolve = _refusing(name)


def _fields(kind: GraphQLObjectType | None) -> list[tuple[str, Any]]:
    return list(kind.fields.items()) if kind else []


def _refusing(name: str) -> Callable[..., None]:
    def resolve(*_: object, **__: object) -> None:
        raise unsupported(name, REASONS.get(name, "nothing here answers it yet"))

    return resolve
