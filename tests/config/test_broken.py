"""Every fault of a broken config directory is named, at its line, all at once.

Each folder below `broken/` is a config directory. Its `expected.txt` has one line a fault:
`file:line: fragment of the message`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hcr.config.auth import FILE_NAME, load_auth_config
from hcr.config.run_configuration import RunKind, list_run_configurations, load_run_configuration
from hcr.errors import ConfigError, Problem

BROKEN = Path(__file__).parent / "broken"
CASES = sorted(path.name for path in BROKEN.iterdir() if path.is_dir())


def problems_of(directory: Path) -> Iterator[Problem]:
    if (directory / FILE_NAME).exists():
        with pytest.raises(ConfigError) as caught:
            load_auth_config(directory)
        yield from caught.value.problems
    for kind in RunKind:
        for path in list_run_configurations(directory, kind):
            with pytest.raises(ConfigError) as caught:
                load_run_configuration(path, kind)
            yield from caught.value.problems


def expected_of(directory: Path) -> list[tuple[str, str]]:
    lines = (directory / "expected.txt").read_text(encoding="utf-8").splitlines()
    return [(f"{file}:{line}", fragment) for file, line, fragment in (text.split(":", 2) for text in lines)]


def test_the_corpus_is_large_enough() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES)
def test_every_fault_is_named_at_its_line(case: str) -> None:
    directory = BROKEN / case
    found = list(problems_of(directory))
    places = [f"{Path(problem.file).relative_to(directory)}:{problem.line}" for problem in found]
    expected = expected_of(directory)
    listing = "\n".join(map(str, found))
    assert sorted(places) == sorted(place for place, _ in expected), listing
    for place, fragment in expected:
        messages = [str(problem) for at, problem in zip(places, found, strict=True) if at == place]
        assert any(fragment.strip() in message for message in messages), listing


@pytest.mark.parametrize("case", CASES)
def test_a_fault_has_a_column_and_the_list_is_in_order(case: str) -> None:
    found = list(problems_of(BROKEN / case))
    assert all(problem.column >= 1 for problem in found)
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
