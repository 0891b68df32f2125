"""Feeders on their way: one archive for each content, the same files at the other end."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from hcr.errors import ClusterError, FeederError
from hcr.network.feeder import folder_digest
from hcr.network.library import Library
from hcr.service.cluster.input_cache import InputCache
from hcr.service.cluster.inputs import Inputs, archive_name, pack, unpack
from hcr.service.cluster.store import Store


@pytest.fixture
def library(tiny_feeder: Path, tmp_path: Path) -> Library:
    shutil.copytree(tiny_feeder, tmp_path / "feeders" / "tiny")
    return Library(tmp_path / "feeders", tmp_path / "generated")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def cache(tmp_path: Path) -> InputCache:
    return InputCache(tmp_path / "cache")


def test_an_archive_has_the_same_bytes_each_time(tiny_feeder: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_feeder, tmp_path / "copy")
    (tmp_path / "copy" / "feeder.yaml").touch()
    pack(tiny_feeder, tmp_path / "one.zip")
    pack(tmp_path / "copy", tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_feeder_arrives_as_it_was(library: Library, store: Store, cache: InputCache) -> None:
    digest = Inputs(store).put(library, "tiny")
    assert digest == folder_digest(library.root / "tiny")
    with cache.library(store, digest, "tiny") as there:
        assert folder_digest(there.open("tiny").folder) == digest
        assert there.root.is_relative_to(cache.folder)


def test_a_recipe_travels_as_the_feeder_it_makes(tmp_path: Path, store: Store, cache: InputCache) -> None:
    folder = tmp_path / "feeders" / "grown"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text("customers: 3\nseed: 1\n")
    library = Library(tmp_path / "feeders", tmp_path / "generated")
    digest = Inputs(store).put(library, "grown")
    with cache.library(store, digest, "grown") as there:
        assert not there.is_recipe("grown")
        assert there.open("grown").model_digest() == library.open("grown").model_digest()


def test_a_feeder_is_uploaded_and_fetched_once(
    library: Library, store: Store, cache: InputCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = Inputs(store)
    digest = inputs.put(library, "tiny")
    with cache.library(store, digest, "tiny"):
        pass
    monkeypatch.setattr(Store, "put", None)
    monkeypatch.setattr(Store, "get", None)
    assert Inputs(store).put(library, "tiny") == digest
    with cache.library(store, digest, "tiny"):
        pass


def test_a_changed_feeder_is_another(library: Library, store: Store) -> None:
    inputs = Inputs(store)
    before = inputs.put(library, "tiny")
    with (library.root / "tiny" / "model" / "Master.dss").open("a") as stream:
        stream.write("\n! a remark\n")
    assert inputs.put(library, "tiny") != before


def test_a_model_that_reads_files_elsewhere_is_refused(
    library: Library, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "shared.dss").write_text("! lines of all feeders\n")
    with (library.root / "tiny" / "model" / "Master.dss").open("a") as stream:
        stream.write("\nRedirect ../../../shared.dss\n")
    with pytest.raises(FeederError, match=r"cannot travel.*shared\.dss, outside"):
        Inputs(store).put(library, "tiny")


@pytest.mark.parametrize("damage", [b"", b"PK not a zip"])
def test_a_damaged_archive_is_refused(
    library: Library, store: Store, cache: InputCache, damage: bytes
) -> None:
    digest = Inputs(store).put(library, "tiny")
    Path(store.url, archive_name(digest)).write_bytes(damage)
    with pytest.raises(ClusterError, match="is damaged"), cache.library(store, digest, "tiny"):
        pass


def test_another_content_than_its_name_says_is_refused(tiny_feeder: Path, tmp_path: Path) -> None:
    pack(tiny_feeder, tmp_path / "one.zip")
    with pytest.raises(ClusterError, match="not what its name says"):
        unpack(tmp_path / "one.zip", tmp_path / "there", "ab" * 32)


def test_feeders_beyond_the_room_go_unless_they_are_read(
    library: Library, store: Store, tmp_path: Path
) -> None:
    cache = InputCache(tmp_path / "cache", most_bytes=1)
    inputs = Inputs(store)
    first = inputs.put(library, "tiny")
    with (library.root / "tiny" / "model" / "Master.dss").open("a") as stream:
        stream.write("\n! another\n")
    second = inputs.put(library, "tiny")
    with (library.root / "tiny" / "model" / "Master.dss").open("a") as stream:
        stream.write("\n! a third one\n")
    third = inputs.put(library, "tiny")
    with cache.library(store, first, "tiny") as there:
        with cache.library(store, second, "tiny"):
            pass
        assert there.open("tiny")
    with cache.library(store, third, "tiny"):
        assert not (cache.folder / first).exists()
        assert (cache.folder / third).exists()


def test_room_is_made_only_where_something_came(
    library: Library, store: Store, cache: InputCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = Inputs(store).put(library, "tiny")
    with cache.library(store, digest, "tiny"):
        pass
    monkeypatch.setattr(InputCache, "_prune", None)
    with cache.library(store, digest, "tiny") as there:
        assert there.open("tiny")


def test_what_was_never_finished_goes(library: Library, store: Store, cache: InputCache) -> None:
    left = cache.folder / ".new-abandoned"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    with cache.library(store, Inputs(store).put(library, "tiny"), "tiny"):
        assert not left.exists()


def test_who_reads_does_not_wait_for_others_who_read(
    library: Library, store: Store, cache: InputCache
) -> None:
    digest = Inputs(store).put(library, "tiny")
    with cache.library(store, digest, "tiny"), (cache.folder / f"{digest}.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
