"""What a study warns of."""

from pathlib import Path

from hcr.studies.interconnection.resource import Kind, Size
from hcr.studies.interconnection.search import End, HostingCapacity
from hcr.studies.interconnection.settings import Curve, DaySettings, ResourceSettings, StudySettings
from hcr.studies.interconnection.setup import set_up
from hcr.studies.interconnection.study_doubts import silent_days, unlimited
from hcr.studies.interconnection.study_result import BusCapacity


def test_a_day_without_output_is_named(village: Path, tmp_path: Path) -> None:
    night = DaySettings("night", steps=1, load_curve=None)
    noon = DaySettings("noon", first_hour=12.0, steps=1, load_curve=None)
    sun = ResourceSettings(curve=Curve(values=(0.0, 1.0)))
    setup = set_up(village, "v", StudySettings(days=(night, noon), resource=sun), circuits=tmp_path)
    (found,) = silent_days(setup)
    assert "'night'" in found


def test_buses_without_a_limit_are_named_and_counted() -> None:
    capped = HostingCapacity(8e5, 8e5, None, 14, End.CAPPED)
    buses = [BusCapacity(f"b{at}", Kind.PV, Size(8e5, 1e6), 50.0, capped, ()) for at in range(5)]
    (found,) = unlimited(buses)
    assert "b0, b1, b2 and 2 more" in found
    assert unlimited(()) == ()
