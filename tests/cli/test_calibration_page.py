"""The page of a calibration: whole, offline, and with nothing in it that a name could break."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from hcr.cli.calibration_page import COLOURS, calibration_page, standing
from hcr.client.answers import CalibrationReport, CalibrationRun

RUN = CalibrationRun("41", "winter", "COMPLETED", "all is well", calibration_time_local="2025-07-12T04:00:00")
MEAN = "<script>alert('1')</script>"
REPORT = CalibrationReport.read(
    {
        "summary": {"feeder": MEAN, "method": "joint", "heldOutTimesBeforePercent": 2.91},
        "transformers": [
            {"feeder": "F1", "transformerId": MEAN, "tapBefore": 4, "tapFound": 3, "x": 0, "y": 0},
            {"feeder": "F1", "transformerId": "t2", "tapBefore": 4, "tapFound": 5, "doubtful": True, "x": 9,
             "y": 9, "reason": "two positions are as likely"},
            {"feeder": "F1", "transformerId": "t3", "tapBefore": 4, "reason": "no voltage data"},
        ],
        "times": [{"timestamp": f"2025-07-1{day}T04:00:00Z", "errorBeforePercent": 3} for day in (2, 1)],
        "customers": [{"cpiId": f"c{error}", "errorBeforePercent": error, "errorAfterPercent": error / 10,
                       "reason": "it wanders" if error < 0 else ""}
                      for error in (-3, 1, 2.5)],
        "leftOut": 7,
    }
)  # fmt: skip


class Reader(HTMLParser):
    """Notes tags, and that each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [str(value) for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def test_a_page_is_sound_and_needs_nothing_else():
    reader = read(calibration_page(RUN, [REPORT, REPORT]))
    assert reader.open == []
    assert reader.links == []
    assert "script" not in reader.tags
    assert reader.tags.count("svg") == 6


def test_a_page_tells_what_was_found():
    text = calibration_page(RUN, [REPORT])
    assert "all is well" in text
    assert "two positions are as likely" in text
    assert ">2.91<" in text
    assert "7 rows were too many" in text
    assert text.count('r="6"') == 2
    assert "1 of 3 have no coordinates" in text


def test_a_page_shows_first_what_to_look_at():
    text = calibration_page(RUN, [REPORT])
    table = text[text.index("<h3>Transformers") :]
    assert table.index("<td>t2<") < table.index("<td>t3<") < table.index("<td>&lt;script")
    assert ">t2</text>" in text  # on the map; what is sure has no label there
    assert text.count("&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;</text>") == 0


def test_a_page_lists_meters_with_a_remark():
    text = calibration_page(RUN, [REPORT])
    meters = text[text.index("<h3>Meters to look at") :]
    assert "1 meter with a remark" in meters
    assert "<td>c-3<" in meters
    assert "<td>c1<" not in meters


def test_a_page_tells_its_times():
    times = ("2025-07-11T04:00:00", "2025-07-12T04:00:00")
    assert "2 times, 2025-07-11 04:00 to 2025-07-12 04:00" in calibration_page(
        replace(RUN, times=times), [REPORT]
    )
    assert "Voltages of 2025-07-12 04:00." in calibration_page(RUN, [REPORT])
    assert "1 is 2025-07-11 04:00, 2 is 2025-07-12 04:00 UTC" in calibration_page(RUN, [REPORT])


def test_names_are_text():
    text = calibration_page(RUN, [REPORT])
    assert MEAN not in text
    assert "&lt;script&gt;" in text


def test_a_page_without_values_says_so():
    bare = replace(REPORT, transformers=(), times=(), customers=())
    text = calibration_page(RUN, [bare])
    assert text.count("Nothing to draw") == 3
    assert read(text).open == []


@pytest.mark.parametrize(
    ("found", "doubtful", "expected"),
    [(None, False, "nothing found"), (3, True, "doubtful"), (4, False, "kept"), (3, False, "moved")],
)
def test_what_happened_to_a_transformer(found: int | None, doubtful: bool, expected: str):
    one = replace(REPORT.transformers[0], tap_found=found, doubtful=doubtful)
    assert standing(one) == expected
    assert expected in COLOURS
