"""Which operations and which packages a request is about."""

import pytest
from graphql import build_ast_schema, parse

from hcr.contract.schema import schema_text
from hcr.service.asked import Asked, asked_of

SCHEMA = build_ast_schema(parse(schema_text()))


def ask(query: str, operation: str | None = None, **variables: object) -> Asked:
    return asked_of(SCHEMA, parse(query), {"operationName": operation, "variables": variables})


@pytest.mark.parametrize(
    ("query", "label", "writes", "packages"),
    [
        ("{ getActiveWorkPackages }", "getActiveWorkPackages", False, ()),
        ('{ getWorkPackageById(id: "p") { id } }', "getWorkPackageById", False, ("p",)),
        ('{ getCalibrationRun(id: "c") { id } }', "getCalibrationRun", False, ()),
        ('mutation { cancelWorkPackage(workPackageId: "p") }', "cancelWorkPackage", True, ("p",)),
        ('mutation { deleteWorkPackage(workPackageIds: ["p", "q"]) }', "deleteWorkPackage", True, ("p", "q")),
        ("mutation { deleteWorkPackage(workPackageIds: $ids) }", "deleteWorkPackage", True, ("x", "y")),
        ('mutation { cancelWorkPackage(workPackageId: ["p", 3, null]) }', "cancelWorkPackage", True, ("p",)),
        ("{ a: getActiveWorkPackages getCalibrationSets }", "several", False, ()),
        ("{ ...f } fragment f on Query { ...f getActiveWorkPackages }", "getActiveWorkPackages", False, ()),
        ("{ nonsense __typename }", "none", False, ()),
    ],
)
def test_operations_and_packages(query: str, label: str, writes: bool, packages: tuple[str, ...]) -> None:
    found = ask(query, ids=["x", "y"])
    assert (found.label, found.writes, found.packages) == (label, writes, packages)


def test_the_operation_that_is_meant() -> None:
    both = 'query a { getActiveWorkPackages } mutation b { cancelWorkPackage(workPackageId: "p") }'
    assert not ask(both, "a").writes
    assert ask(both, "b").writes
    assert ask(both).writes, "in doubt it writes"
    assert ask(both, "c").writes


def test_what_callers_send_is_cut() -> None:
    found = ask(
        "mutation { deleteWorkPackage(workPackageIds: $ids) }", ids=[f"{n:03}" * 100 for n in range(90)]
    )
    assert len(found.packages) == 50
    assert {len(one) for one in found.packages} == {100}
