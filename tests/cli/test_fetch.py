"""Results come whole, checked against the manifest, and only once."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from hcr.cli.fetch import read_results
from stub_service import Scripted, StubService

TABLES = {
    "zone_summary/base/F1/2030/zone_summary.parquet": b"PAR1 zones",
    "customer_summary/base/F1/2030/customer_summary.parquet": b"PAR1 customers",
}


def manifest(tables: dict[str, bytes], **task: object) -> bytes:
    written = [
        {"path": path, "sha256": hashlib.sha256(content).hexdigest()} for path, content in tables.items()
    ]
    tasks = [{"feeder": "F1", "utc_offset": "+10:00", "tables": written, **task}]
    return json.dumps({"format": 1, "tasks": tasks}).encode()


def put(service: StubService, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        service.files[f"/api/work-packages/7/results/{path}"] = Scripted(200, content)


def fetched(service: StubService) -> list[str]:
    """Paths that were asked for, in order."""
    return [request.path.partition("/results/")[2] for request in service.requests]


@pytest.fixture
def results(service: StubService) -> dict[str, bytes]:
    put(service, {"manifest.json": manifest(TABLES), **TABLES})
    return TABLES


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_everything_is_copied_and_the_manifest_last(tmp_path, directory, service, hcr, results):
    outcome = hcr(directory, "work-package", "results", "7", "--out", tmp_path / "out")

    assert (outcome.code, outcome.stdout) == (0, f"{tmp_path / 'out'}\n")
    assert "2 files copied, 0 were there already." in outcome.stderr
    assert files_below(tmp_path / "out") == {**results, "manifest.json": manifest(TABLES)}


def test_equal_files_are_skipped_and_others_mended(tmp_path, directory, service, hcr, results):
    hcr(directory, "work-package", "results", "7", "--out", tmp_path)
    first, second = results
    (tmp_path / first).write_bytes(b"half a fi")
    service.requests.clear()

    outcome = hcr(directory, "work-package", "results", "7", "--out", tmp_path)

    assert "1 files copied, 1 were there already." in outcome.stderr
    assert fetched(service) == ["manifest.json", first]
    assert (tmp_path / first).read_bytes() == results[first]
    assert (tmp_path / second).read_bytes() == results[second]


def test_a_file_that_fails_on_the_way_is_fetched_the_next_time(tmp_path, directory, service, hcr, results):
    first, second = results
    place = f"/api/work-packages/7/results/{second}"
    service.files[place] = Scripted(500, b"disk")

    outcome = hcr(directory, "work-package", "results", "7", "--out", tmp_path / "out")

    assert outcome.code == 5
    assert files_below(tmp_path / "out") == {first: results[first]}, "no manifest, no half file"
    service.files[place] = Scripted(200, results[second])
    again = hcr(directory, "work-package", "results", "7", "--out", tmp_path / "out")
    assert (again.code, "1 files copied, 1 were there" in again.stderr) == (0, True)


def test_a_damaged_file_is_refused(tmp_path, directory, service, hcr, results):
    first, _ = results
    put(service, {first: b"something else"})

    outcome = hcr(directory, "work-package", "results", "7", "--out", tmp_path / "out")

    assert (outcome.code, outcome.stdout) == (5, "")
    assert f"{first} of work package 7 is damaged" in outcome.stderr
    assert files_below(tmp_path / "out") == {}


@pytest.mark.parametrize(
    "path",
    ["../x", "zone_summary/../../x", "/etc/x", "..\\x", "C:\\x", "C:x", "\\x", "\\\\server\\share\\x"],
)
def test_a_manifest_that_leaves_its_folder_is_refused(tmp_path, directory, service, hcr, path: str):
    put(service, {"manifest.json": manifest({path: b"evil"}), path: b"evil"})

    outcome = hcr(directory, "work-package", "results", "7", "--out", tmp_path / "out")

    assert outcome.code == 5
    assert "names a file outside its folder" in outcome.stderr
    assert not (tmp_path / "x").exists()
    assert fetched(service) == ["manifest.json"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"tasks": 7}',
        b'{"tasks": [{"feeder": "F1"}]}',
        b'{"tasks": [{"tables": []}]}',
        b'{"tasks": [{"feeder": "F1", "tables": [{"path": "x"}]}]}',
        b'{"tasks": ["x"]}',
        b"\xff\xfe",
    ],
)
def test_a_manifest_that_cannot_be_read_is_said_so(tmp_path, directory, service, hcr, text: bytes):
    put(service, {"manifest.json": text})

    outcome = hcr(directory, "work-package", "results", "7", "--out", tmp_path / "out")

    assert outcome.code == 5
    assert "the manifest of work package 7 cannot be read" in outcome.stderr.replace("The", "the")


@pytest.mark.parametrize("more", [(), ("--out", "out")])
def test_a_service_without_results_is_explained(tmp_path, serve, point_at, hcr, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    plain = point_at(tmp_path / "config", serve(plain=True))

    outcome = hcr(plain, "work-package", "results", "7", *more)

    assert (outcome.code, outcome.stdout) == (6, "")
    assert "Work package 7 has no manifest.json" in outcome.stderr
    assert "the service keeps them elsewhere" in outcome.stderr
    assert not Path("out").exists()


def test_a_package_without_tables_has_no_rows(directory, service, hcr):
    put(service, {"manifest.json": manifest({})})

    outcome = hcr(directory, "work-package", "results", "7", "-o", "json")

    assert (outcome.code, outcome.json) == (0, [])


def test_rows_that_are_damaged_are_not_shown(directory, service, hcr, results):
    put(service, {next(iter(results)): b"something else"})

    outcome = hcr(directory, "work-package", "results", "7")

    assert (outcome.code, outcome.stdout) == (5, "")


def test_a_task_that_was_not_solved_says_nothing_about_the_zone_of_its_feeder():
    solved, unsolved = (json.loads(manifest({}, **more))["tasks"][0] for more in ({}, {"utc_offset": None}))
    text = json.dumps({"format": 1, "tasks": [solved, unsolved]}).encode()
    api = SimpleNamespace(result_file=lambda package_id, path: text)
    assert read_results(api, "7").offsets == {"F1": "+10:00"}
