"""The report of an interconnection study: whole, offline, and sound whatever it is given."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from hcr.cli.bars import BarSeries, named_bars
from hcr.cli.interconnection_costs import capacity_by_sequence
from hcr.cli.interconnection_maps import class_edges, told, upgrade_map
from hcr.cli.interconnection_page import headline, interconnection_page
from hcr.cli.interconnection_settings import options, prices
from hcr.studies.interconnection.feeder_graph import EdgeKind
from hcr.studies.interconnection.resource import Kind
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.study_result import MapBus, MapEdge, StudyResult
from interconnection_sample import MEAN, sample

PAGE = interconnection_page(sample(), "Work package 7.")
BARE = StudyResult("radial", "batch", (), (), (), (), (), (), ())


class Reader(HTMLParser):
    """Notes tags and that each is closed."""

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


def drawings(text: str) -> list[ET.Element]:
    return [ET.fromstring(one) for one in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]  # noqa: S314


@pytest.mark.parametrize("result", [sample(), BARE, replace(sample(), settings=None, payments=())])
def test_a_page_is_sound_and_needs_nothing_else(result: StudyResult):
    text = interconnection_page(result, "Work package 7.")
    reader = read(text)
    assert reader.open == []
    assert reader.links == []
    assert "script" not in reader.tags
    assert "http" not in text
    assert "nan" not in re.sub(r"[A-Za-z]nan|nan[A-Za-z]", "", text)


def test_names_are_text():
    assert MEAN not in PAGE
    assert "&lt;script&gt;" in PAGE


def test_every_drawing_has_a_label_and_fits_its_canvas():
    found = drawings(PAGE)
    assert len(found) == 9  # map, ranks, by sequence, two maps, by kW, by sequence, by rule of two sequences
    for one in found:
        assert one.get("aria-label")
        wide = float(one.get("width", "0"))
        for text in one.iter("text"):
            if text.get("x") is None:
                continue
            x, length = float(text.get("x", "0")), 7.0 * len(text.text or "")
            shift = {"start": 0.0, "middle": length / 2, "end": length}[text.get("text-anchor", "start")]
            assert x - shift >= -1.0
            assert x - shift + length <= wide + 1.0


def test_headline_figures():
    found = dict(headline(sample()))
    assert found["Hosting capacity, middle of all buses"] == "450 kW"
    assert found["buses that can take nothing"] == "1 of 10"
    assert found["connected before upgrades"] == "450 kW"
    assert found["first violation"] == "with unit 3"
    assert found["upgrades for it"] == "58,800 USD"
    assert found["by kW of that unit, and of all"] == "235 and 84 USD/kW"


def test_the_map_tells_what_limits_a_bus_and_what_it_lacks():
    assert "1 of 12 buses have no coordinates." in PAGE
    assert told(sample().independent[7]).startswith(
        "b8: 200 kW, limited by voltage change at b8: 3.20 % against"
    )
    assert told(sample().independent[0]) == "b1: 1,500 kW or more, no limit found"
    title = "b9: voltage change, 3.60 % against 3.00 %, with unit 3"
    assert title in PAGE


def test_upgrades_are_thick_lines_with_their_cost():
    drawn = upgrade_map(sample(), sample().sequences[0])
    assert drawn.count('stroke-width="5"') == 2
    assert "line l9: 400 to 800 A, 100 ft, 19,600 USD, for unit 3" in drawn
    assert "1 upgrade cannot be shown on the map." in upgrade_map(sample(), sample().sequences[1])


def test_a_transformer_is_not_taken_for_a_line_of_its_name():
    twin = MapEdge("Transformer.l9", EdgeKind.TRANSFORMER, "b0", "b1", open=False)
    twins = replace(sample(), edges=(*sample().edges, twin))
    assert upgrade_map(twins, twins.sequences[0]).count('stroke-width="5"') == 2
    first = upgrade_map(sample(), sample().sequences[0])
    thick = re.findall(r'stroke-width="5" d="(.*?)"', first)
    assert re.findall(r'stroke-width="5" d="(.*?)"', upgrade_map(twins, twins.sequences[0])) == thick


def test_prices_have_their_sources():
    assert "PG&amp;E Unit Cost Guide 2023: settings change" in PAGE
    assert len(list(prices(StudySettings().upgrades.costs))) == 4 + 4 + 12


def test_every_option_is_told():
    found = dict(options(StudySettings()))
    assert found["limits.change_percent"] == "3"
    assert found["days[1].steps"] == "288"
    assert found["sharing.rules"] == "TRIGGER, PRO_RATA, GAIN"
    assert found["seed"] == "–"  # noqa: RUF001 - a dash
    assert found["search.most_kw"] == "1000000"


@pytest.mark.parametrize(
    "option",
    ["limits.vMinPu", "days[1].stepMinutes", "sharing.gainResolutionKw", "sharing.shapley.exactUpTo"],
)
def test_options_are_told_as_a_run_configuration_writes_them(option: str):
    assert f"<td>{option}</td>" in PAGE


def test_large_sums_stand_on_an_axis_in_full():
    assert ">2,000,000<" in named_bars(["a"], [BarSeries("b", "#000", [3e6])], axis="USD", label="c")


def test_warnings_stand_on_the_page():
    assert "<li>1 bus has no coordinates</li>" in PAGE


@pytest.mark.parametrize(
    ("capacities", "edges"),
    [
        ([], []),
        ([0.0], [0.0]),
        ([100.0] * 9, [0.0, 100.0]),
        ([float(at) for at in range(0, 1000, 100)], [0.0, 200.0, 400.0, 600.0, 800.0]),
    ],
)
def test_classes_hold_about_as_many_buses_each(capacities: list[float], edges: list[float]):
    assert class_edges(capacities) == edges


def test_a_feeder_of_ten_thousand_buses_makes_a_usable_file():
    small = sample()
    buses = tuple(MapBus(f"bus_{at}", 12.47, 3, at % 100, at // 100) for at in range(10_000))
    edges = tuple(
        MapEdge(f"Line.line_{at}", EdgeKind.LINE, f"bus_{at}", f"bus_{at + 1}", open=False)
        for at in range(9_999)
    )
    independent = tuple(
        replace(small.independent[at % 10], bus=f"bus_{at}", start_kw=100.0 + at) for at in range(10_000)
    )
    text = interconnection_page(replace(small, buses=buses, edges=edges, independent=independent), "")
    assert len(text.encode()) < 10_000_000
    assert read(text).open == []


def test_a_bus_with_several_kinds_of_units_has_a_bar_of_each():
    first = sample().sequences[0]
    store = replace(first.comparison[0], kind=Kind.BATTERY, sequence_kw=123.0)
    both = replace(first, comparison=(*first.comparison, store))
    page = "".join(capacity_by_sequence(replace(sample(), sequences=(both,))))
    assert "b4 pv" in page
    assert "b4 bat" in page
    assert "b8 pv" not in page
    assert "b4 pv" not in "".join(capacity_by_sequence(sample()))
