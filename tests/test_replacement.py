"""Whole or absent, private from the first moment, and nothing left behind."""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hcr.errors import NoSpaceError
from hcr.replacement import OWNER_ONLY, is_full, replacing, sweep


def write_half(path: Path, error: Exception) -> None:
    with replacing(path, mode=OWNER_ONLY) as temporary:
        temporary.write_text("half")
        raise error


def test_the_content_takes_the_place_of_the_old_one_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.json"
    for content in ("old", "new"):
        with replacing(path) as temporary:
            temporary.write_text(content)
            assert temporary.parent == path.parent
            assert not path.exists() or path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_a_writer_that_fails_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text("old")
    with pytest.raises(ValueError, match="broken"):
        write_half(path, ValueError("broken"))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_is_the_owners_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.touch(0o644)
    with replacing(path, mode=OWNER_ONLY) as temporary:
        assert stat.S_IMODE(temporary.stat().st_mode) == OWNER_ONLY
        temporary.write_text("secret")
    assert stat.S_IMODE(path.stat().st_mode) == OWNER_ONLY


def test_without_a_mode_the_writer_makes_the_file(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("shared")
    source.chmod(0o444)
    with replacing(tmp_path / "file") as temporary:
        assert not temporary.exists()
        os.link(source, temporary)
    assert (tmp_path / "file").samefile(source)


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_so(tmp_path: Path, fault: int) -> None:
    with pytest.raises(NoSpaceError, match=r"no room for file\.json.*is full") as caught:
        write_half(tmp_path / "file.json", OSError(fault, os.strerror(fault)))
    assert is_full(caught.value.__cause__ or ValueError())
    assert list(tmp_path.iterdir()) == []


def test_other_errors_of_the_system_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError), replacing(tmp_path / "file" / "below"):
        pass
    assert not is_full(NotADirectoryError(errno.ENOTDIR, ""))


def test_threads_that_write_the_same_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def write(letter: str) -> None:
        with replacing(path, mode=OWNER_ONLY) as temporary:
            temporary.write_text(letter * 1000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, "abcdefgh" * 8))
    assert len(text := path.read_text()) == 1000
    assert len(set(text)) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_what_killed_processes_left_is_swept(tmp_path: Path) -> None:
    kept = tmp_path / "table" / "a.parquet"
    kept.parent.mkdir()
    kept.touch()
    writing = replacing(kept, mode=OWNER_ONLY)
    left = writing.__enter__()
    assert left.exists()
    sweep(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]
