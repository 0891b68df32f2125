"""Problems of texts that are no YAML: one each, with a place and something to do."""

import pytest

from hcr.config.yaml_syntax import MAX_DEPTH, compose, place_in, refusal
from hcr.errors import ConfigError, Problem


@pytest.mark.parametrize(
    ("text", "line", "column", "fragment"),
    [
        ("a:\n\tb: 1\n", 2, 1, "indent with spaces"),
        ("a: 1\n---\nb: 1\n", 2, 1, "keep one document"),
        ("a: *x\n", 1, 4, "[*] or & needs quotes"),
        ("a: b: c\n", 1, 5, "needs quotes|in quotes"),
        ("a: @x\n", 1, 4, "needs quotes"),
        ("a: 'x\n", 2, 1, "quotes near here"),
        ("a: 1\nkey=2\nb: 1\n", 2, 4, "not `key=value`"),
        ("a: 1\nkey = 2\n", 2, 5, "not `key=value`"),
        ("a: \ud800\n", 1, 4, "U[+]D800 is not allowed"),
        ("a: 1\nb: \x00\n", 2, 4, "U[+]0000 is not allowed"),
        ("[" * 70, 1, MAX_DEPTH + 1, "nested more than"),
        ("%YAML 9.9\n---\na: 1", 1, 1, "near here"),
    ],
)
def test_a_text_that_is_no_yaml(text: str, line: int, column: int, fragment: str) -> None:
    with pytest.raises(ConfigError, match=fragment) as caught:
        compose(text, "x.yaml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == ("x.yaml", line, column)


@pytest.mark.parametrize("text", ["", "\n\n", "# a comment\n", "---\n...\n# end\n"])
def test_a_text_without_content_has_no_node_or_an_empty_one(text: str) -> None:
    node = compose(text, "x.yaml")
    assert node is None or node.value == ""


@pytest.mark.parametrize(
    ("index", "place"), [(0, (1, 1)), (1, (1, 2)), (2, (1, 3)), (3, (2, 1)), (5, (2, 3)), (6, (3, 1))]
)
def test_places_count_from_one(index: int, place: tuple[int, int]) -> None:
    assert place_in("ab\ncd\n", index) == place


def test_a_refusal_lists_problems_by_line() -> None:
    error = refusal([Problem("late", "x", 9, 1), Problem("early", "x", 2, 5), Problem("first", "x", 2, 1)])
    assert [problem.message for problem in error.problems] == ["first", "early", "late"]
    assert error.what == "x cannot be read"
    assert "first" in error.why
