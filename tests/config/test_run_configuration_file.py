"""Which file a name stands for."""

from pathlib import Path

import pytest

from hcr.config.run_configuration_file import RunKind, find_run_configuration, list_run_configurations
from hcr.errors import ConfigError

FORECAST = RunKind.FORECAST


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name in ("forecast/summer.yaml", "forecast/winter.yml", "feeder_override/week.yaml"):
        path = tmp_path / "run_configurations" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("name: x\n", encoding="utf-8")
    (tmp_path / "run_configurations" / "forecast" / "notes.txt").touch()
    return tmp_path


def folder(directory: Path) -> Path:
    return directory / "run_configurations" / "forecast"


def test_kinds_have_a_folder_and_a_word() -> None:
    assert [(kind.value, kind.command) for kind in RunKind] == [
        ("forecast", "forecast"),
        ("feeder_override", "feeder-override"),
        ("calibration", "calibration"),
        ("intrinsic", "intrinsic"),
        ("hv_node_headroom", "hv-node-headroom"),
        ("interconnection", "interconnection"),
    ]


def test_the_list_holds_yaml_files_only(directory: Path) -> None:
    assert [path.name for path in list_run_configurations(directory, FORECAST)] == [
        "summer.yaml",
        "winter.yml",
    ]
    assert list_run_configurations(directory, RunKind.INTRINSIC) == []


@pytest.mark.parametrize(
    "name",
    [
        "summer",
        "summer.yaml",
        "forecast/summer",
        "forecast/summer.yaml",
        "run_configurations/forecast/summer",
    ],
)
def test_a_name_may_be_short_or_long(directory: Path, name: str) -> None:
    assert find_run_configuration(directory, FORECAST, name) == folder(directory) / "summer.yaml"


def test_a_name_may_be_a_path(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.touch()
    assert find_run_configuration(directory, FORECAST, str(elsewhere)) == elsewhere
    monkeypatch.chdir(folder(directory))
    assert find_run_configuration(Path("nowhere"), FORECAST, "winter.yml") == Path("winter.yml")


def test_the_other_suffix_is_found_too(directory: Path) -> None:
    assert find_run_configuration(directory, FORECAST, "winter").name == "winter.yml"


def test_a_typing_error_is_answered_with_the_nearest_name(directory: Path) -> None:
    with pytest.raises(ConfigError, match="no forecast configuration `sumer`") as caught:
        find_run_configuration(directory, FORECAST, "sumer")
    assert caught.value.remedy == "Did you mean `summer`?"


def test_a_strange_name_is_answered_with_all_names(directory: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        find_run_configuration(directory, FORECAST, "zzz")
    assert caught.value.remedy == "There is `summer`, `winter`."
    with pytest.raises(ConfigError) as caught:
        find_run_configuration(directory, RunKind.INTRINSIC, "zzz")
    assert caught.value.remedy == "The folder has no YAML file."


def test_a_file_of_another_kind_is_refused(directory: Path) -> None:
    with pytest.raises(ConfigError, match="is a feeder-override configuration, not a forecast one"):
        find_run_configuration(directory, FORECAST, "feeder_override/week.yaml")


def test_without_a_name_the_only_file_is_meant(directory: Path) -> None:
    assert find_run_configuration(directory, RunKind.FEEDER_OVERRIDE).name == "week.yaml"


def test_without_a_name_several_files_must_be_told_apart(directory: Path) -> None:
    with pytest.raises(ConfigError, match="2 forecast configurations") as caught:
        find_run_configuration(directory, FORECAST)
    assert caught.value.remedy == "Name one of `summer`, `winter`."


def test_without_a_name_default_wins_then_example(directory: Path) -> None:
    (folder(directory) / "example.yaml").touch()
    assert find_run_configuration(directory, FORECAST).name == "example.yaml"
    (folder(directory) / "default.yaml").touch()
    assert find_run_configuration(directory, FORECAST).name == "default.yaml"


def test_without_any_file_there_is_a_way_on(directory: Path) -> None:
    with pytest.raises(ConfigError, match="no hv-node-headroom configuration") as caught:
        find_run_configuration(directory, RunKind.HV_NODE_HEADROOM)
    assert "hcr init" in caught.value.remedy
