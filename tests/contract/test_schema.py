"""The packaged SDL: valid, described, and the public contract plus marked extensions."""

from pathlib import Path

import pytest
from graphql import (
    DirectiveNode,
    DocumentNode,
    Node,
    build_schema,
    parse,
    print_ast,
    validate_schema,
)
from graphql.language import REMOVE, Visitor, VisitorAction, visit
from pydantic.alias_generators import to_camel

from hcr.contract.schema import schema_text
from hcr.results import calibration_tables

PUBLIC_CONTRACT = Path(__file__).parents[3] / "shared" / "contract" / "hosting_capacity.graphql"

GRAPHQL_TYPES = {
    "VARCHAR": "String",
    "INTEGER": "Int",
    "DOUBLE": "Float",
    "BOOLEAN": "Boolean",
    "TIMESTAMPTZ": "DateTime",
}
OF_THE_TASK = {"scenario", "year"}
CALIBRATION_TYPES = {
    "CalibrationTransformer": (calibration_tables.TRANSFORMERS, OF_THE_TASK),
    "CalibrationCandidate": (calibration_tables.CANDIDATES, {*OF_THE_TASK, "feeder", "transformer_id"}),
    "CalibrationCustomer": (calibration_tables.CUSTOMERS, {*OF_THE_TASK, "feeder"}),
    "CalibrationTime": (calibration_tables.TIMES, {*OF_THE_TASK, "feeder"}),
    "CalibrationSummary": (calibration_tables.SUMMARY, OF_THE_TASK),
}
"""Types that are rows of a table, and the columns that they leave out."""

NEVER_NULL = {"feeder", "transformer_id", "timestamp"}


def rows_of_tables() -> dict[str, str]:
    """The fields of types that are rows of a table."""
    return {
        f"{name}.{to_camel(column.name)}": GRAPHQL_TYPES[column.type] + "!" * (column.name in NEVER_NULL)
        for name, (table, left_out) in CALIBRATION_TYPES.items()
        for column in table.columns
        if column.name not in left_out
    }


EXTENSION_FIELDS = rows_of_tables() | {
    "GqlTxTapRecord.feeder": "String",
    "Query.getCalibrationEvidence": "CalibrationEvidence",
    "CalibrationEvidence.transformer": "CalibrationTransformer!",
    "CalibrationEvidence.candidates": "[CalibrationCandidate!]!",
    "CalibrationEvidence.customers": "[CalibrationCustomer!]!",
    "Query.getCalibrationReport": "CalibrationReport",
    "CalibrationReport.summary": "CalibrationSummary",
    "CalibrationReport.transformers": "[CalibrationTransformer!]!",
    "CalibrationReport.times": "[CalibrationTime!]!",
    "CalibrationReport.customers": "[CalibrationCustomer!]!",
    "CalibrationReport.leftOut": "Int!",
    "Query.getInterconnectionResult": "JSON",
    "HcWorkPackage.warnings": "[String!]!",
    "HcWorkPackage.failures": "[TaskFailure!]!",
    "HcWorkPackage.resultsPath": "String",
    "HcWorkPackage.engine": "String",
    "HcWorkPackage.activity": "String",
    "TaskFailure.feeder": "String!",
    "TaskFailure.scenario": "String!",
    "TaskFailure.year": "Int!",
    "TaskFailure.code": "String!",
    "TaskFailure.message": "String!",
    "Mutation.runInterconnectionWorkPackage": "ID!",
    "Mutation.retryWorkPackage": "[TaskFailure!]!",
    "Query.verifyWorkPackage": "[Verification!]!",
    "Verification.feeder": "String!",
    "Verification.scenario": "String!",
    "Verification.year": "Int!",
    "Verification.lanes": "Int!",
    "Verification.values": "Int!",
    "Verification.voltagePu": "Float",
    "Verification.voltageNode": "String",
    "Verification.currentA": "Float",
    "Verification.currentPercent": "Float",
    "Verification.disagreements": "[String!]!",
    "Verification.passed": "Boolean!",
}


class WithoutExtensions(Visitor):
    """Drops what carries @extension, the directive itself, and every description."""

    def enter(self, node: Node, *_: object) -> VisitorAction:
        if node.kind == "directive_definition":
            return REMOVE
        directives: tuple[DirectiveNode, ...] = getattr(node, "directives", None) or ()
        if any(directive.name.value == "extension" for directive in directives):
            return REMOVE
        if getattr(node, "description", None) is not None:
            node.description = None  # type: ignore[attr-defined]
        return None


def plain(text: str) -> str:
    document: DocumentNode = visit(parse(text, no_location=True), WithoutExtensions())
    return print_ast(document)


def test_the_text_is_a_valid_schema():
    assert validate_schema(build_schema(schema_text())) == []


def test_without_extensions_it_is_exactly_the_public_contract():
    if not PUBLIC_CONTRACT.is_file():
        pytest.skip(f"the public contract is not beside the project: {PUBLIC_CONTRACT.name} not found")
    assert plain(schema_text()) == plain(PUBLIC_CONTRACT.read_text(encoding="utf-8"))


def test_a_changed_field_would_be_noticed():
    changed = schema_text().replace("feeders: [String!]!", "feeders: [String]!", 1)
    assert changed != schema_text()
    assert plain(changed) != plain(schema_text())


def test_the_extensions_are_these_and_no_others():
    schema = build_schema(schema_text())
    found = {
        f"{name}.{field_name}": str(field.type)
        for name, type_ in schema.type_map.items()
        for field_name, field in getattr(type_, "fields", {}).items()
        if field.ast_node and any(d.name.value == "extension" for d in field.ast_node.directives)
    }
    assert found == EXTENSION_FIELDS


def test_what_carries_the_mark_says_so_and_nothing_else_does():
    unequal = [
        (node.name.value, node.description.value if node.description else None)
        for definition in parse(schema_text()).definitions
        for node in (definition, *(getattr(definition, "fields", None) or ()))
        if hasattr(node, "description")
        and any(d.name.value == "extension" for d in getattr(node, "directives", ()))
        != bool(node.description and node.description.value.startswith("Extension of hcr: "))
    ]
    assert unequal == []


def test_no_public_field_leads_to_an_extension_type():
    without = build_schema(plain(schema_text()))
    ours = {"TaskFailure", "Verification", "HcrEngine", "CalibrationMethod", *CALIBRATION_TYPES}
    assert without.type_map.keys().isdisjoint(ours)
    assert [name for name in without.type_map if name.startswith("Interconnection")] == []
    assert "extension" not in {directive.name for directive in without.directives}


def test_every_root_field_and_every_input_is_described():
    schema = build_schema(schema_text())
    inputs = [type_ for type_ in schema.type_map.values() if type_.ast_node and hasattr(type_, "out_type")]
    silent = [type_.name for type_ in inputs if not type_.description]
    owners = [schema.query_type, schema.mutation_type, *(t for t in inputs if hasattr(t, "fields"))]
    silent += [
        f"{owner.name}.{name}" for owner in owners for name, f in owner.fields.items() if not f.description
    ]
    assert silent == []


def test_the_text_does_not_depend_on_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert schema_text().startswith("# The contract of hosting capacity")
