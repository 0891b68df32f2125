"""A config directory to start from."""

import json
from pathlib import Path


def test_without_a_host_the_embedded_service_is_named(tmp_path: Path, hcr):
    outcome = hcr(tmp_path / "new", "init")
    assert json.loads((tmp_path / "new" / "auth_config.json").read_text()) == {
        "eas_server": {"protocol": "embedded"}
    }
    assert "feeder generate" in outcome.stderr
    assert f"hcr {tmp_path / 'new'} work-package run forecast" in outcome.stderr


def test_with_a_host_a_remote_service_is_named(tmp_path: Path, hcr):
    outcome = hcr(tmp_path, "init", "--host", "eas.example.com", "--port", "8443")
    assert json.loads((tmp_path / "auth_config.json").read_text())["eas_server"] == {
        "protocol": "https",
        "host": "eas.example.com",
        "port": 8443,
        "verify_certificate": True,
    }
    assert "feeder generate" not in outcome.stderr


def test_only_what_is_missing_is_written(tmp_path: Path, hcr):
    hcr(tmp_path, "init")
    example = tmp_path / "run_configurations" / "forecast" / "example.yaml"
    example.unlink()
    (tmp_path / "auth_config.json").write_text("{}")
    outcome = hcr(tmp_path, "init")
    assert outcome.stdout == f"{example}\n"
    assert "1 file written" in outcome.stderr
    assert (tmp_path / "auth_config.json").read_text() == "{}"


def test_something_in_the_way_is_said(tmp_path: Path, hcr):
    (tmp_path / "auth_config.json").mkdir()
    outcome = hcr(tmp_path, "init")
    assert outcome.code == 2
    assert "something of that name is in the way" in outcome.stderr


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, hcr):
    (tmp_path / "run_configurations").write_text("a file where a folder must be")
    outcome = hcr(tmp_path, "init")
    assert outcome.code == 2
    assert "cannot be written" in outcome.stderr
