"""Every operation of the contract, asked by schemathesis in ways that fit the schema and ways that do not."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from fuzzing.judge import faults_of_answer
from fuzzing.wire import Answer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from hcr.contract.schema import schema_text

if TYPE_CHECKING:
    from fuzzing.campaign import Campaign

TIMES = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(lambda time: time.isoformat())

schemathesis.graphql.scalar("LocalDateTime", TIMES.map(nodes.String))
schemathesis.graphql.scalar("DateTime", TIMES.map(nodes.String))
schemathesis.graphql.scalar("Long", st.integers(-(2**63), 2**63 - 1).map(nodes.Int))
schemathesis.graphql.scalar("JSON", st.text(max_size=20).map(nodes.String))

CONTRACT = schemathesis.graphql.from_file(schema_text())

FEW = CONTRACT.include(name=["Query.getWorkPackages", "Query.getProcessedDiffs", "Mutation.editWorkPackage"])

CALLERS = ("write", "read", "nobody")

QUIET = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}


@FEW.parametrize()
@settings(max_examples=8, **QUIET)
def test_some_operations_are_answered(case: schemathesis.Case, attacked: "Campaign") -> None:
    _ask(case, attacked, "write")


@pytest.mark.fuzz
@pytest.mark.parametrize("caller", CALLERS)
@CONTRACT.parametrize()
@settings(max_examples=40, **QUIET)
def test_every_operation_is_answered(case: schemathesis.Case, attacked: "Campaign", caller: str) -> None:
    _ask(case, attacked, caller)


def _ask(case: schemathesis.Case, attacked: "Campaign", caller: str) -> None:
    headers = {} if caller == "nobody" else {"Authorization": f"Bearer {attacked.token(caller)}"}
    url = f"http://127.0.0.1:{attacked.port}/api/graphql"
    answer: Any = case.call(base_url=url, headers=headers, timeout=20.0)
    given = Answer(answer.status_code, b"\ncontent-type: application/json", answer.content)
    assert list(faults_of_answer(given, (attacked.directory,))) == []
    if caller == "nobody":
        assert answer.status_code == 401
    elif caller == "read" and case.operation.label.startswith("Mutation."):
        assert answer.status_code in (200, 403)  # 200 where the request is no GraphQL
    else:
        assert answer.status_code == 200
        case.operation.schema.validate_response(case.operation, answer, case=case)
