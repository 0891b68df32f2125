"""OpenDSS models: made, waited for, downloaded by a redirect."""

from pathlib import Path

import pytest

from stub_service import Scripted, StubService

MODEL = {
    "id": 11,
    "name": "F1-base-2030",
    "createdAt": "2026-01-05T12:00:00Z",
    "state": "COMPLETED",
    "isPublic": False,
    "errors": [],
    "generationSpec": "{}",
}
MODELS = {"pagedOpenDssModels": {"totalCount": 1, "offset": 0, "models": [MODEL]}}


@pytest.fixture
def stored_model(service: StubService) -> bytes:
    content = b"PK" + bytes(50_000)
    service.data = MODELS | {"createOpenDssModel": 11}
    service.files["/api/opendss-model/11"] = Scripted(302, headers={"Location": "/bucket/m.zip?sig=s1"})
    service.files["/bucket/m.zip?sig=s1"] = Scripted(200, content)
    return content


def test_download_follows_the_redirect(tmp_path, directory, hcr, stored_model: bytes):
    outcome = hcr(directory, "opendss", "download", "11", "--out", tmp_path / "m.zip")

    assert (outcome.code, outcome.stdout) == (0, f"{tmp_path / 'm.zip'}\n")
    assert (tmp_path / "m.zip").read_bytes() == stored_model


def test_download_without_a_name_takes_the_id(tmp_path, directory, hcr, stored_model: bytes, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert hcr(directory, "opendss", "download", "11").stdout == "11.zip\n"
    assert Path("11.zip").read_bytes() == stored_model


def test_export_waits_and_writes_when_told_where(tmp_path, directory, hcr, stored_model: bytes):
    line = "opendss export F1 --year 2030 --time 2030-01-01T12:00 --out"

    outcome = hcr(directory, *line.split(), tmp_path / "m.zip")

    assert (outcome.code, outcome.stdout) == (0, "11\n")
    assert (tmp_path / "m.zip").read_bytes() == stored_model


def test_a_model_that_could_not_be_made_is_explained(tmp_path, directory, service, hcr):
    broken = {**MODEL, "state": "COULD_NOT_START", "errors": ["no such feeder", "F1"]}
    service.data = {"pagedOpenDssModels": {"totalCount": 1, "offset": 0, "models": [broken]}}

    outcome = hcr(directory, "opendss", "download", "11", "--out", tmp_path / "m.zip")

    assert outcome.code == 1
    assert "COULD_NOT_START: no such feeder; F1" in outcome.stderr
    assert not (tmp_path / "m.zip").exists()


@pytest.mark.parametrize(
    "when",
    [
        "",
        "--from 2030-01-01T00:00",
        "--time 2030-01-01T00:00 --to 2030-01-02T00:00",
    ],
)
def test_an_export_needs_an_instant_or_a_period(directory, service, hcr, when: str):
    outcome = hcr(directory, "opendss", "export", "F1", "--year", "2030", *when.split())

    assert outcome.code == 2
    assert "--time" in outcome.stderr
    assert service.requests == []
