"""Settings know where they were written, whatever is done to them."""

from hcr.config.setting import Setting, Source, dotted, from_document, from_override, merged
from hcr.config.yaml_document import parse_document

TEXT = "block:\n  list: [a, b]\n  number: 3\n"


def written() -> Setting:
    return from_document(parse_document(TEXT, "x.yaml"))


def test_the_data_comes_back_plain() -> None:
    assert written().plain() == {"block": {"list": ["a", "b"], "number": 3}}


def test_a_path_is_written_as_people_do() -> None:
    assert dotted(("forecastConfig", "feeders", 1)) == "forecastConfig.feeders[1]"
    assert dotted(()) == ""


def test_a_problem_is_placed_at_the_value_or_at_the_key() -> None:
    number = list(written().trail(("block", "number")))[-1]
    assert str(number.problem("wrong")) == "x.yaml:3:11 block.number: wrong"
    assert str(number.problem("unknown", at_key=True)) == "x.yaml:3:3 block.number: unknown"


def test_a_trail_goes_as_far_as_it_can() -> None:
    assert [setting.path for setting in written().trail(("block", "list", 7, "x"))] == [
        (),
        ("block",),
        ("block", "list"),
    ]
    assert len(list(written().trail(("block", "number", "x")))) == 3
    assert len(list(written().trail((0,)))) == 1


def test_an_override_is_a_configuration_of_one_value() -> None:
    override = from_override(["block", "number"], 7)
    assert override.plain() == {"block": {"number": 7}}
    assert str(list(override.trail(("block", "number")))[-1].problem("wrong")) == "--set block.number: wrong"


def test_merging_goes_member_by_member_and_replaces_lists() -> None:
    result = merged(written(), from_override(["block"], {"list": ["c"], "new": 1}))
    assert result.plain() == {"block": {"list": ["c"], "number": 3, "new": 1}}
    assert list(result.trail(("block", "number")))[-1].problem("x").line == 3
    assert list(result.trail(("block", "new")))[-1].problem("x").file == "--set"
    assert merged(written(), from_override(["block"], None)).plain() == {"block": None}


def test_a_rewritten_value_keeps_its_place() -> None:
    number = list(written().trail(("block", "number")))[-1]
    assert number.written(30).problem("x") == number.problem("x")


def test_sources_are_told_apart_by_identity() -> None:
    assert Source() != Source()
