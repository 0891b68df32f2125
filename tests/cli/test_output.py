"""Forms of data on stdout: JSON, lines, YAML, separated values, tables, and parts of them by JMESPath."""

import json

import pytest
import yaml

from hcr.cli.output import FORMS, aligned, render, search
from hcr.errors import UsageError

RECORDS = [
    {"id": "7", "name": "Sömmer", "hours": 12.5, "done": True, "tags": ["a", "b"], "note": None},
    {
        "id": "8",
        "name": 'with "quotes", commas',
        "hours": 3,
        "done": False,
        "tags": [],
        "note": "two\nlines\t.",
    },
]
COLUMNS = ("id", "name", "hours", "done", "tags", "note")
PACKAGE = {
    "id": "7",
    "name": "Summer",
    "status": "COMPLETED",
    "createdAt": "2026-01-05T22:00:00+10:00",
    "createdBy": {"id": "u", "username": "ana"},
    "isDeleted": False,
    "feeders": ["F1"],
    "scenarios": ["base"],
    "years": [2030],
    "warnings": [],
    "failures": [],
}
PAGE = {"totalCount": 1, "offset": 0, "workPackages": [PACKAGE]}
EMPTY = {"totalCount": 0, "offset": 0, "workPackages": []}


# ---- the forms


def test_json_and_yaml_keep_every_key_and_type():
    assert json.loads(render(RECORDS, ("id",), "json")) == RECORDS
    assert yaml.safe_load(render(RECORDS, ("id",), "yaml")) == RECORDS


def test_jsonl_is_one_object_a_line():
    lines = render(RECORDS, ("id",), "jsonl").splitlines()

    assert [json.loads(line) for line in lines] == RECORDS


def test_letters_stay_readable():
    assert all("Sömmer" in render(RECORDS, COLUMNS, form) for form in FORMS)


def test_tsv_and_csv_have_a_head_and_one_line_a_record():
    assert render(RECORDS, COLUMNS, "tsv") == (
        "id\tname\thours\tdone\ttags\tnote\n"
        "7\tSömmer\t12.5\tyes\ta, b\t\n"
        '8\t"with ""quotes"", commas"\t3\tno\t\ttwo lines .\n'
    )
    assert render(RECORDS, ("id", "tags"), "csv") == 'id,tags\n7,"a, b"\n8,\n'


def test_table_aligns_numbers_to_the_right():
    assert render(RECORDS, ("name", "hours", "note"), "table") == (
        "NAME                   HOURS  NOTE\n"
        "Sömmer                  12.5\n"
        'with "quotes", commas      3  two lines .\n'
    )


def test_heads_say_spaces_for_underscores():
    assert render([{"created_at": "x"}], ("created_at",), "table") == "CREATED AT\nx\n"


def test_numbers_may_be_missing_or_negative():
    assert (
        aligned([["A", "B"], ["-1.5", "x"], ["-", "y"], ["", "z"]]) == "   A  B\n-1.5  x\n   -  y\n      z\n"
    )


@pytest.mark.parametrize(
    ("form", "text"),
    [("json", "[]\n"), ("yaml", "[]\n"), ("jsonl", ""), ("table", ""), ("tsv", "id\n"), ("csv", "id\n")],
)
def test_an_empty_list(form: str, text: str):
    assert render([], ("id",), form) == text


def test_a_mapping_in_a_cell_is_json():
    assert (
        render([{"origin": {"kind": "import"}}], ("origin",), "tsv") == 'origin\n"{""kind"": ""import""}"\n'
    )


# ---- chosen at the prompt


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("tsv", "id\tname\tstatus\tcreated_at\tauthor\n7\tSummer\tCOMPLETED\t2026-01-05T12:00:00Z\tana\n"),
        ("csv", "id,name,status,created_at,author\n7,Summer,COMPLETED,2026-01-05T12:00:00Z,ana\n"),
        (
            "table",
            (
                "ID  NAME    STATUS     CREATED AT            AUTHOR\n"
                " 7  Summer  COMPLETED  2026-01-05T12:00:00Z  ana\n"
            ),
        ),
        (
            "jsonl",
            (
                '{"id": "7", "name": "Summer", "status": "COMPLETED", "created_at": "2026-01-05T12:00:00Z",'
                ' "author": "ana"}\n'
            ),
        ),
        (
            "yaml",
            (
                "- id: '7'\n  name: Summer\n  status: COMPLETED\n  created_at: '2026-01-05T12:00:00Z'\n"
                "  author: ana\n"
            ),
        ),
    ],
)
def test_list_in_every_form(directory, service, hcr, form: str, text: str):
    service.data = {"getWorkPackages": PAGE}

    assert hcr(directory, "work-package", "list", "-o", form).stdout == text


@pytest.mark.parametrize(
    ("form", "begin"),
    [
        ("tsv", "key\tvalue\nid\t7\n"),
        ("csv", "key,value\nid,7\n"),
        ("table", "KEY           VALUE\nid            7\n"),
        ("jsonl", '{"id": "7", "name": "Summer",'),
        ("yaml", "id: '7'\nname: Summer\n"),
        ("json", '{\n  "id": "7",\n  "name": "Summer",\n'),
    ],
)
def test_one_record_in_every_form(directory, service, hcr, form: str, begin: str):
    service.data = {"getWorkPackageById": PACKAGE}

    assert hcr(directory, "work-package", "show", "7", "-o", form).stdout.startswith(begin)


def test_records_in_a_record_take_a_line_each(directory, service, hcr):
    failures = [
        {"feeder": "F1", "scenario": "base", "year": year, "code": "engine", "message": "no solution"}
        for year in (2030, 2031)
    ]
    service.data = {"getWorkPackageById": {**PACKAGE, "failures": failures}}

    lines = hcr(directory, "work-package", "show", "7").stdout.splitlines()

    assert [line for line in lines if line.startswith("failures")] == [
        "failures\tF1 · base · 2030 · engine · no solution",
        "failures\tF1 · base · 2031 · engine · no solution",
    ]


def test_wide_values_are_whole_in_a_pipe(directory, service, hcr):
    name = "n" * 400
    service.data = {"getWorkPackages": {**PAGE, "workPackages": [{**PACKAGE, "name": name}]}}

    for form in FORMS:
        assert name in hcr(directory, "work-package", "list", "-o", form).stdout


def test_a_terminal_gets_a_table(directory, service, terminal):
    service.data = {"getWorkPackages": PAGE}

    outcome = terminal(directory, "work-package", "list")

    assert outcome.code == 0
    assert outcome.stdout == (
        "ID  NAME    STATUS     CREATED AT            AUTHOR\n"
        " 7  Summer  COMPLETED  2026-01-05T12:00:00Z  ana\n"
    )


def test_an_empty_list_on_a_terminal_prints_nothing(directory, service, terminal):
    service.data = {"getWorkPackages": EMPTY}

    assert terminal(directory, "work-package", "list").stdout == ""


# ---- --query


@pytest.mark.parametrize(
    ("query", "form", "text"),
    [
        ("[].name", "tsv", "Summer\n"),
        ("[].name", "json", '[\n  "Summer"\n]\n'),
        ("[].name", "jsonl", '"Summer"\n'),
        ("[0].name", "yaml", "Summer\n"),
        ("[].[id, name]", "tsv", "7\tSummer\n"),
        ("[].[id, name]", "csv", "7,Summer\n"),
        ("[].{n: name, who: author}", "tsv", "n\twho\nSummer\tana\n"),
        ("[].{n: name}", "table", "N\nSummer\n"),
        ("[0]", "jsonl", '{"id": "7", "name": "Summer", "status": "COMPLETED",'),
        ("length(@)", "tsv", "1\n"),
        ("[?status=='RUNNING'].id", "tsv", ""),
        ("[?status=='RUNNING'].id", "json", "[]\n"),
        ("[0].nothing", "tsv", ""),
        ("[0].nothing", "json", "null\n"),
    ],
)
def test_query(directory, service, hcr, query: str, form: str, text: str):
    service.data = {"getWorkPackages": PAGE}

    outcome = hcr(directory, "work-package", "list", "--query", query, "-o", form)

    assert outcome.code == 0
    assert outcome.stdout.startswith(text)
    assert outcome.stdout == text or query == "[0]"


@pytest.mark.parametrize("query", ["[", "name ==", "unknown(@)", "abs(@[0].name)"])
def test_a_faulty_query_is_a_usage_error(directory, service, hcr, query: str):
    service.data = {"getWorkPackages": PAGE}

    outcome = hcr(directory, "work-package", "list", "--query", query)

    assert (outcome.code, outcome.stdout) == (2, "")
    assert "JMESPath" in outcome.stderr


def test_search_reads_values_that_json_has_no_word_for():
    class Odd:
        def __str__(self) -> str:
            return "odd"

    assert search("a", {"a": Odd()}) == "odd"
    with pytest.raises(UsageError):
        search("a[", {})
