from datetime import timedelta
from pathlib import Path

import pytest

from hcr.errors import FeederError
from hcr.network.feeder import Customer, Head, folder_digest, read_customers, read_feeder, write_customers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    feeder = tmp_path / "north"
    (feeder / "model").mkdir(parents=True)
    (feeder / "model" / "Master.dss").write_text("New Circuit.x\n", encoding="utf-8")
    (feeder / "customers.csv").write_text("load_id,element\nN1,Load.a\n", encoding="utf-8")
    (feeder / "feeder.yaml").write_text("mrid: north\nutc_offset: '+09:30'\n", encoding="utf-8")
    return feeder


def facts(folder: Path, text: str) -> None:
    (folder / "feeder.yaml").write_text(text, encoding="utf-8")


def test_a_feeder_is_read_with_its_customers(folder: Path) -> None:
    feeder = read_feeder(folder)
    assert (feeder.mrid, feeder.master.name, feeder.head) == ("north", "Master.dss", None)
    assert feeder.customers == (Customer("N1", "Load.a"),)
    assert feeder.utc_offset == timedelta(hours=9.5)
    assert feeder.utc_offset_text == "+09:30"
    assert feeder.load_data == folder / "load_data.parquet"


@pytest.mark.parametrize(
    ("written", "offset"),
    [
        ("'-03:30'", timedelta(hours=-3.5)),
        ("+10:00", timedelta(hours=10)),  # YAML 1.1 makes 600 of this
        ("'+00:00'", timedelta(0)),
        ("'+14:00'", timedelta(hours=14)),
    ],
)
def test_the_offset_from_utc_may_be_written_with_or_without_quotes(
    folder: Path, written: str, offset: timedelta
) -> None:
    facts(folder, f"mrid: north\nutc_offset: {written}\n")
    assert read_feeder(folder).utc_offset == offset


@pytest.mark.parametrize("written", ["''", "ten", "'+10'", "'+10:000'", "'+99:00'", "'10:00 '", "'+10:60'"])
def test_an_offset_that_cannot_be_read_is_refused(folder: Path, written: str) -> None:
    facts(folder, f"mrid: north\nutc_offset: {written}\n")
    with pytest.raises(FeederError, match="utc_offset"):
        read_feeder(folder)


@pytest.mark.parametrize(
    ("written", "head"),
    [
        ("Line.l1", Head("Line.l1", 1)),
        ("{element: Line.l1}", Head("Line.l1", 1)),
        ("{element: Transformer.t, terminal: 2}", Head("Transformer.t", 2)),
    ],
)
def test_a_head_is_an_element_and_a_terminal(folder: Path, written: str, head: Head) -> None:
    facts(folder, f"mrid: north\nhead: {written}\n")
    assert read_feeder(folder).head == head


@pytest.mark.parametrize("written", ["7", "{terminal: 1}", "{element: Line.l1, terminal: 3}", "[a]"])
def test_a_head_that_makes_no_sense_is_refused(folder: Path, written: str) -> None:
    facts(folder, f"mrid: north\nhead: {written}\n")
    with pytest.raises(FeederError, match="head"):
        read_feeder(folder)


@pytest.mark.parametrize("text", ["", "- a\n", "a: [\n", "master: model/other.dss\n"])
def test_broken_facts_name_the_file(folder: Path, text: str) -> None:
    facts(folder, text)
    with pytest.raises(FeederError, match=r"feeder north: feeder\.yaml cannot be used"):
        read_feeder(folder)


@pytest.mark.parametrize("name", ["feeder.yaml", "customers.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(FeederError, match=name):
        read_feeder(folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("load_id,element\nA,Load.a\nA,Load.b\n", "line 3 repeats load_id A"),
        ("load_id,element\nA,\n", "line 2 needs"),
        ("id,element\nA,Load.a\n", "column load_id is missing"),
        ("", "column element is missing"),
        ("load_id,element,pv_kw\nA,Load.a,many\n", "line 2 has a PV size"),
        ("load_id,element,pv_kw\nA,Load.a,-1\n", "below zero"),
        ("load_id,element,pv_kw\nA,Load.a,nan\n", "below zero"),
    ],
)
def test_a_broken_customer_list_says_where(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FeederError, match=words):
        read_customers(path)


def test_customers_are_read_as_they_were_written(tmp_path: Path) -> None:
    customers = (Customer("0012", "Load.a", 6.6, 5.0), Customer('an "odd", id', "Load.ü"))
    write_customers(tmp_path / "customers.csv", customers)
    assert read_customers(tmp_path / "customers.csv") == customers


def test_columns_for_people_are_written_beside_and_not_read(tmp_path: Path) -> None:
    customers = (Customer("N1", "Load.a"), Customer("N2", "Load.b", 5.0, 4.0))
    write_customers(tmp_path / "customers.csv", customers, {"street": ["High St", "Low St, 2"]})
    assert (tmp_path / "customers.csv").read_text(encoding="utf-8").splitlines() == [
        "load_id,element,pv_kw,pv_inverter_kva,street",
        "N1,Load.a,0.0,0.0,High St",
        'N2,Load.b,5.0,4.0,"Low St, 2"',
    ]
    assert read_customers(tmp_path / "customers.csv") == customers


def test_a_byte_order_mark_does_not_hide_the_first_column(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("load_id,element\nA,Load.a\n", encoding="utf-8-sig")
    assert read_customers(tmp_path / "customers.csv") == (Customer("A", "Load.a"),)


def test_the_digest_tells_names_and_contents(folder: Path) -> None:
    first = read_feeder(folder).model_digest()
    assert first == folder_digest(folder / "model")
    master = folder / "model" / "Master.dss"
    master.write_text("New Circuit.y\n", encoding="utf-8")
    changed = folder_digest(folder / "model")
    master.rename(folder / "model" / "Other.dss")
    assert len({first, changed, folder_digest(folder / "model")}) == 3
