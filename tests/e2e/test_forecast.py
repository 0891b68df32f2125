"""A forecast on this machine, from the command line to the tables."""

import hashlib
import json
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of each table; the manifest holds times and ids."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


@pytest.fixture(scope="module")
def finished(grown: Path, tmp_path_factory: pytest.TempPathFactory, desk_at: Callable[[Path], Any]) -> Any:
    """A desk whose forecast is finished, and its ID."""
    directory = tmp_path_factory.mktemp("finished") / "desk"
    shutil.copytree(grown, directory)
    desk = desk_at(directory)
    package_id = desk.submit()
    assert desk.hcr("work-package", "monitor", package_id).code == 0
    desk.end()
    return desk, package_id


@pytest.fixture
def done(finished: Any, desk: Any) -> str:
    """The ID of a finished forecast, of which the desk has its own copy."""
    original, package_id = finished
    shutil.rmtree(desk.directory)
    shutil.copytree(original.directory, desk.directory)
    return str(package_id)


def test_run_and_watch_shows_what_came_out(desk: Any) -> None:
    outcome = desk.hcr("work-package", "run", "forecast", "demo", "--watch")
    assert outcome.code == 0, outcome.stderr
    assert UUID.fullmatch(outcome.stdout.removesuffix("\n"))
    assert "1 of 1 models done" in outcome.stderr
    assert re.search(r"lowest +\d{3}\.\d V +0\.\d{3} pu .* customer maple-c00\d\d", outcome.stderr)
    assert re.search(r"highest +\d{3}\.\d V", outcome.stderr)
    assert re.search(r"^maple +t001 +2025 ", outcome.stderr, re.MULTILINE)
    assert re.search(r"^maple +feeder head +2025 ", outcome.stderr, re.MULTILINE)
    folder = desk.directory / ".hcr" / "results" / outcome.stdout.strip()
    assert f"Tables and manifest: {folder}" in outcome.stderr
    manifest = json.loads((folder / "manifest.json").read_text())
    written = {table["path"]: table["sha256"] for task in manifest["tasks"] for table in task["tables"]}
    assert written == digests(folder)


def test_a_recipe_is_grown_when_it_is_first_used(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(feeders=False)
    desk.write("feeders/maple/recipe.yaml", "customers: 10\nseed: 4\n")
    outcome = desk.hcr("work-package", "run", "forecast", "demo", "--watch")
    assert outcome.code == 0, outcome.stderr
    assert list((desk.directory / ".hcr" / "feeders").rglob("load_data.parquet"))


def test_a_package_outlives_the_terminal_that_submitted_it(desk: Any) -> None:
    process = desk.start("work-package", "run", "forecast", "demo", "--watch")
    package_id = process.stdout.readline().strip()
    process.kill()
    assert desk.finish(process).code == -signal.SIGKILL
    outcome = desk.hcr("work-package", "monitor", package_id)
    assert outcome.code == 0, outcome.stderr
    assert "1 of 1 models done" in outcome.stderr
    assert digests(desk.directory / ".hcr" / "results" / package_id)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_leaves_the_watch_and_not_the_package(desk: Any) -> None:
    process = desk.start("work-package", "run", "forecast", "demo", "--watch")
    package_id = process.stdout.readline().strip()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    outcome = desk.finish(process)
    assert outcome.code == 130, outcome.stderr
    assert f"work-package monitor {package_id}" in outcome.stderr
    assert f"work-package cancel {package_id}" in outcome.stderr
    assert desk.hcr("work-package", "monitor", package_id).code == 0


def test_results_are_copied_once_and_mended_when_damaged(desk: Any, done: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    source = desk.directory / ".hcr" / "results" / done
    count = len(digests(source))

    first = desk.hcr("work-package", "results", done, "--out", str(out))
    assert (first.code, first.stdout) == (0, f"{out}\n")
    assert f"{count} files copied, 0 were there already" in first.stderr
    assert digests(out) == digests(source)
    assert (out / "manifest.json").read_bytes() == (source / "manifest.json").read_bytes()

    second = desk.hcr("work-package", "results", done, "--out", str(out))
    assert f"0 files copied, {count} were there already" in second.stderr

    damaged = next(out.rglob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    third = desk.hcr("work-package", "results", done, "--out", str(out))
    assert f"1 files copied, {count - 1} were there already" in third.stderr
    assert digests(out) == digests(source)


def test_a_file_damaged_at_its_source_is_not_copied(desk: Any, done: str, tmp_path: Path) -> None:
    source = desk.directory / ".hcr" / "results" / done
    damaged = next(source.rglob("*.parquet"))
    damaged.write_bytes(b"rubbish")
    outcome = desk.hcr("work-package", "results", done, "--out", str(tmp_path / "out"))
    assert outcome.code == 5
    assert "is damaged" in outcome.stderr
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert list((tmp_path / "out").rglob(".*.tmp")) == []


def test_a_finished_package_is_listed_and_shown(desk: Any, done: str) -> None:
    (listed,) = json.loads(desk.hcr("work-package", "list", "-o", "json").stdout)
    assert (listed["id"], listed["name"], listed["status"]) == (done, "demo", "COMPLETED")
    shown = json.loads(desk.hcr("work-package", "show", done, "-o", "json").stdout)
    assert shown["feeders"] == ["maple"]
    zones = json.loads(desk.hcr("work-package", "results", done, "-o", "json").stdout)
    assert {zone["zone"] for zone in zones} >= {"t001", "feeder head"}
    assert desk.hcr("work-package", "monitor", done).code == 0


def test_a_cancelled_package_ends_its_monitor_with_3(desk: Any) -> None:
    year = "forecastConfig.timePeriod.endTime=2025-12-31T00:00"
    years = f"forecastConfig.years={list(range(2025, 2065))}"
    package_id = desk.submit("--engine", "opendss", "--set", year, "--set", years)  # long enough to cancel
    monitor = desk.start("work-package", "monitor", package_id)
    cancelled = desk.hcr("work-package", "cancel", package_id)
    assert cancelled.code == 0, cancelled.stderr
    assert package_id in cancelled.stdout
    outcome = desk.finish(monitor)
    assert outcome.code == 3, outcome.stderr
    assert "was cancelled" in outcome.stderr
    assert desk.hcr("work-package", "cancel", package_id).code == 6


def test_one_feeder_that_fails_leaves_the_others_results(desk: Any) -> None:
    desk.write("feeders/broken/recipe.yaml", "customers: [ten")
    feeders = "forecastConfig.feeders=[maple, broken]"
    outcome = desk.hcr("work-package", "run", "forecast", "demo", "--set", feeders, "--watch")
    assert outcome.code == 1, outcome.stderr
    assert "failed: broken · base · 2025: feeder broken: recipe.yaml cannot be used" in outcome.stderr
    assert "line 1" in outcome.stderr
    assert re.search(r"^maple +t001 ", outcome.stderr, re.MULTILINE)
    assert digests(desk.directory / ".hcr" / "results" / outcome.stdout.strip())


def test_a_feeder_without_solution_names_the_hour(desk: Any) -> None:
    one_iteration = "generatorConfig.solve.maxIter=1"
    outcome = desk.hcr("work-package", "run", "forecast", "demo", "--set", one_iteration, "--watch")
    assert outcome.code == 1, outcome.stderr
    assert "feeder maple: the power flow did not converge at 2025-01-15 00:" in outcome.stderr
