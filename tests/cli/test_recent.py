from pathlib import Path

import pytest

from hcr.cli.recent import KEPT, recent_packages, remember_package


def test_the_newest_comes_first_and_only_once(tmp_path: Path):
    for package_id in ("1", "2", "1"):
        remember_package(tmp_path, package_id, f"package {package_id}")

    assert recent_packages(tmp_path) == [("1", "package 1"), ("2", "package 2")]


def test_only_so_many_are_kept(tmp_path: Path):
    for number in range(KEPT + 5):
        remember_package(tmp_path, str(number), "n")

    assert len(recent_packages(tmp_path)) == KEPT
    assert recent_packages(tmp_path)[0] == (str(KEPT + 4), "n")


@pytest.mark.parametrize("text", ["", "{", "7", "[7]", '[["a"]]'])
def test_a_broken_file_is_as_good_as_none(tmp_path: Path, text: str):
    (tmp_path / ".hcr").mkdir()
    (tmp_path / ".hcr" / "recent.json").write_text(text)

    assert recent_packages(tmp_path) == []
    remember_package(tmp_path, "1", "n")
    assert recent_packages(tmp_path) == [("1", "n")]


def test_that_it_cannot_be_written_is_nobodys_problem(tmp_path: Path):
    (tmp_path / ".hcr").write_text("a file where the folder should be")

    remember_package(tmp_path, "1", "n")

    assert recent_packages(tmp_path) == []


def test_a_submission_is_remembered_and_a_calibration_is_not(directory, service, configure, hcr):
    forecast = "{feeders: [F], scenarios: [base], years: [1], fixedTime: {loadTime: 2025-07-12T18:30}}"
    configure(
        directory, {"forecast/x.yaml": f"forecastConfig: {forecast}", "calibration/y.yaml": "feeders: [F]"}
    )
    service.data = {"runWorkPackage": "7", "runCalibration": "41"}

    assert hcr(directory, "work-package", "run", "forecast").code == 0
    assert hcr(directory, "work-package", "run", "calibration").code == 0

    assert recent_packages(directory) == [("7", "x")]
