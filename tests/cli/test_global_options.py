"""Options that every command takes, wherever they stand."""

import pytest

from hcr.cli.global_options import hoisted, value_of


@pytest.mark.parametrize(
    ("words", "ordered"),
    [
        ([], []),
        ([".", "list", "-q"], ["-q", ".", "list"]),
        ([".", "list", "--log-file", "x", "--limit", "3"], ["--log-file", "x", ".", "list", "--limit", "3"]),
        ([".", "list", "--color=never", "--debug"], ["--color=never", "--debug", ".", "list"]),
        ([".", "show", "--", "-q"], [".", "show", "--", "-q"]),
        (["list", "--log-file"], ["list", "--log-file"]),
        (["list", "--limit=3"], ["list", "--limit=3"]),
    ],
)
def test_global_options_come_first(words: list[str], ordered: list[str]) -> None:
    assert hoisted(words) == ordered


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ([], None),
        (["--color", "never"], "never"),
        (["--color=never", "list", "--color", "always"], "always"),
        (["list", "--color"], None),
    ],
)
def test_the_last_value_counts(words: list[str], value: str | None) -> None:
    assert value_of("--color", words) == value


@pytest.mark.parametrize("words", [("-v", "config", "schema"), ("config", "schema", "-v")])
def test_both_places_do_the_same(hcr, words: tuple[str, ...]) -> None:
    assert hcr(*words).code == 0
