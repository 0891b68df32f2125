"""A whole study of a small feeder, and of what is left of it when its process is killed."""

import json
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hcr.errors import ConfigError
from hcr.studies.interconnection import study as study_module
from hcr.studies.interconnection.activity import Activity
from hcr.studies.interconnection.document import result_document
from hcr.studies.interconnection.judge import TOGETHER
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.search import SearchRules
from hcr.studies.interconnection.settings import (
    QueuedUnit,
    SequenceSettings,
    SharingSettings,
    StudySettings,
    UpgradeRule,
    UpgradeSettings,
)
from hcr.studies.interconnection.study import study_feeder
from hcr.studies.interconnection.study_result import StudyResult

Runner = Callable[..., StudyResult]

SEED, DEATHS = 2026, 20
QUEUE = (
    QueuedUnit("FAR", 900.0, name="north"),
    QueuedUnit("lv", 100.0),
    QueuedUnit("end", 2500.0),
    QueuedUnit("far", 1500.0, Kind.GENERATOR),
)

CHILD = """
import json, pickle, sys
from pathlib import Path
from hcr.studies.interconnection.document import result_document
from hcr.studies.interconnection.study import study_feeder
model, mrid, settings = pickle.loads(bytes.fromhex(sys.argv[1]))
folder = Path(sys.argv[2])
found = study_feeder(model, mrid, settings, folder=folder)
(folder / "document.json").write_text(json.dumps(result_document(found)))
"""


@pytest.fixture(scope="module")
def run(village: Path, village_settings: StudySettings) -> Runner:
    def study(folder: Path | None = None, engine: str = "auto", **changes: object) -> StudyResult:
        settings = replace(village_settings, **changes)
        return study_feeder(village, "village", settings, folder=folder, engine=engine)

    return study


@pytest.fixture(scope="module")
def given(run: Runner) -> StudyResult:
    return run(queue=QUEUE)


def text(found: StudyResult) -> str:
    return json.dumps(result_document(found))


def test_a_given_queue_connects_in_its_order(given: StudyResult) -> None:
    assert [(unit.number, unit.name, unit.bus) for unit in given.units] == [
        (1, "north", "far"),
        (2, "2 lv", "lv"),
        (3, "3 end", "end"),
        (4, "4 far", "far"),
    ]
    first = given.sequences[0]
    assert first.order == (1, 2, 3, 4)
    assert [one.unit for one in first.rounds] == list(first.order[: len(first.rounds)])
    assert first.trigger is not None
    upto = [unit.size.kw for unit in given.units[: first.order.index(first.trigger) + 1]]
    assert first.installed_kw == sum(upto)


def test_capacities_are_sought_where_units_of_a_queue_are_elsewhere(given: StudyResult) -> None:
    sought = [(one.bus, one.kind) for one in given.independent]
    assert sought == [
        *((bus, Kind.PV) for bus in given.candidates),
        ("lv", Kind.PV),
        ("far", Kind.GENERATOR),
    ]


def test_capacities_can_be_all_there_is(run: Runner, given: StudyResult) -> None:
    found = run(capacities_only=True)
    assert not found.sequences
    assert found.independent == given.independent[: len(found.candidates)]


def test_a_queue_ends_after_so_many_units(run: Runner) -> None:
    found = run(most_rounds=2, sequences=SequenceSettings(shuffles=0))
    (only,) = found.sequences
    assert (len(found.units), only.trigger, only.ended) == (2, None, "")
    assert not found.gains
    assert all(one.cost_usd == 0.0 for one in found.payments)


def test_a_study_tells_what_it_does(run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines: list[str] = []

    class Overheard(Activity):
        def _tell(self, *, at_once: bool = False) -> None:
            lines.append(self.line.partition(";")[0])

    monkeypatch.setattr(study_module, "Activity", Overheard)
    found = run(tmp_path, queue=QUEUE, sharing=SharingSettings(withdrawals=(2,)))
    told = list(dict.fromkeys(lines))
    assert told[:2] == ["reading the feeder", "the feeder as it is"]
    count = len(found.independent)
    assert f"capacities: {count} of {count}" in told
    assert f"capacities: {count + 1} of {count}" not in told
    parts = ["sequence 1 of 3", "sequence 2 of 3", "sequence 3 of 3", "who pays", "withdrawals"]
    assert [line for line in told if line in parts] == parts
    trigger = found.sequences[0].trigger
    for step in (f"unit {trigger}", f"upgrades for unit {trigger}", "capacities within it"):
        assert f"sequence 1 of 3: {step}" in told
    assert not list(tmp_path.glob("activity*"))


def test_why_a_sequence_ends(run: Runner) -> None:
    order = SequenceSettings(shuffles=0, orders=((4, 3, 2, 1),))
    none = run(queue=QUEUE, sequences=order, upgrades=UpgradeSettings(UpgradeRule.NONE))
    assert none.sequences[1].order == (4, 3, 2, 1)
    ended = none.sequences[1]
    assert len(ended.rounds) < 4
    assert ended.ended == f"{4 - len(ended.rounds)} units do not connect: no upgrade is made"
    short = run(queue=QUEUE, sequences=order, upgrades=UpgradeSettings(continue_queue=False))
    for sequence in short.sequences:
        last = sequence.rounds[-1]
        assert last.unit == sequence.trigger
        left, why = 4 - len(sequence.rounds), last.note or "the queue ends with the first violation"
        assert sequence.ended == (f"{left} units do not connect: {why}" if left else "")


@pytest.mark.parametrize("order", [(1, 2, 3), (1, 1, 2, 3), (0, 1, 2, 3), (2, 3, 4, 5)])
def test_an_order_holds_each_unit_once(run: Runner, order: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="does not hold each unit once"):
        run(queue=QUEUE, sequences=SequenceSettings(orders=(order,)))


def test_a_withdrawal_is_a_study_of_the_others(run: Runner) -> None:
    found = run(queue=QUEUE, sharing=SharingSettings(withdrawals=(1, 3)))
    for one in found.withdrawals:
        staying = [unit for unit in (1, 2, 3, 4) if unit != one.unit]
        assert [unit for unit, _ in one.before_usd] == staying
        assert [unit for unit, _ in one.after_usd] == staying
        assert {made.unit for made in one.rounds} <= set(staying)
    with pytest.raises(ConfigError, match="no unit 5 can withdraw"):
        run(queue=QUEUE, sharing=SharingSettings(withdrawals=(5,)))


def test_a_withdrawal_goes_no_further_than_the_sequence(run: Runner) -> None:
    found = run(
        queue=QUEUE,
        sharing=SharingSettings(withdrawals=(2,)),
        upgrades=UpgradeSettings(continue_queue=False),
    )
    (one,) = found.withdrawals
    assert sum(not made.passed for made in one.rounds) <= 1


@pytest.mark.parametrize(("engine", "infer"), [("batch", False), ("batch", True), ("opendss", False)])
def test_each_cut_of_the_journal_comes_to_the_same_bytes(
    run: Runner, tmp_path: Path, engine: str, infer: bool
) -> None:
    more = {"queue": QUEUE[:2], "most_rounds": 3, "engine": engine, "search": SearchRules(infer=infer)}
    whole = run(folder=tmp_path / "whole", **more)
    journal = (tmp_path / "whole" / "journal.jsonl").read_bytes()
    assert text(run(**more)) == text(whole)
    chance = random.Random(SEED)
    for number in range(4 if engine == "batch" else 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "journal.jsonl").write_bytes(journal[: chance.randrange(len(journal))])
        assert text(run(folder=folder, **more)) == text(whole)


def killed(command: list[str], after_s: float) -> bool:
    """Run a command, kill it after a while, and return whether it had ended before."""
    process = subprocess.Popen(command)
    try:
        assert process.wait(after_s) == 0
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return False
    return True


def survive(inputs: tuple[Path, str, StudySettings], folder: Path) -> None:
    """Kill a study at random moments, restarting it each time, until it was killed often; compare its end."""
    command = [sys.executable, "-c", CHILD, pickle.dumps(inputs).hex()]
    began = time.monotonic()
    subprocess.run([*command, str(_made(folder / "calm"))], check=True)
    length_s = time.monotonic() - began
    chance, deaths = random.Random(SEED), 0
    stormy = _made(folder / "stormy")
    while deaths < DEATHS:
        if killed([*command, str(stormy)], chance.uniform(0.2, 1.0) * length_s):
            (stormy / "journal.jsonl").unlink()
        else:
            deaths += 1
    subprocess.run([*command, str(stormy)], check=True)
    assert (stormy / "document.json").read_bytes() == (folder / "calm" / "document.json").read_bytes()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("infer", [False, True])
def test_a_small_study_survives_twenty_deaths(
    village: Path, village_settings: StudySettings, tmp_path: Path, infer: bool
) -> None:
    search = replace(village_settings.search, infer=infer)
    survive((village, "village", replace(village_settings, search=search)), tmp_path)


@pytest.mark.slow
def test_the_published_study_survives_twenty_deaths(radial: Path, tmp_path: Path) -> None:
    survive((radial, "radial", StudySettings()), tmp_path)


@pytest.mark.slow
def test_searches_that_learn_from_one_another_survive_twenty_deaths(
    radial: Path, i2x_models: Path, tmp_path: Path
) -> None:
    network = json.loads((i2x_models / "radial" / "Network.json").read_text(encoding="utf-8"))
    buses = tuple(node["id"] for node in network["nodes"] if node["ndata"]["phases"] == 3)
    assert len(buses) > TOGETHER
    settings = StudySettings(candidates=buses, capacities_only=True, search=SearchRules(infer=True))
    survive((radial, "radial", settings), tmp_path)
