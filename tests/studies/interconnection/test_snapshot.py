import json
from collections.abc import Callable

import pytest

from hcr.errors import ConfigError
from hcr.studies.interconnection.day import DayResult
from hcr.studies.interconnection.draws import Draws
from hcr.studies.interconnection.metrics import Criteria, evaluate
from hcr.studies.interconnection.queue import Capacity, Queue
from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import End, HostingCapacity
from hcr.studies.interconnection.snapshot import Snapshot
from hcr.studies.interconnection.upgrades import Upgrade, UpgradeKind


@pytest.fixture
def snapshot(day: Callable[..., DayResult]) -> Snapshot:
    """Return a snapshot with a record of every sort."""
    margins = evaluate(day(converged=True), Criteria()).margins
    found = HostingCapacity(328.125, 328.125, 331.25, 9, End.BRACKETED)
    upgrade = Upgrade(UpgradeKind.LINE, "l", 400.0, 800.0, "A", ("Edit Line.l length=1",), 1.0 / 3.0, 20.0)
    battery = Size.of(Kind.BATTERY, 50.0, hours=4)
    queue = Queue().with_capacity(Capacity(0, Kind.PV, "a", Size.of(Kind.PV, 328.125), margins, found, True))
    queue = queue.opened("a").with_unit(Kind.BATTERY, "a", battery).exhausted(Kind.BATTERY, "a")
    queue = queue.with_upgrades([upgrade]).with_evaluation(Kind.BATTERY, "a", margins)
    return Snapshot(queue, Draws.seeded("radial").index(53)[1])


def test_a_snapshot_goes_through_a_file_and_back(snapshot: Snapshot):
    text = snapshot.to_json()
    again = Snapshot.from_json(text)
    assert again == snapshot
    assert again.to_json() == text


def test_its_document_holds_plain_values_only(snapshot: Snapshot):
    document = snapshot.to_document()
    assert json.loads(json.dumps(document)) == document
    assert (document["format"], document["version"]) == ("hcr-interconnection-snapshot", 1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 2}, "are hcr-interconnection-snapshot and 2, not"),
        ({"format": "other"}, "its format and version are other and 1"),
        ({"draws": None}, "no state of the random numbers"),
        ({"queue": None}, "queue: "),
        ({"queue": {"round": "1"}}, "queue.round: "),
        ({"queue": {"units": [{"round": 1, "kind": "wind", "bus": "a"}]}}, "queue.units.0.kind: "),
    ],
    ids=str,
)
def test_what_is_no_snapshot_is_refused_with_the_place(
    snapshot: Snapshot, change: dict[str, object], why: str
):
    with pytest.raises(ConfigError) as raised:
        Snapshot.from_document(snapshot.to_document() | change)
    assert why in raised.value.why


@pytest.mark.parametrize("text", ["", "{", "[]", "1"])
def test_what_is_no_json_object_is_refused(text: str):
    with pytest.raises(ConfigError, match="a snapshot of an interconnection study cannot be read"):
        Snapshot.from_json(text)
