from pathlib import Path

import pytest

from hcr.errors import ConfigError
from hcr.network.dss_text import file_names, file_references, model_files, read_lines
from hcr.network.file_finder import FileFinder


def references(folder: Path, text: str) -> list[tuple[int, str, bool]]:
    (folder / "x.dss").write_text(text, encoding="utf-8")
    found = file_references(read_lines(folder / "x.dss"))
    return [(one.line, one.written, one.is_script) for one in found]


@pytest.mark.parametrize(
    ("line", "written", "is_script"),
    [
        ("redirect a.dss", "a.dss", True),
        ("Redirect 'my folder/a.dss' ! why", "my folder/a.dss", True),
        ('COMPILE "c:\\a b\\m.dss"', "c:\\a b\\m.dss", True),
        ("redir (a b.dss) // why", "a b.dss", True),
        ("redirect file=a.dss", "a.dss", True),
        ('redirect "odd!name.dss" ! why', "odd!name.dss", True),
        ("Buscoords xy.csv", "xy.csv", False),
        ("New Loadshape.s npts=2 mult=(file=p.csv)", "p.csv", False),
        ('New Loadshape.s npts=2 csvfile="p q.csv" interval=1', "p q.csv", False),
        ("New XYCurve.s npts=2 csvfile = p.csv", "p.csv", False),
        ("New Loadshape.s mult=[dblfile=p.dbl]", "p.dbl", False),
        ("Loadshape.s.mult=(file=p.csv)", "p.csv", False),
    ],
)
def test_every_way_to_name_a_file_is_found(tmp_path: Path, line: str, written: str, is_script: bool) -> None:
    assert references(tmp_path, f"clear\n{line}\n") == [(2, written, is_script)]


@pytest.mark.parametrize(
    "text",
    [
        "! redirect a.dss",
        "// redirect a.dss",
        "/* off\nredirect a.dss\n*/",
        "redirect",
        "export voltages file=out.csv",
        "New Line.l bus1=a ! mult=(file=p.csv)",
        "reset monitors",
    ],
)
def test_comments_and_outputs_name_no_file(tmp_path: Path, text: str) -> None:
    assert references(tmp_path, text) == []


def test_a_continuation_belongs_to_the_class_of_its_element(tmp_path: Path) -> None:
    text = (
        "New Loadshape.s npts=3\n! note\n~ mult=(file=p.csv)\nMore qmult=(file=q.csv)\nSet mode=daily\n~ x\n"
    )
    assert [written for _, written, _ in references(tmp_path, text)] == ["p.csv", "q.csv"]
    lines = read_lines(tmp_path / "x.dss")
    assert [line.element_class for line in lines] == ["loadshape"] * 4 + ["", ""]


@pytest.mark.parametrize(
    "written", ["New PVSystem.p", 'New "PVSystem.p"', "new object=pvsystem.p", "Edit PVSYSTEM.p"]
)
def test_the_class_of_an_element_is_lower_case(tmp_path: Path, written: str) -> None:
    (tmp_path / "x.dss").write_text(written, encoding="utf-8")
    assert read_lines(tmp_path / "x.dss")[0].element_class == "pvsystem"


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    (tmp_path / "x.dss").write_bytes(b"clear\r\nNew Line.a\x0cb\r\n\r\nredirect y.dss")
    assert [line.number for line in read_lines(tmp_path / "x.dss") if line.verb == "redirect"] == [4]


def test_windows_text_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.dss").write_bytes("New Load.süd".encode("cp1252"))
    assert read_lines(tmp_path / "x.dss")[0].code == "New Load.süd"
    (tmp_path / "x.dss").write_text("clear", encoding="utf-8-sig")
    assert read_lines(tmp_path / "x.dss")[0].verb == "clear"


def test_only_names_that_the_engine_would_not_find_are_changed(tmp_path: Path) -> None:
    (tmp_path / "Data").mkdir()
    (tmp_path / "Data" / "Lines.dss").touch()
    absolute = str(tmp_path / "Data" / "Lines.dss")
    master = tmp_path / "Master.dss"
    text = (
        f"redirect Data/Lines.dss\nredirect data\\lines.dss\nredirect {absolute}\nredirect Data\\Lines.dss\n"
    )
    master.write_text(text, encoding="utf-8")
    assert file_names(master, read_lines(master), FileFinder()) == {
        (2, "data\\lines.dss"): "Data/Lines.dss",
        (3, absolute): "Data/Lines.dss",
    }


def test_a_model_is_its_scripts_and_their_data(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "support").mkdir()
    master = tmp_path / "net" / "Master.dss"
    master.write_text("redirect ../support/shapes.dss\nredirect ../support/shapes.dss\n", encoding="utf-8")
    (tmp_path / "support" / "shapes.dss").write_text(
        "New Loadshape.s mult=(file=p.csv)\nredirect ../net/Master.dss\n", encoding="utf-8"
    )
    (tmp_path / "support" / "p.csv").touch()
    files = model_files(master, FileFinder())
    assert {path.name: lines is not None for path, lines in files.items()} == {
        "Master.dss": True,
        "shapes.dss": True,
        "p.csv": False,
    }


def test_all_missing_files_are_named_with_file_and_line(tmp_path: Path) -> None:
    master = tmp_path / "Master.dss"
    master.write_text("clear\nredirect gone.dss\nredirect lines.dss\n", encoding="utf-8")
    (tmp_path / "lines.dss").write_text("\n\nNew Loadshape.s csvfile=p.csv\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        model_files(master, FileFinder())
    assert {(p.file, p.line) for p in caught.value.problems} == {("Master.dss", 2), ("lines.dss", 3)}
