"""The examples that come with the project load as they are."""

from pathlib import Path

import pytest

from hcr.config.json_schema import json_schema
from hcr.config.run_configuration import RunKind, find_run_configuration, load_run_configuration
from hcr.config.yaml_document import load_document

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", RunKind)
def test_an_example_loads_without_a_hint(kind: RunKind) -> None:
    path = find_run_configuration(ROOT, kind, "example")
    assert path == ROOT / "run_configurations" / kind / "example.yaml"
    assert load_run_configuration(path, kind).hints == ()


@pytest.mark.parametrize("kind", RunKind)
def test_an_example_names_a_schema_that_is_there_and_that_it_fulfils(kind: RunKind) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    path = find_run_configuration(ROOT, kind, "example")
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.partition("$schema=")[2]).is_file()
    validator = jsonschema.Draft202012Validator(json_schema(kind))
    assert list(validator.iter_errors(load_document(path).data)) == []


@pytest.mark.parametrize("kind", RunKind)
def test_what_an_example_shows_in_comments_is_sound_too(kind: RunKind, tmp_path: Path) -> None:
    """Options commented out replace what they are the alternative to, or come on top."""
    path = find_run_configuration(ROOT, kind, "example")
    lines = path.read_text(encoding="utf-8").splitlines()
    if kind == RunKind.FORECAST:
        cut = next(index for index, line in enumerate(lines) if line.startswith("  timePeriod"))
        del lines[cut : cut + 3]
    shown = "\n".join(_shown(line) for line in lines)
    copy = tmp_path / "shown.yaml"
    copy.write_text(shown, encoding="utf-8")
    assert load_run_configuration(copy, kind)


def _shown(line: str) -> str:
    """Return a line with an option commented out switched on; prose stays a comment."""
    text = line.lstrip()
    bare = text.removeprefix("# ")
    is_option = text.startswith("# ") and (
        bare.lstrip().startswith("- ") or bare.split(" ", 1)[0].endswith(":")
    )
    is_nested = text.startswith("#   ") and ":" in bare
    indent = line[: len(line) - len(text)]
    return indent + bare if (is_option or is_nested) and "yaml-language-server" not in line else line
