"""Spellings of keys, checked on the whole contract."""

import pytest

from hcr.config.key_spelling import (
    attributes,
    canonical,
    field_type,
    homes,
    item_type,
    nearest,
    spelled,
    wire_names,
)
from hcr.contract import inputs
from hcr.contract.enums import HcSolveMode
from hcr.contract.inputs import (
    FeederConfigsInput,
    HcGeneratorConfigInput,
    HcModelConfigInput,
    HcSolveConfigInput,
    InputModel,
    WorkPackageInput,
)

MODELS = [
    model
    for name in inputs.__all__
    if isinstance(model := getattr(inputs, name), type)
    and issubclass(model, InputModel)
    and model is not InputModel
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_two_wire_names_collide_and_both_spellings_resolve(model: type[InputModel]) -> None:
    assert len({canonical(wire) for wire in attributes(model)}) == len(attributes(model))
    for wire, attribute in attributes(model).items():
        assert wire_names(model)[canonical(wire)] == wire
        assert wire_names(model)[canonical(attribute)] == wire


@pytest.mark.parametrize(
    ("key", "wire"),
    [
        ("load_vmin_pu", "loadVMinPu"),
        ("load_v_min_pu", "loadVMinPu"),
        ("collapse_swer", "collapseSWER"),
        ("simplify_plsi_threshold", "simplifyPLSIThreshold"),
        ("split_phase_lv_kv", "splitPhaseLVKV"),
        ("split_phase_lvkv", "splitPhaseLVKV"),
        ("closed_loop_v_reg_set_point", "closedLoopVRegSetPoint"),
    ],
)
def test_irregular_names_resolve(key: str, wire: str) -> None:
    assert wire_names(HcModelConfigInput)[canonical(key)] == wire


def test_a_name_is_shown_in_the_style_of_the_file() -> None:
    assert spelled(HcSolveConfigInput, "stepSizeMinutes", snake_case=True) == "step_size_minutes"
    assert spelled(HcSolveConfigInput, "stepSizeMinutes", snake_case=False) == "stepSizeMinutes"
    assert spelled(HcSolveConfigInput, "notThere", snake_case=True) == "notThere"


def test_field_types_are_bare() -> None:
    assert field_type(HcGeneratorConfigInput, "solve") is HcSolveConfigInput
    assert field_type(HcSolveConfigInput, "mode") is HcSolveMode
    assert item_type(field_type(HcSolveConfigInput, "voltageBases")) is float
    assert item_type(item_type(field_type(HcModelConfigInput, "swerVoltageToLineVoltage"))) is int
    assert issubclass(item_type(field_type(FeederConfigsInput, "configs")), InputModel)  # type: ignore[arg-type]
    assert item_type(float) is None


@pytest.mark.parametrize(
    ("word", "meant"),
    [("step_size_minuts", "stepSizeMinutes"), ("MODE", "mode"), ("maxIterations", "maxIter"), ("x", None)],
)
def test_the_nearest_word(word: str, meant: str | None) -> None:
    assert nearest(word, attributes(HcSolveConfigInput)) == meant


def test_a_key_is_found_in_the_blocks_that_know_it() -> None:
    assert list(homes(WorkPackageInput, "step_size_minutes", snake_case=True)) == ["generator_config.solve"]
    assert list(homes(WorkPackageInput, "overloadsRaw", snake_case=False)) == [
        "generatorConfig.rawResults",
        "resultProcessorConfig.storedResults",
    ]
    assert list(homes(WorkPackageInput, "nowhere", snake_case=False)) == []
