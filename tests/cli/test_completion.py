"""Row 28: completion for bash, zsh, fish and PowerShell, with config names and recent IDs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from hcr.cli.main import hcr as hcr_command
from hcr.cli.main import run

BIN = Path(sys.executable).parent
FORECAST = "name: a\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A config directory with two forecasts, a calibration, and two packages used lately."""
    directory = tmp_path / "city"
    for name in ("forecast/summer", "forecast/winter", "calibration/taps"):
        path = directory / "run_configurations" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FORECAST)
    recent = directory / ".hcr" / "recent.json"
    recent.parent.mkdir()
    recent.write_text(json.dumps([["91ab", "the newer"], ["17cd", "the older"]]))
    return directory


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **more}


@pytest.fixture
def complete(tmp_path: Path, study: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Complete the last of some words, in the parent of the config directory."""
    monkeypatch.chdir(tmp_path)

    def ask(*words: str) -> list[str]:
        shell = BashComplete(hcr_command, {}, "hcr", "_HCR_COMPLETE")
        return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]

    return ask


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("city", "work-p"), ["work-package"]),
        (("work-p",), ["work-package"]),
        (("city", "work-package", "mon"), ["monitor"]),
        (("city", "work-package", "run", "f"), ["feeder-override", "forecast"]),
        (("city", "work-package", "run", "forecast", ""), ["summer", "winter"]),
        (("city", "work-package", "run", "forecast", "x", "-n", "w"), ["winter"]),
        (("city", "work-package", "run", "calibration", ""), ["taps"]),
        (("city", "work-package", "show", ""), ["91ab", "17cd"]),
        (("city", "work-package", "cancel", "91ab", "1"), ["17cd"]),
        (("city", "work-package", "list", "--off"), ["--offset"]),
        (("city", "config", "schema", "for"), ["forecast"]),
        (("--col",), ["--color"]),
        (("nowhere", "work-package", "show", ""), []),
    ],
)
def test_row_28_words_are_completed(complete, words: tuple[str, ...], found: list[str]) -> None:
    assert complete(*words) == found


def test_row_28_a_first_word_that_is_no_command_may_be_a_directory(complete) -> None:
    assert complete("ci") == ["ci"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_row_28_every_shell_has_a_script(hcr, shell: str) -> None:
    outcome = hcr("completion", shell)
    assert outcome.code == 0
    assert f"{shell}_complete" in outcome.stdout
    assert "_HCR_COMPLETE" in outcome.stdout


def test_row_28_the_process_answers_its_shell(study, tmp_path, monkeypatch, capfdbinary) -> None:
    monkeypatch.chdir(tmp_path)
    question = {"_HCR_COMPLETE": "bash_complete", "COMP_WORDS": "hcr\ncity\nserv", "COMP_CWORD": "2"}
    for name, value in question.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stop:
        run()
    assert (stop.value.code, capfdbinary.readouterr().out) == (0, b"plain,serve\n")


@pytest.mark.parametrize("shell", ["zsh", "fish", "powershell"])
def test_row_28_every_shell_is_answered(tmp_path: Path, study: Path, shell: str) -> None:
    line = "hcr city work-package show "
    words = {"COMP_WORDS": line, "COMP_CWORD": "" if shell == "fish" else "4"}
    done = subprocess.run(
        ["hcr"],
        capture_output=True,
        text=True,
        env=_environment(_HCR_COMPLETE=f"{shell}_complete", **words),
        cwd=tmp_path,
        check=True,
    )
    assert "91ab" in done.stdout
    assert "the newer" in done.stdout


def test_row_28_bash_itself_completes(tmp_path: Path, study: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash on this machine")
    script = """
        eval "$(hcr completion bash)"
        COMP_WORDS=(hcr city work-package run forecast s); COMP_CWORD=5
        _hcr_completion hcr
        printf '%s\\n' "${COMPREPLY[@]}"
        complete -p hcr
    """
    done = subprocess.run(
        [bash, "--norc", "-c", script],
        capture_output=True,
        text=True,
        env=_environment(),
        cwd=tmp_path,
        check=True,
    )
    assert done.stdout.splitlines() == ["summer", "complete -o nosort -F _hcr_completion hcr"]


def test_completing_imports_no_command_that_is_not_called(study: Path) -> None:
    code = (
        "import sys\n"
        "from hcr.cli.main import hcr\n"
        "from click.shell_completion import BashComplete\n"
        "BashComplete(hcr, {}, 'hcr', '_HCR_COMPLETE').get_completions([], 'w')\n"
        "print([name for name in sys.modules if name.startswith('hcr.cli.')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "hcr.cli.work_package" not in done.stdout


def test_a_shell_that_click_does_not_know_is_explained(hcr, monkeypatch) -> None:
    monkeypatch.setattr("hcr.cli.completion.get_completion_class", lambda shell: None)
    outcome = hcr("completion", "powershell")
    assert outcome.code == 2
    assert "Install click" in outcome.stderr
