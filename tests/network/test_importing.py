from pathlib import Path

import pytest

from hcr.errors import ConfigError, FeederError, ModelError, UsageError
from hcr.network.check import check_feeder
from hcr.network.feeder import folder_digest
from hcr.network.importing import ImportOptions, entry_file, import_feeder
from hcr.network.library import Library

MODEL = """Clear
New Circuit.north basekv=11 bus1=src
Redirect Lines.dss
New Load.House bus1=b kv=11 kw=10 kvar=1
Set voltagebases=[11]
Calcvoltagebases
"""
LINES = "New Line.l1 bus1=src bus2=b length=1\n"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library", tmp_path / "cache")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "my networks" / "north"
    folder.mkdir(parents=True)
    (folder / "Master.dss").write_text(MODEL, encoding="utf-8")
    (folder / "Lines.dss").write_text(LINES, encoding="utf-8")
    return folder


def test_a_model_is_copied_and_its_loads_are_customers(library: Library, source: Path) -> None:
    imported = import_feeder(library, source, "n1", ImportOptions(head="line.L1", utc_offset="+10:00"))
    feeder = library.open("n1")
    assert (imported.files, imported.customers) == (2, 1)
    assert [(one.load_id, one.element) for one in feeder.customers] == [("house", "load.house")]
    assert feeder.head is not None
    assert feeder.head.element == "line.L1"
    assert feeder.utc_offset_text == "+10:00"
    assert feeder.name == "north"
    assert folder_digest(feeder.folder / "model") == folder_digest(source)


def test_the_original_files_stay_as_they_are(library: Library, source: Path) -> None:
    odd = MODEL.replace("Lines.dss", "LINES.DSS") + "show voltages\nexport voltages\nsolve\n"
    (source / "Master.dss").write_bytes(odd.replace("House", "Süd").encode("cp1252"))
    before = folder_digest(source)
    imported = import_feeder(library, source, "n1")
    assert folder_digest(source) == before
    assert [one.load_id for one in library.open("n1").customers] == ["süd"]
    rewrites = "\n".join(library.open("n1").rewrites)
    assert "Master.dss:3: wrote `Lines.dss` for `LINES.DSS`" in rewrites
    assert "took out `show voltages`" in rewrites
    assert "written as UTF-8" in rewrites
    assert {finding.code for finding in imported.findings} == {"no_load_data", "rewritten"}
    assert len(list((library.root / "n1" / "model").iterdir())) == 2


def test_files_outside_the_models_folder_come_along(library: Library, source: Path) -> None:
    support = source.parent / "support"
    support.mkdir()
    (source / "Lines.dss").rename(support / "Lines.dss")
    absolute = source.parent / "support" / "Lines.dss"
    for number, written in enumerate(("../support/Lines.dss", "..\\Support\\lines.dss", f'"{absolute}"')):
        (source / "Master.dss").write_text(MODEL.replace("Lines.dss", written), encoding="utf-8")
        import_feeder(library, source / "Master.dss", f"n{number}")
    (support / "Lines.dss").unlink()
    for mrid in library.mrids():
        assert [one for one in check_feeder(library.open(mrid)) if one.severity == "error"] == []


def test_load_data_and_customers_may_be_given(library: Library, source: Path, tmp_path: Path) -> None:
    (tmp_path / "who.csv").write_text("load_id,element\nN7,Load.House\n", encoding="utf-8")
    (tmp_path / "data.csv").write_text("load_id,time,import_w\nN7,2025-01-01 00:30,5\n", encoding="utf-8")
    options = ImportOptions(load_data=tmp_path / "data.csv", customers=tmp_path / "who.csv")
    imported = import_feeder(library, source, "n1", options)
    assert imported.findings == []
    assert library.open("n1").load_data.is_file()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda text: "", ModelError),
        (lambda text: text + "New Load.House bus1=b\n", ModelError),
        (lambda text: text.replace("kw=10", "kw=1e7 vminpu=0.001 vlowpu=0.0001"), ModelError),
        (lambda text: text.replace("Lines.dss", "gone.dss"), ConfigError),
    ],
    ids=["empty", "a load twice in another case", "no solution", "missing file"],
)
def test_a_model_that_cannot_be_solved_is_not_imported(
    library: Library, source: Path, change: object, error: type[Exception]
) -> None:
    assert callable(change)
    (source / "Master.dss").write_text(change(MODEL), encoding="utf-8")
    with pytest.raises(error):
        import_feeder(library, source, "n1")
    assert library.mrids() == []
    assert not library.root.exists() or list(library.root.iterdir()) == []


def test_a_head_that_is_not_in_the_model_is_refused(library: Library, source: Path) -> None:
    with pytest.raises(FeederError, match=r"Line\.nowhere"):
        import_feeder(library, source, "n1", ImportOptions(head="Line.nowhere"))
    assert library.mrids() == []


def test_an_offset_that_cannot_be_read_is_refused_at_once(library: Library, source: Path) -> None:
    with pytest.raises(UsageError, match="no offset"):
        import_feeder(library, source, "n1", ImportOptions(utc_offset="10"))


def test_importing_again_needs_replace(library: Library, source: Path) -> None:
    import_feeder(library, source, "n1")
    with pytest.raises(UsageError, match="exists already"):
        import_feeder(library, source, "n1")
    import_feeder(library, source, "n1", ImportOptions(replace=True, utc_offset="-03:00"))
    assert library.open("n1").utc_offset_text == "-03:00"


def test_the_entry_is_a_file_or_a_folder_with_a_master(source: Path, tmp_path: Path) -> None:
    (source / "Master.dss").rename(source / "MASTER.DSS")
    assert entry_file(source).name == "MASTER.DSS"
    assert entry_file(source / "Lines.dss").name == "Lines.dss"
    with pytest.raises(ConfigError):
        entry_file(tmp_path)
    with pytest.raises(ConfigError):
        entry_file(tmp_path / "nowhere")
