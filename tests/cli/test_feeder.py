"""The feeder library at the prompt: import, generate, list, show, check."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hcr.results.parquet import read_parquet

MODEL = """
clear
new circuit.small bus1=src basekv=22 pu=1.0 phases=3
new linecode.lc nphases=3 r1=0.3 x1=0.3 units=km
new line.l1 bus1=src bus2=a linecode=lc length=1 units=km
new load.house bus1=a.1.2.3 phases=3 kv=22 kw=10 pf=0.95
set voltagebases=[22]
calcvoltagebases
solve
"""
LOAD_DATA = "load_id,time,import_w\nhouse,2025-01-15T00:30,4000\nhouse,2025-01-15T01:00,5000\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A config directory without anything in it."""
    folder = tmp_path / "config"
    folder.mkdir()
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model" / "Master.dss"
    path.parent.mkdir()
    path.write_text(MODEL)
    return path


@pytest.fixture
def add(hcr, library: Path, model: Path, tmp_path: Path) -> Callable[..., object]:
    """Import the small model with its load data under an mRID."""

    def run(mrid: str = "small", *more: object):
        loads = tmp_path / "loads.csv"
        loads.write_text(LOAD_DATA)
        return hcr(library, "feeder", "import", model, "--mrid", mrid, "--load-data", loads, *more)

    return run


def test_import_prints_the_mrid_and_says_what_it_did(add, library: Path):
    outcome = add("small", "--utc-offset=+10:00", "--head", "Line.l1")

    assert (outcome.code, outcome.stdout) == (0, "small\n")
    assert "Imported 1 files with 1 customers as feeder 'small'." in outcome.stderr
    assert (library / "feeders" / "small" / "feeder.yaml").is_file()


def test_import_lists_findings_and_rewrites(hcr, library: Path, model: Path):
    fuse = "new fuse.f1 monitoredobj=line.l1 action=close\nset voltagebases"
    model.write_text(MODEL.replace("set voltagebases", fuse))

    outcome = hcr(library, "feeder", "import", model.parent, "--mrid", "small")

    assert outcome.code == 0
    assert "info: " in outcome.stderr
    assert "action=close" in outcome.stderr
    assert "Warning: " in outcome.stderr, "a customer without load data"


def test_an_mrid_is_taken_until_it_is_replaced(add):
    add()

    assert add().code == 2
    assert add("small", "--replace").code == 0


@pytest.mark.parametrize(
    ("change", "words", "code", "said"),
    [
        ("nonsense.", (), 2, "nonsense"),
        ("", ("--head", "Line.nowhere"), 2, "Line.nowhere"),
        ("", ("--utc-offset", "ten"), 2, "--utc-offset"),
        ("", ("--customers", "no-such-file.csv"), 2, "no-such-file.csv"),
    ],
)
def test_what_cannot_be_imported_leaves_nothing(hcr, library, model, change, words, code, said):
    model.write_text(f"{MODEL}new {change}x=1\n" if change else MODEL)

    outcome = hcr(library, "feeder", "import", model, "--mrid", "small", *words)

    assert outcome.code == code
    assert said in outcome.stderr
    assert not (library / "feeders" / "small").exists()


def test_a_model_that_is_not_there(hcr, library: Path):
    outcome = hcr(library, "feeder", "import", library / "nowhere.dss", "--mrid", "x")

    assert outcome.code == 2
    assert "does not exist" in outcome.stderr


def test_list_and_show(add, hcr, library: Path):
    add("small", "--utc-offset=+10:00", "--head", "Line.l1")

    assert hcr(library, "feeder", "list").stdout == (
        "mrid\torigin\tcustomers\tload_data\nsmall\timported\t1\tyes\n"
    )
    shown = hcr(library, "feeder", "show", "small", "-o", "json").json
    assert shown.pop("model").endswith("/feeders/small/model/Master.dss")
    assert shown == {
        "mrid": "small",
        "name": "small",
        "head": "Line.l1",
        "utc_offset": "+10:00",
        "customers": 1,
        "customers_with_pv": 0,
        "pv_kw": 0,
        "load_data_from": "2025-01-15T00:30",
        "load_data_to": "2025-01-15T01:00",
        "origin": {"kind": "imported", "entry": "Master.dss"},
        "rewrites": [],
    }


def test_show_without_head_and_load_data(hcr, library: Path, model: Path):
    hcr(library, "feeder", "import", model, "--mrid", "small")

    shown = hcr(library, "feeder", "show", "small", "-o", "json").json

    assert (shown["head"], shown["load_data_from"], shown["load_data_to"]) == ("the source", None, None)


def test_broken_feeders_and_recipes_are_listed_too(add, hcr, library: Path):
    add("broken")
    (library / "feeders" / "broken" / "feeder.yaml").write_text("mrid: [")
    recipe = library / "feeders" / "later" / "recipe.yaml"
    recipe.parent.mkdir()
    recipe.write_text("customers: 5\nseed: 1\n")

    outcome = hcr(library, "feeder", "list", "-o", "json")

    assert outcome.code == 0
    assert [(row["mrid"], row["origin"].split(":")[0]) for row in outcome.json] == [
        ("broken", "broken"),
        ("later", "recipe"),
    ]


def test_an_unknown_feeder_is_answered_with_a_guess(add, hcr, library: Path):
    add()

    for words in (("show", "smal"), ("check", "smal")):
        outcome = hcr(library, "feeder", *words)
        assert outcome.code == 6
        assert "did you mean 'small'?" in outcome.stderr


def test_check_names_what_is_wrong_with_all_feeders(add, hcr, library: Path):
    add("good")
    add("bad")
    add("ugly")
    (library / "feeders" / "bad" / "feeder.yaml").write_text("mrid: [")
    (library / "feeders" / "ugly" / "model" / "Master.dss").write_text("new nonsense.x\n")

    outcome = hcr(library, "feeder", "check")

    assert outcome.code == 2
    heads = [line for line in outcome.stdout.splitlines() if not line.startswith(" ")]
    assert [head.split(",")[0] for head in heads] == ["bad: 1 errors", "good: 0 errors", "ugly: 1 errors"]
    assert "2 feeders cannot be studied as they are: bad, ugly" in outcome.stderr


def test_check_of_a_good_feeder(add, hcr, library: Path):
    add()

    outcome = hcr(library, "feeder", "check", "small")

    assert outcome.code == 0
    assert outcome.stdout.startswith("small: 0 errors")


def test_generate_builds_a_feeder_with_load_data(hcr, library: Path):
    outcome = hcr(library, "feeder", "generate", "--mrid", "synth", "--customers", 5, "--seed", 1)

    assert (outcome.code, outcome.stdout) == (0, "synth\n")
    assert "5 customers" in outcome.stderr
    shown = hcr(library, "feeder", "show", "synth", "-o", "json").json
    assert (shown["customers"], shown["origin"]["kind"]) == (5, "generated")
    assert shown["load_data_from"] == "2025-01-01T00:30"


def test_generate_meters_voltages_where_asked_to(hcr, library: Path):
    words = ("feeder", "generate", "--mrid", "synth", "--customers", 8, "--seed", 1, "--transformers", 2)
    outcome = hcr(library, *words, "--days", 1, "--voltages", "--noise", 1, "--missing", 0)

    assert outcome.code == 0
    origin = hcr(library, "feeder", "show", "synth", "-o", "json").json["origin"]
    assert (origin["transformers"], origin["days"]) == (2, 1)
    assert origin["voltages"] == {"noise": 0.01, "wrong": 0.02, "missing": 0.0, "drift": 0.006}
    rows = read_parquet(library / "feeders" / "synth" / "load_data.parquet", "v_v")
    assert len(rows["v_v"]) == 8 * 48
    assert rows["v_v"].min() > 200.0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--noise", 1), "--noise has no effect"),
        (("--voltages", "--noise", 50), "noise = 0.5"),
        (("--transformers", 9), "transformers = 9"),
        (("--days", 0), "days = 0"),
    ],
)
def test_what_no_feeder_can_have_is_refused_by_name(hcr, library: Path, options: tuple, named: str):
    outcome = hcr(library, "feeder", "generate", "--mrid", "synth", "--customers", 8, "--seed", 1, *options)

    assert (outcome.code, outcome.stdout) == (2, "")
    assert named in outcome.stderr
    assert not (library / "feeders" / "synth").exists()


def test_a_recipe_that_makes_no_feeder_is_refused(hcr, library: Path):
    outcome = hcr(library, "feeder", "generate", "--mrid", "synth", "--customers", 0, "--seed", 1)

    assert (outcome.code, outcome.stdout) == (2, "")
    assert not (library / "feeders" / "synth").exists()


def test_commands_do_not_need_a_service(add, hcr, library: Path):
    """The library is this directory's, whatever service auth_config.json names."""
    server = {"protocol": "https", "host": "eas.invalid", "port": 443}
    (library / "auth_config.json").write_text(json.dumps({"eas_server": server}))

    assert add().code == 0
    assert hcr(library, "feeder", "list").code == 0
