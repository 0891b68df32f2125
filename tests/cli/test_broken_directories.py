"""Broken config directories at the command line: exit code 2, every fault with its line, nothing sent.

The corpus lies in `tests/config/broken/`; `expected.txt` of each case has one line a fault:
`file:line: fragment of the message`.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CORPUS = Path(__file__).parents[1] / "config" / "broken"
CASES = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())


@pytest.fixture
def broken(tmp_path: Path, service) -> Callable[[str], Path]:
    """Copy a case; where it does not break auth_config.json, that file names a stub service."""

    def copy(case: str) -> Path:
        directory = tmp_path / case
        shutil.copytree(CORPUS / case, directory)
        file = directory / "auth_config.json"
        if not file.exists():
            server = {"protocol": "http", "host": "127.0.0.1", "port": service.port}
            file.write_text(json.dumps({"eas_server": server}))
        return directory

    return copy


def faults_of(case: str) -> list[tuple[str, str]]:
    """Place and fragment of each fault of a case."""
    lines = (CORPUS / case / "expected.txt").read_text(encoding="utf-8").splitlines()
    return [
        (f"{file}:{line}:", fragment.strip()) for file, line, fragment in (one.split(":", 2) for one in lines)
    ]


def assert_all_named(case: str, directory: Path, text: str) -> None:
    for place, fragment in faults_of(case):
        lines = [line for line in text.splitlines() if f"{directory}/{place}" in line]
        assert any(fragment in line for line in lines), f"{place} {fragment}\n{text}"


def test_the_corpus_is_large_enough() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES)
def test_validate_names_every_fault(case: str, broken, service, hcr):
    directory = broken(case)
    outcome = hcr(directory, "config", "validate")
    assert outcome.code == 2
    assert_all_named(case, directory, outcome.stdout)
    assert "Traceback" not in outcome.stderr
    assert "fault" in outcome.stderr
    assert service.requests == []


@pytest.mark.parametrize("case", CASES)
def test_a_run_names_every_fault_and_sends_nothing(case: str, broken, service, hcr):
    directory = broken(case)
    file = next((directory / "run_configurations").glob("*/x.yaml"), None)
    if file is None:
        outcome = hcr(directory, "work-package", "list")
    else:
        outcome = hcr(directory, "work-package", "run", file.parent.name.replace("_", "-"), "x", "--dry-run")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert_all_named(case, directory, outcome.stderr)
    assert outcome.stderr.startswith("Error: ")
    assert "Traceback" not in outcome.stderr
    assert service.requests == []


keys = st.sampled_from(
    [
        "forecastConfig",
        "feeders",
        "scenarios",
        "years",
        "fixedTime",
        "loadTime",
        "name",
        "generatorConfig",
        "model",
    ]
)
scalars = st.sampled_from(
    ["1", "-1", "yes", "null", "F1", "2030-01-01T00:00:00", "1e400", ".nan", "'", '"', "*a", "&a"]
)
lines = st.builds(
    lambda indent, dash, key, value: " " * indent + "- " * dash + f"{key}: {value}",
    st.sampled_from([0, 2, 4, 5]),
    st.integers(0, 1),
    keys,
    st.one_of(scalars, st.lists(scalars, max_size=3).map(lambda items: f"[{', '.join(items)}]")),
)
texts = st.one_of(st.text(max_size=200), st.lists(lines, max_size=8).map("\n".join))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts)
def test_no_text_of_a_run_configuration_brings_a_traceback(tmp_path, hcr, text: str):
    file = tmp_path / "run_configurations" / "forecast" / "x.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    outcome = hcr(tmp_path, "work-package", "run", "forecast", "x", "--dry-run")
    assert outcome.code in (0, 2), outcome.stderr
    assert "fault of hcr" not in outcome.stderr
    assert "Traceback" not in outcome.stderr
    if outcome.code == 2:
        assert f"{file}:" in outcome.stderr


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=80), st.text(max_size=80).map(lambda text: json.dumps(text).encode())
    )
)
def test_no_content_of_the_auth_config_brings_a_traceback(tmp_path, hcr, content: bytes):
    (tmp_path / "auth_config.json").write_bytes(content)
    outcome = hcr(tmp_path, "config", "show")
    assert outcome.code in (0, 2), outcome.stderr
    assert "fault of hcr" not in outcome.stderr
