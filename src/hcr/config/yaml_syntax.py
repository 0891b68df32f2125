"""YAML text -> nodes with marks; the scalars of YAML 1.2 and one clear problem when the text is no YAML."""

import re

import yaml
from yaml.nodes import Node

from hcr.errors import ConfigError, Problem

MAX_DEPTH = 60
TAG = "tag:yaml.org,2002:"

_INTEGER = r"(?:0|[1-9][0-9]*)"
_FLOAT = rf"[-+]?(?:\.[0-9]+|{_INTEGER}\.[0-9]*|{_INTEGER}(?=[eE]))(?:[eE][-+]?[0-9]+)?"
_CORE_SCALARS = (
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("bool", r"true|True|TRUE|false|False|FALSE", tuple("tTfF")),
    ("int", rf"[-+]?{_INTEGER}|0o[0-7]+|0x[0-9a-fA-F]+", tuple("-+0123456789")),
    (
        "float",
        rf"{_FLOAT}|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        tuple("-+.0123456789"),
    ),
    ("merge", r"<<", ("<",)),
)


class _CoreLoader(yaml.SafeLoader):
    """PyYAML's safe loader with YAML 1.2 scalars and a limit to nesting."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's shape)
    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Return the next node; PyYAML recurses here, so depth is counted before the stack ends."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem=f"nested more than {MAX_DEPTH} levels deep", problem_mark=mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _kind, _pattern, _first in _CORE_SCALARS:
    _CoreLoader.add_implicit_resolver(TAG + _kind, re.compile(rf"(?:{_pattern})\Z"), list(_first))


def compose(text: str, file: str) -> Node | None:
    """Return the node tree of the only document in `text`, None for an empty text."""
    try:
        loader = _CoreLoader(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise refusal([_syntax_problem(error, text, file)]) from error
    except yaml.reader.ReaderError as error:
        line, column = place_in(text, error.position)
        message = f"the character U+{_code_point(error):04X} is not allowed in YAML"
        raise refusal([Problem(message, file, line, column, hint="delete it")]) from error


def refusal(problems: list[Problem]) -> ConfigError:
    """Return the error that carries these problems, in the order of their lines."""
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
    return ConfigError(f"{ordered[0].file} cannot be read", ordered, why=str(ordered[0]))


def place_in(text: str, index: int) -> tuple[int, int]:
    """Return line and column, from 1, of a character in `text`."""
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")


def _code_point(error: yaml.reader.ReaderError) -> int:
    # PyYAML puts the code point here for text, the byte for bytes; its stubs know only the latter.
    found: object = error.character
    return found if isinstance(found, int) else ord(str(found))


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = error.problem or "not valid YAML"
    assigned = _assignment(text.splitlines(), line)
    if assigned is not None:
        return Problem(
            "`=` where YAML wants `: `", file, *assigned, hint="write `key: value`, not `key=value`"
        )
    message, hint = _explained(problem)
    if message == problem and error.context:
        message = f"{problem} ({error.context})"
    return Problem(message, file, line, column, hint=hint)


def _assignment(lines: list[str], line: int) -> tuple[int, int] | None:
    """Return where a `key=value` is written; PyYAML may notice only in the line after."""
    for number in (line, line - 1):
        if 1 <= number <= len(lines):
            found = re.match(r"\s*[A-Za-z_]+\s*=", lines[number - 1])
            if found:
                return number, found.end()
    return None


def _explained(problem: str) -> tuple[str, str]:
    """Return PyYAML's words in a planner's, and what to do."""
    if "another document" in problem:
        return "a second document begins here", "keep one document a file, without `---` between"
    if r"\t" in problem or "\t" in problem:
        return "a tab where YAML wants spaces", "indent with spaces"
    if "alias" in problem or "anchor" in problem:
        return problem, "text that begins with * or & needs quotes"
    if "cannot start any token" in problem:
        return problem, "text that begins with such a character needs quotes"
    if "mapping values are not allowed" in problem:
        return "a `:` where no key can be", "put text that holds `: ` in quotes; check the indentation too"
    return problem, "check indentation, brackets and quotes near here"
