"""The store: whole files or none, on a folder and in S3."""

import importlib.util
import os
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from hcr.errors import ClusterError, NetworkError, NoSpaceError, UsageError
from hcr.service.cluster import store as store_module
from hcr.service.cluster.store import Store


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Store(str(tmp_path / "store"))
    url: str = request.getfixturevalue("bucket")
    return Store(f"{url}/below")


def test_a_file_makes_the_way_there_and_back(store: Store, tmp_path: Path) -> None:
    store.check()
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(100_000))
    assert not store.has("results/p/1/a.parquet")
    store.put(source, "results/p/1/a.parquet")
    assert store.has("results/p/1/a.parquet")
    store.get("results/p/1/a.parquet", target)
    assert target.read_bytes() == source.read_bytes()
    store.remove("results/p/1")
    store.remove("results/p/1")
    assert not store.has("results/p/1/a.parquet")


def test_a_file_that_is_not_there_is_told_with_the_store(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="cannot read from the store"):
        store.get("nowhere", tmp_path / "target")


def test_an_upload_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    store = Store(f"file://{tmp_path}/store")
    with pytest.raises(ClusterError):
        store.put(tmp_path / "missing", "inputs/x.zip")
    assert list((tmp_path / "store" / "inputs").iterdir()) == []


def test_a_fault_that_passes_is_sat_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "PAUSES_S", (0.0, 0.0))
    faults = [OSError("reset by peer"), OSError("reset by peer")]
    put = Store._put

    def flaky(self: Store, *arguments: object) -> None:
        if faults:
            raise faults.pop()
        put(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "_put", flaky)
    (tmp_path / "source").write_text("x")
    store = Store(str(tmp_path / "store"))
    store.put(tmp_path / "source", "x")
    assert store.has("x")


class StrangeError(Exception):
    """An error as libraries of stores have them: of no kind that others know."""


class Moody(LocalFileSystem):
    """A folder whose store is in a mood: it takes what is put only once there are no faults left."""

    protocol = ("moody",)
    faults: list[Exception] = []  # noqa: RUF012 - fsspec makes the instances
    tries = 0

    def put_file(self, *arguments: object, **options: object) -> None:
        Moody.tries += 1
        if Moody.faults:
            raise Moody.faults.pop(0)
        super().put_file(*arguments, **options)


@pytest.fixture
def moody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    fsspec.register_implementation("moody", Moody, clobber=True)
    monkeypatch.setattr(store_module, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(Moody, "faults", [])
    monkeypatch.setattr(Moody, "tries", 0)
    (tmp_path / "source").write_text("x")
    return Store(f"moody://{tmp_path}/store")


def test_an_error_of_any_kind_is_sat_out(moody: Store, tmp_path: Path) -> None:
    Moody.faults = [StrangeError("slow down"), StrangeError("slow down")]
    moody.put(tmp_path / "source", "x")
    assert moody.has("x")


def test_an_error_that_stays_makes_tasks_wait(moody: Store, tmp_path: Path) -> None:
    Moody.faults = [StrangeError("slow\ndown")] * 3
    with pytest.raises(
        NetworkError, match=r"cannot write to the store .* now: StrangeError: slow down"
    ) as caught:
        moody.put(tmp_path / "source", "x")
    assert "--store" in caught.value.remedy


@pytest.mark.parametrize("fault", [PermissionError("AccessDenied"), FileNotFoundError("NoSuchBucket")])
def test_what_is_forbidden_or_missing_stays_so(moody: Store, tmp_path: Path, fault: Exception) -> None:
    Moody.faults = [fault]
    with pytest.raises(ClusterError, match=str(fault)):
        moody.put(tmp_path / "source", "x")
    assert Moody.tries == 1


def test_a_full_store_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "_put", full)
    with pytest.raises(NoSpaceError, match="store is full"):
        Store(str(tmp_path / "store")).put(tmp_path / "source", "x")


@pytest.mark.parametrize("url", ["store", "./store", "memory://store", "file://store"])
def test_a_store_that_others_cannot_see_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="would look elsewhere"):
        Store(url).check()


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(ClusterError, match="Protocol not known"):
        Store("nonsense://x/y").check()


@pytest.mark.skipif(importlib.util.find_spec("gcsfs") is not None, reason="nothing is missing")
def test_a_missing_library_is_named() -> None:
    with pytest.raises(UsageError, match="gcsfs"):
        Store("gs://bucket/x").check()
