import pytest
from graphql import build_schema, graphql_sync
from hypothesis import given
from hypothesis import strategies as st

from hcr.client.answer_errors import AnswerError, error_of
from hcr.client.operations import RUN_INTRINSIC_WORK_PACKAGE, RUN_WORK_PACKAGE
from hcr.contract.schema import schema_text
from hcr.errors import AuthError, HcrError, NotFoundError, RefusedError, ServerError


def one(message: str, **extensions: object) -> HcrError:
    return error_of([{"message": message, "extensions": extensions}], "runWorkPackage")


def test_refused_input_leads_to_the_culprit():
    error = one("year 1800 has no load data", code="refused", path=["input", "forecastConfig", "years", 0])
    assert isinstance(error, RefusedError)
    assert error.path == ("input", "forecastConfig", "years", 0)
    assert error.why == "year 1800 has no load data"
    assert error.exit_code == 2


def test_not_found_and_unauthenticated():
    assert isinstance(one("no package 7", code="NOT_FOUND"), NotFoundError)
    assert isinstance(one("token expired", code="unauthenticated"), AuthError)


def test_what_is_not_there_is_said_once_and_without_its_number():
    error = one("404: there is no running work package 7", code="not_found")
    assert str(error) == "there is no running work package 7"
    assert "Check the ID" in error.remedy


def test_who_we_are_comes_before_what_we_asked():
    entries = [
        {"message": "bad year", "extensions": {"code": "refused"}},
        {"message": "who?", "extensions": {"code": "unauthenticated"}},
    ]
    error = error_of(entries, "x")
    assert isinstance(error, AuthError)
    assert error.why == "bad year; who?"


def test_the_first_of_several_refusals_gives_the_path():
    entries = [
        {"message": "a", "extensions": {"code": "refused", "path": ["input", "a"]}},
        {"message": "b", "extensions": {"code": "refused", "path": ["input", "b"]}},
    ]
    error = error_of(entries, "x")
    assert isinstance(error, RefusedError)
    assert error.path == ("input", "a")


@pytest.mark.parametrize(
    "message",
    [
        "Variable '$input' got invalid value {}; Field 'variant' is not defined by type 'HcModelInput'.",
        'Field "variant" is not defined by type "HcModelConfigInput".',
        "The variables input contains a field name 'variant' that is not defined for input object type 'X'",
        'Unknown argument "variant" on field "Query.getWorkPackages".',
        "Validation error (UnknownArgument) : Unknown field argument variant",
    ],
)
def test_a_key_the_service_does_not_know_is_named(message: str):
    error = one(message)
    assert isinstance(error, RefusedError)
    assert error.what == "The service does not know `variant`"
    assert "older than this client" in error.why
    assert "Remove the key" in error.remedy
    assert error.path[-1] == "variant"


@pytest.mark.parametrize(
    "message",
    [
        'Cannot query field "runIntrinsicWorkPackage" on type "Mutation".',
        "Validation error (FieldUndefined) : Field 'runIntrinsicWorkPackage' in type 'Mutation' is undefined",
        "Unknown type 'runIntrinsicWorkPackage'.",
    ],
)
def test_an_operation_the_service_does_not_know_is_named(message: str):
    error = one(message)
    assert isinstance(error, RefusedError)
    assert error.what == "The service does not know `runIntrinsicWorkPackage`"
    assert error.path == ()


def texts_of_a_real_server(document: str, variables: dict[str, object]) -> list[object]:
    result = graphql_sync(build_schema(schema_text()), document, variable_values=variables)
    assert result.errors
    return [error.formatted for error in result.errors]


def test_path_of_an_unknown_key_as_a_real_server_tells_it():
    period = {"startTime": "2030-01-01T00:00:00", "endTime": "2030-02-01T00:00:00"}
    config = {"feeder": "F", "scenarios": ["base"], "years": [2030], "timePeriod": {**period, "color": "red"}}
    entries = texts_of_a_real_server(
        RUN_WORK_PACKAGE.document, {"input": {"feederConfigs": {"configs": [config]}}, "workPackageName": "n"}
    )
    error = error_of(entries, "runWorkPackage")
    assert isinstance(error, RefusedError)
    assert error.path == ("input", "feederConfigs", "configs", 0, "timePeriod", "color")


def test_bad_value_as_a_real_server_tells_it():
    entries = texts_of_a_real_server(
        RUN_WORK_PACKAGE.document,
        {"input": {"generatorConfig": {"model": {"loadModel": "one"}}}, "workPackageName": "n"},
    )
    error = error_of(entries, "runWorkPackage")
    assert isinstance(error, RefusedError)
    assert error.what == "The service refused the value of `input.generatorConfig.model.loadModel`"
    assert error.why.startswith("Int cannot represent")
    assert error.path == ("input", "generatorConfig", "model", "loadModel")


def test_bad_value_of_a_whole_variable():
    error = error_of(
        texts_of_a_real_server(RUN_WORK_PACKAGE.document, {"input": {}, "workPackageName": 7}), "x"
    )
    assert isinstance(error, RefusedError)
    assert error.path == ("workPackageName",)


def test_missing_operation_as_a_real_server_tells_it():
    old = build_schema("type Query { a: Int } type Mutation { b: Int }")
    result = graphql_sync(old, RUN_INTRINSIC_WORK_PACKAGE.document)
    error = error_of([error.formatted for error in result.errors or ()], "x")
    assert isinstance(error, RefusedError)
    assert "does not know" in error.what


def test_upstream_says_404_in_the_text():
    assert isinstance(one("404: Not Found, no such running package"), NotFoundError)
    assert isinstance(one("no workflow wp-404 in queue q404"), ServerError)


def test_everything_else_is_a_server_error_with_all_messages():
    error = error_of([{"message": "disk full"}, {"message": ""}, "odd", None], "runWorkPackage")
    assert type(error) is ServerError
    assert error.what == "The service could not do runWorkPackage"
    assert error.why == "disk full; no message; odd; no message"


def test_strange_entries_are_read_as_far_as_they_go():
    entry = AnswerError.read({"message": "m", "extensions": {"code": None, "path": ["a", 1, None, {}]}})
    assert entry == AnswerError("m", "", ("a", 1))
    assert AnswerError.read({"message": "m", "extensions": []}) == AnswerError("m")
    assert AnswerError.read({"message": "m", "extensions": {"path": "a"}}) == AnswerError("m")


@given(
    st.lists(st.none() | st.text() | st.dictionaries(st.sampled_from(["message", "extensions"]), st.text()))
)
def test_whatever_the_list_holds_there_is_an_error(entries: list[object]):
    assert isinstance(error_of(entries, "x"), HcrError)
