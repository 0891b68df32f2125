"""What is kept, what is trusted, and what goes."""

import errno
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hcr.powerflow.circuit_cache import ABANDONED_S, CircuitCache, default_folder


@pytest.fixture
def cache(tmp_path: Path) -> CircuitCache:
    return CircuitCache(tmp_path / "deep" / "circuits", most_bytes=1000)


def test_what_is_kept_is_found_again(cache: CircuitCache) -> None:
    assert cache.read("key") is None
    cache.write("key", b"content")
    assert cache.read("key") == b"content"
    assert cache.read("other") is None
    assert [path.name for path in cache.folder.iterdir()] == ["key.circuit"]


def test_an_entry_counts_under_its_own_key_only(cache: CircuitCache) -> None:
    cache.write("key", b"content")
    (cache.folder / "key.circuit").rename(cache.folder / "other.circuit")
    assert cache.read("other") is None


@pytest.mark.parametrize("damaged", [b"", b"short", b"x" * 200], ids=["empty", "cut", "overwritten"])
def test_a_damaged_entry_counts_as_none_and_is_replaced(cache: CircuitCache, damaged: bytes) -> None:
    cache.write("key", b"content")
    (cache.folder / "key.circuit").write_bytes(damaged)
    assert cache.read("key") is None
    cache.write("key", b"content")
    assert cache.read("key") == b"content"


def test_every_flipped_bit_is_noticed(cache: CircuitCache) -> None:
    cache.write("key", b"content")
    path = cache.folder / "key.circuit"
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert cache.read("key") is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_an_entry_that_others_can_write_counts_as_none(cache: CircuitCache, mode: int) -> None:
    cache.write("key", b"content")
    (cache.folder / "key.circuit").chmod(mode)
    assert cache.read("key") is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owners")
def test_an_entry_of_somebody_else_counts_as_none(
    cache: CircuitCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write("key", b"content")
    somebody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody)
    assert cache.read("key") is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows asks for rights to link")
def test_neither_links_nor_pipes_nor_folders_are_entries(cache: CircuitCache, tmp_path: Path) -> None:
    cache.write("key", b"content")
    path = cache.folder / "key.circuit"
    path.rename(tmp_path / "aside")
    path.symlink_to(tmp_path / "aside")
    assert cache.read("key") is None
    path.unlink()
    os.mkfifo(path)
    assert cache.read("key") is None
    path.unlink()
    path.mkdir()
    assert cache.read("key") is None
    cache.write("key", b"content")
    assert cache.read("key") is None
    assert [path.name for path in cache.folder.iterdir()] == ["key.circuit"]


def test_a_folder_that_cannot_be_made_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    cache = CircuitCache(tmp_path / "file" / "circuits")
    cache.write("key", b"content")
    assert cache.read("key") is None


@pytest.mark.parametrize("fault", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EDQUOT])
def test_a_folder_that_takes_nothing_still_gives(
    cache: CircuitCache, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(fault, os.strerror(fault))

    cache.write("key", b"content")
    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(os, "utime", refuse)
    cache.write("more", b"content")
    assert cache.read("more") is None
    assert cache.read("key") == b"content"


def test_entries_not_used_for_longest_go_first(cache: CircuitCache) -> None:
    for age, key in enumerate(("a", "b", "c")):
        cache.write(key, b"x" * 300)
        os.utime(cache.folder / f"{key}.circuit", (time.time() - 100 + age,) * 2)
    assert cache.read("a") is not None
    cache.write("d", b"x" * 300)
    assert {path.stem for path in cache.folder.iterdir()} == {"a", "c", "d"}


def test_what_was_never_finished_goes_after_an_hour(cache: CircuitCache) -> None:
    cache.write("key", b"content")
    old, young, other = (cache.folder / name for name in (".old.tmp", ".young.tmp", "note.txt"))
    for path in (old, young, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (time.time() - 2 * ABANDONED_S,) * 2)
    cache.write("more", b"content")
    assert not old.exists()
    assert young.exists()
    assert other.exists()


def test_writers_at_once_leave_one_whole_entry(cache: CircuitCache) -> None:
    content = b"content" * 20
    with ThreadPoolExecutor(8) as pool:
        pool.map(lambda _: cache.write("key", content), range(64))
        found = set(pool.map(lambda _: cache.read("key"), range(64)))
    assert found <= {None, content}
    assert cache.read("key") == content
    assert [path.name for path in cache.folder.iterdir()] == ["key.circuit"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these have folders of their own")
def test_the_folder_is_where_the_desktop_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "hcr" / "circuits"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for unset in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", unset)
        assert default_folder() == tmp_path / "home" / ".cache" / "hcr" / "circuits"
