import json
from dataclasses import replace
from pathlib import Path

import pytest

from hcr.errors import HcrError, NotFoundError
from hcr.results.manifest import (
    Assumption,
    Manifest,
    TaskRecord,
    manifest_json,
    read_manifest,
    transformer_ratings,
    write_manifest,
)
from hcr.results.table_writer import WrittenTable
from hcr.results.verification import VerificationRecord, WorstDifference

WRITTEN = WrittenTable("zone_summary", "zone_summary/base/F1/2030/zone_summary.parquet", 4, "ab" * 32)
NOTHING = WorstDifference()
CHECKED = VerificationRecord(24, 0, 0, NOTHING, NOTHING, NOTHING, 1e-5, 0.1, False, "OpenDSS has no solution")
MANIFEST = Manifest(
    package_id="8b1a",
    kind="forecast",
    name="summer",
    created_at="2026-11-21T10:00:00Z",
    request={"feeders": ["F1"], "years": [2030], "options": {"é": None}},
    engine="batch",
    versions={"hcr": "0.1.0", "dss_python": "0.15.7"},
    options={"populateConstraints": True},
    seed=7,
    tolerances={"mismatch_pu": 1e-8},
    assumptions=(transformer_ratings(), Assumption("voltage_limits", "Limits.", {"normal_max_v": 253.0})),
    tasks=(
        TaskRecord(
            "F1",
            "base",
            2030,
            "DONE",
            "cd" * 32,
            "ef" * 32,
            "+10:00",
            (WRITTEN,),
            ("3 customers have no data",),
        ),
        TaskRecord("F1", "base", 2031, "FAILED"),
        TaskRecord("F2", "base", 2030, "DONE", engine="opendss", engine_reasons=("Load.x: load model 3",)),
        TaskRecord("F3", "base", 2030, "DONE", engine="batch", verification=CHECKED),
    ),
)


def test_it_comes_back_as_it_was(tmp_path: Path):
    write_manifest(tmp_path, MANIFEST)

    assert read_manifest(tmp_path) == MANIFEST


def test_defaults_come_back_too(tmp_path: Path):
    bare = Manifest("id", "forecast", "name", "2026-11-21T10:00:00Z", {}, "opendss", {})

    write_manifest(tmp_path, bare)

    assert read_manifest(tmp_path) == bare


def test_the_text_is_stable_and_sorted():
    text = manifest_json(MANIFEST)
    document = json.loads(text)

    assert text == manifest_json(MANIFEST)
    assert list(document) == sorted(document)
    assert document["format"] == 1
    assert document["tasks"][0]["tables"][0] == {
        "path": "zone_summary/base/F1/2030/zone_summary.parquet",
        "rows": 4,
        "sha256": "ab" * 32,
        "table": "zone_summary",
    }
    assert "é" in text


def test_order_of_the_request_does_not_matter():
    turned = replace(MANIFEST, request=dict(reversed(MANIFEST.request.items())))

    assert manifest_json(turned) == manifest_json(MANIFEST)


def test_it_is_written_below_a_new_folder_and_replaces_an_old_one(tmp_path: Path):
    root = tmp_path / "packages" / "8b1a"
    write_manifest(root, replace(MANIFEST, name="old"))

    path = write_manifest(root, MANIFEST)

    assert path == root / "manifest.json"
    assert read_manifest(root).name == "summer"
    assert list(root.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path):
    write_manifest(tmp_path, MANIFEST)

    with pytest.raises(ValueError, match="JSON"):
        write_manifest(tmp_path, replace(MANIFEST, tolerances={"mismatch_pu": float("nan")}))

    assert read_manifest(tmp_path) == MANIFEST
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_a_folder_without_manifest_is_said_so(tmp_path: Path):
    with pytest.raises(NotFoundError, match=r"manifest\.json") as caught:
        read_manifest(tmp_path)

    assert caught.value.why
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"format": 1}', '{"format": 1, "tasks": [], "assumptions": [], "colour": "red"}'],
)
def test_a_broken_manifest_is_an_error_with_its_path(tmp_path: Path, text: str):
    (tmp_path / "manifest.json").write_text(text)

    with pytest.raises(HcrError, match="cannot be read") as caught:
        read_manifest(tmp_path)

    assert str(tmp_path) in caught.value.what
    assert caught.value.remedy


def test_a_newer_format_is_refused(tmp_path: Path):
    (tmp_path / "manifest.json").write_text(manifest_json(MANIFEST).replace('"format": 1', '"format": 2'))

    with pytest.raises(HcrError, match="its format is 2"):
        read_manifest(tmp_path)


def test_transformer_ratings_are_recorded_as_shares():
    assert transformer_ratings().values == {"normal": 1.0, "emergency": 1.5}
    assert transformer_ratings(normal=1.1).values["normal"] == 1.1


def test_a_manifest_from_before_the_choice_of_engines_is_read(tmp_path: Path):
    document = json.loads(manifest_json(MANIFEST))
    for task in document["tasks"]:
        del task["engine"], task["engine_reasons"], task["verification"]
    (tmp_path / "manifest.json").write_text(json.dumps(document))

    first = read_manifest(tmp_path).tasks[0]

    assert (first.engine, first.engine_reasons, first.verification) == ("", (), None)
