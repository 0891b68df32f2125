from pathlib import Path

from hcr.network.file_finder import FileFinder


def test_files_are_found_through_backslashes_and_another_case(tmp_path: Path) -> None:
    (tmp_path / "Data").mkdir()
    target = tmp_path / "Data" / "Lines.dss"
    target.touch()
    finder = FileFinder()
    for written in ("Data/Lines.dss", "data\\LINES.DSS", ".\\Data\\lines.dss", str(target)):
        assert finder.find(tmp_path, written) == target.resolve()
    assert finder.find(tmp_path / "Data", "../data/lines.dss") == target.resolve()


def test_folders_and_what_is_missing_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "Data").mkdir()
    (tmp_path / "file").touch()
    for written in ("Data", "none/Lines.dss", "Data/lines.dss", "file/below"):
        assert FileFinder().find(tmp_path, written) is None


def test_two_names_alike_are_none_unless_one_is_exact(tmp_path: Path) -> None:
    (tmp_path / "lines.dss").touch()
    (tmp_path / "LINES.dss").touch()
    if len(list(tmp_path.iterdir())) == 2:  # not on a file system that ignores the case
        assert FileFinder().find(tmp_path, "Lines.dss") is None
    assert FileFinder().find(tmp_path, "lines.dss") == tmp_path.resolve() / "lines.dss"


def test_a_folder_is_looked_through_once(tmp_path: Path) -> None:
    (tmp_path / "one.csv").touch()
    finder = FileFinder()
    assert finder.find(tmp_path, "ONE.csv") == tmp_path.resolve() / "one.csv"
    (tmp_path / "two.csv").touch()
    assert finder.find(tmp_path, "TWO.csv") is None
    assert FileFinder().find(tmp_path, "TWO.csv") == tmp_path.resolve() / "two.csv"
