"""The walk from any spelling to wire names: what it reports, excuses, and leaves to the contract."""

from hcr.config.run_configuration_file import RunKind
from hcr.config.setting import Setting, from_document
from hcr.config.translation import Translation
from hcr.config.yaml_document import YamlValue, parse_document
from hcr.contract.inputs import WorkPackageInput


def walk(text: str, *, snake_case: bool = True) -> tuple[Setting, Translation]:
    translation = Translation(RunKind.FORECAST, WorkPackageInput, snake_case=snake_case)
    return translation.mapping(from_document(parse_document(text, "x.yaml")), WorkPackageInput), translation


def told(text: str, *, snake_case: bool = True) -> list[str]:
    return [str(problem) for problem in walk(text, snake_case=snake_case)[1].problems]


def plain(text: str) -> YamlValue:
    return walk(text)[0].plain()


def test_values_of_a_wrong_shape_are_left_to_the_contract() -> None:
    data = {"generatorConfig": 3, "forecastConfig": {"feeders": "f", "years": {"a": 1}}, "intervention": [1]}
    text = "generator_config: 3\nforecast_config: {feeders: f, years: {a: 1}}\nintervention: [1]\n"
    assert plain(text) == data
    assert told(text) == []


def test_null_beside_a_value_gives_way() -> None:
    assert plain("generator_config: null\ngeneratorConfig: {}") == {"generatorConfig": {}}
    assert plain("generator_config: {}\ngeneratorConfig: null") == {"generatorConfig": {}}
    assert told("generator_config: {}\ngeneratorConfig: null") == []


def test_two_spellings_of_one_key_are_a_problem() -> None:
    assert told("generator_config: {}\ngeneratorConfig: {}") == [
        "x.yaml:2:1 generatorConfig: means the same option as `generator_config` (keep one of them)"
    ]


def test_a_whole_block_comes_before_single_options_in_any_order() -> None:
    block = "generator_config: {model: {seed: 1}}"
    expected = {"generatorConfig": {"model": {"seed": 1, "transformerTapSettings": "a"}}}
    assert plain(f"transformer_tap_settings: a\n{block}") == expected
    assert plain(f"{block}\ntransformer_tap_settings: a") == expected


def test_one_value_in_two_places_is_reported_once() -> None:
    (problem,) = told("generator_config: {model: {vmin_pu: None}}")
    assert problem.startswith("x.yaml:1:37 generator_config.model.vmin_pu: `None` is a text")


def test_suggestions_follow_the_style_of_the_file() -> None:
    assert "`step_size_minutes`" in told("generator_config: {solve: {stepsize_minute: 1}}")[0]
    assert "`stepSizeMinutes`" in told("generatorConfig: {solve: {stepSizeMinute: 1}}", snake_case=False)[0]


def test_legacy_keys_are_suggested_too() -> None:
    assert "did you mean `syf_config`?" in told("sif_config: {}")[0]
    assert "did you mean `load_overrides`?" in told("fixed_time: {load_override: {}}")[0]


def test_a_mistyped_key_excuses_what_then_is_missing() -> None:
    settings, translation = walk("forecast_config: {feedrs: [f], yeers: [1]}")
    block = settings.members()["forecastConfig"]
    assert translation.excused(block, "feeders")
    assert translation.excused(block, "scenarios", "years")
    assert not translation.excused(block, "scenarios")
    assert translation.lacks_keys(block)
    assert not translation.lacks_keys(settings)


def test_a_reported_place_is_known() -> None:
    settings, translation = walk("forecast_config: {feeders: [<F>, g]}")
    feeders = settings.members()["forecastConfig"].members()["feeders"].items()
    assert [translation.is_faulty(feeder) for feeder in feeders] == [True, False]


def test_loads_by_id_keep_the_place_of_their_id() -> None:
    settings, _ = walk("fixed_time:\n  load_overrides:\n    '12:30':\n      load_watts: [1]\n")
    trail = list(settings.trail(("forecastConfig", "fixedTime", "overrides", 0, "loadId")))
    assert trail[-1].value == "12:30"
    assert trail[-1].problem("unknown load").line == 3
