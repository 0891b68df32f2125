"""The published study as the documentation has it, and the same with its processes killed."""

import json
import os
import random
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SEED, PATIENCE_S = 2026, 600.0

DEATHS = (*["worker"] * 18, *["task"] * 2)
"""Whose: a task that breaks three times counts as failed, and one that sees so many dead workers, too."""


@pytest.fixture
def study(new_desk: Callable[..., Any], i2x_models: Path) -> Callable[[str], Any]:
    """Sit down at a new directory with the feeder `radial` and the configuration of the documentation."""

    def sit(name: str) -> Any:
        desk = new_desk(name, feeders=False)
        model = i2x_models / "radial" / "HCABase.dss"
        imported = desk.hcr("feeder", "import", str(model), "--mrid", "radial")
        assert (imported.code, imported.stdout) == (0, "radial\n"), imported.stderr
        checked = desk.hcr("feeder", "check", "radial")
        assert checked.code == 0
        assert "radial: 0 errors" in checked.stdout
        desk.write("run_configurations/interconnection/radial.yaml", "feeder: radial\n")
        return desk

    return sit


@pytest.mark.slow
def test_the_walk_through_of_the_documentation(study: Callable[[str], Any]) -> None:
    desk = study("walk")
    run = desk.start("work-package", "run", "interconnection", "radial", "--watch")
    stdout, stderr = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, stderr
    package_id = stdout.strip()
    assert f"interconnection show {package_id}" in stderr
    assert re.search("0 of 1 models done, 1 running; (capacities|sequence [1-3] of 3)", stderr), stderr
    followed = desk.hcr("work-package", "monitor", package_id)
    assert followed.code == 0
    assert "completed" in followed.stderr
    shown = desk.hcr("interconnection", "show", package_id)
    assert (shown.code, len(shown.stdout.splitlines())) == (0, 54)
    rounds = desk.hcr("interconnection", "show", package_id, "--table", "rounds", "-o", "csv").stdout
    assert rounds.splitlines()[1].startswith(",0,1,1,bus_17,71.0,71.0,")
    query = ("-o", "json", "--query", "sequences[].usd_per_trigger_kw")
    costs = json.loads(desk.hcr("interconnection", "show", package_id, *query).stdout)
    assert costs == pytest.approx([3363360 / 567, 1034880 / 216, 776160 / 567])
    page = desk.directory / "radial.html"
    assert desk.hcr("interconnection", "report", package_id, "--out", str(page)).code == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    out = desk.directory / "results"
    assert desk.hcr("work-package", "results", package_id, "--out", f"{out}/").code == 0
    (document,) = out.glob("interconnection/base/radial/*/interconnection.json")
    assert json.loads(document.read_text(encoding="utf-8"))["result"]["feeder"] == "radial"
    assert (out / "manifest.json").is_file()
    assert not list(out.rglob("journal.jsonl"))
    assert any((out / "interconnection_rounds").rglob("*.parquet"))


@pytest.mark.slow
def test_a_study_whose_processes_are_killed_leaves_the_same_files(study: Callable[[str], Any]) -> None:
    calm, stormy = study("calm"), study("stormy")
    began = time.monotonic()
    expected = files(finished(calm))
    length_s = time.monotonic() - began
    chance = random.Random(SEED)
    package_id = submitted(stormy)
    for victim in chance.sample(DEATHS, len(DEATHS)):
        time.sleep(chance.uniform(0.0, 0.4) * length_s)
        for process in victims(stormy.directory, victim):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        stormy.hcr("work-package", "show", package_id)  # whoever asks wakes a worker
    watch = stormy.start("work-package", "monitor", package_id)
    _, stderr = watch.communicate(timeout=PATIENCE_S)
    assert watch.returncode == 0, stderr
    assert files(stormy.directory / ".hcr" / "results" / package_id) == expected


def submitted(desk: Any) -> str:
    run = desk.hcr("work-package", "run", "interconnection", "radial")
    assert run.code == 0, run.stderr
    package_id: str = run.stdout.strip()
    return package_id


def finished(desk: Any) -> Path:
    """Return the results of a study to which nothing happened."""
    package_id = submitted(desk)
    watch = desk.start("work-package", "monitor", package_id)
    _, stderr = watch.communicate(timeout=PATIENCE_S)
    assert watch.returncode == 0, stderr
    folder: Path = desk.directory / ".hcr" / "results" / package_id
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Return what a study left, its snapshots too; not the manifest, which holds times, nor the journal."""
    left_out = ("manifest.json", "journal.jsonl")
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name not in left_out]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def victims(directory: Path, which: str) -> list[int]:
    """Return the worker of a config directory, or the processes below it."""
    parents = {int(entry.name): parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    workers = [process for process in parents if is_worker(process, directory)]
    if which == "worker":
        return workers
    return [process for process, above in parents.items() if above in workers and process not in workers]


def is_worker(process: int, directory: Path) -> bool:
    try:
        words = Path(f"/proc/{process}/cmdline").read_text().split("\0")
    except OSError:
        return False
    return "hcr.service.worker" in words and str(directory.resolve()) in words


def parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
