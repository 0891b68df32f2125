"""Which files count, and what changes the digest."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hcr.network.dss_text import model_files as files_of_import
from hcr.network.file_finder import FileFinder
from hcr.powerflow.model_files import model_files

Written = Callable[[dict[str, str]], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Return a function that writes files by relative name and returns the first."""

    def write(texts: dict[str, str]) -> Path:
        for name, text in texts.items():
            path = tmp_path / "model" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "model" / next(iter(texts))

    return write


def names(master: Path, *edits: str) -> set[str]:
    found = model_files(master, edits)
    return {path.name for path in found.digests}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("redirect Lines.dss", "Lines.dss"),
        ("Redirect lines.DSS", "Lines.dss"),
        ("redirect Lines.dss! the lines", "Lines.dss"),
        ("redirect Lines.dss//the lines", "Lines.dss"),
        ('redirect "my lines (new).dss"', "my lines (new).dss"),
        ("compile (my lines [new].dss)", "my lines [new].dss"),
        ("redirect sub/lines.dss", "lines.dss"),
        (r"redirect sub\lines.dss", "lines.dss"),
        ("redirect ../common/codes.dss", "codes.dss"),
        ("buscoords Süd.csv", "Süd.csv"),
        ("new loadshape.s npts=2 mult=(file=shape.csv)", "shape.csv"),
        ("new loadshape.s npts=2 csvfile=shape.csv", "shape.csv"),
        ("select loadshape.s\n~ csvfile=shape.csv", "shape.csv"),
        ("batchedit loadshape..* csvfile='shape.csv'", "shape.csv"),
    ],
)
def test_a_file_that_a_script_names_counts(written: Written, line: str, name: str) -> None:
    folder = next(part for part in ("sub/", "../common/", "") if part.strip("./") in line)
    master = written({"Master.dss": f"clear\nnew circuit.c\n{line}\n", f"{folder}{name}": "1\n2\n"})
    written({"unnamed.dss": "new line.l"})
    found = model_files(master)
    assert names(master) == {"Master.dss", name}
    assert found.certain


def test_what_follows_a_compiled_file_is_relative_to_its_folder(written: Written) -> None:
    master = written(
        {
            "Master.dss": "compile sub/circuit.dss\nredirect loads.dss\n",
            "sub/circuit.dss": "new circuit.c",
            "sub/loads.dss": "new load.a pmult_file=shape.csv",
            "sub/shape.csv": "1\n",
        }
    )
    assert names(master) == {"Master.dss", "circuit.dss", "loads.dss", "shape.csv"}


def test_scripts_that_name_each_other_come_to_an_end(written: Written) -> None:
    master = written({"Master.dss": "redirect sub/a.dss", "sub/a.dss": "redirect ../sub/../Master.dss"})
    assert names(master) == {"Master.dss", "a.dss"}


def test_files_of_edits_count(written: Written) -> None:
    master = written({"Master.dss": "new circuit.c", "more.dss": "new load.a"})
    assert names(master) == {"Master.dss"}
    assert names(master, "redirect more.dss") == {"Master.dss", "more.dss"}


def test_a_linked_master_stays_where_it_is_linked(written: Written, tmp_path: Path) -> None:
    master = written({"Master.dss": "redirect loads.dss", "loads.dss": "new load.a"})
    other = tmp_path / "other"
    other.mkdir()
    (other / "Master.dss").symlink_to(master)
    (other / "loads.dss").write_text("new load.b", encoding="utf-8")
    assert set(model_files(other / "Master.dss").digests) == {other / "Master.dss", other / "loads.dss"}


@pytest.mark.parametrize(
    "line",
    ["cd sub", "  CD sub", "set datapath=sub", "Set mode=snap DataP = sub", "redirect @folder^/loads.dss"],
)
def test_names_that_only_the_engine_can_tell_are_uncertain(written: Written, line: str) -> None:
    assert not model_files(written({"Master.dss": f"new circuit.c\n{line}\n"})).certain


@pytest.mark.parametrize(
    "line", ["! data of the cd by me@lab.example", "var @x=5\nnew load.a kw=@x", "new load.cd bus1=data"]
)
def test_words_of_comments_and_elements_leave_it_certain(written: Written, line: str) -> None:
    assert model_files(written({"Master.dss": f"new circuit.c\n{line}\n"})).certain


def test_the_digest_is_of_names_contents_and_edits(written: Written, tmp_path: Path) -> None:
    master = written({"Master.dss": "redirect loads.dss", "loads.dss": "new load.a kw=1"})
    first = model_files(master).digest(())
    (tmp_path / "model" / "unnamed.txt").write_text("nothing", encoding="utf-8")
    moved = (tmp_path / "model").rename(tmp_path / "elsewhere") / "Master.dss"
    assert model_files(moved).digest(()) == first
    assert model_files(moved).digest(("edit load.a kw=2",)) != first
    assert model_files(moved).digest(("a", "b")) != model_files(moved).digest(("b", "a"))
    (moved.parent / "loads.dss").write_text("new load.a kw=2", encoding="utf-8")
    assert model_files(moved).digest(()) != first


def test_two_entries_of_a_folder_differ(written: Written) -> None:
    texts = {"A.dss": "redirect B.dss\nnew circuit.c", "B.dss": "! redirect A.dss"}
    one = written(texts)
    assert names(one) == names(one.with_name("B.dss"))
    assert model_files(one).digest(()) != model_files(one.with_name("B.dss")).digest(())


@pytest.mark.parametrize("network", ["radial", "ieee_lvn", "ieee9500"])
def test_all_files_that_an_import_copies_count(i2x_models: Path, network: str) -> None:
    master = i2x_models / network / "HCABase.dss"
    assert files_of_import(master, FileFinder()).keys() <= model_files(master).digests.keys()
