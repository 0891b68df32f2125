"""A YAML file as plain data, with the line and column of everything in it.

Scalars follow the YAML 1.2 core schema, not PyYAML's 1.1: `12:30`, `NO`, `1_000` and dates stay text and
`1e-3` is a number. In one point we are stricter than the core schema: a number with a leading zero, `010`,
stays text, for such a thing is an identifier. Mapping keys are always text, exactly as written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hcr.config.yaml_syntax import MAX_DEPTH, TAG, compose, place_in, refusal
from hcr.errors import ConfigError, Problem

YamlValue: TypeAlias = "str | int | float | bool | list[YamlValue] | dict[str, YamlValue] | None"
YamlPath: TypeAlias = Sequence[str | int]
Position: TypeAlias = tuple[int, int]

# Aliases count as often as they are used. Overrides of whole years are long, hence not less.
MAX_VALUES = 500_000


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML mapping and where each part of it is written; lines and columns count from 1."""

    file: str
    data: dict[str, YamlValue]
    root: MappingNode = field(repr=False)

    def position(self, path: YamlPath) -> Position:
        """Return where the value at `path` is written, or its nearest known ancestor.

        A block below its key, or an empty value, is named by the key: the line a person looks for.
        """
        place = _start(self.root)
        for key, node in self._trail(path):
            below = key is not None and key.start_mark.line != node.start_mark.line
            empty = isinstance(node, ScalarNode) and not node.value and node.style is None
            place = _start(key) if key is not None and (below or empty) else _start(node)
        return place

    def key_position(self, path: YamlPath) -> Position:
        """Return where the key at the end of `path` is written; for a list item, the item."""
        place = _start(self.root)
        for key, node in self._trail(path):
            place = _start(key or node)
        return place

    def _trail(self, path: YamlPath) -> list[tuple[ScalarNode | None, Node]]:
        """Return key and value at each step of `path`, as far as it exists."""
        trail: list[tuple[ScalarNode | None, Node]] = []
        node: Node = self.root
        for part in path:
            found = _member(node, part)
            if found is None:
                break
            trail.append(found)
            node = found[1]
        return trail


def load_document(path: Path) -> Document:
    """Return the file as a document; ConfigError names every fault with line and column."""
    file = str(path)
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"cannot read {file}", [Problem(reason, file)], why=reason) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        head = raw[: error.start].decode("utf-8-sig", errors="replace")
        line, column = place_in(head, len(head))
        message = f"not UTF-8: byte 0x{raw[error.start]:02x}"
        raise refusal([Problem(message, file, line, column, hint="save the file as UTF-8")]) from error
    return parse_document(text, file)


def parse_document(text: str, file: str) -> Document:
    """Return the document in `text`; `file` is the name that problems carry."""
    root = compose(text, file)
    if root is None:
        raise refusal([Problem("the file is empty", file, 1, 1, hint="write at least one `key: value`")])
    if not isinstance(root, MappingNode):
        found = "a list" if isinstance(root, SequenceNode) else "a single value"
        message = f"expected a mapping of `key: value` lines, found {found}"
        raise refusal([Problem(message, file, *_start(root))])
    data = _build(root, file)
    # Only a mapping comes of a mapping node; the type checker cannot know.
    return Document(file, data if isinstance(data, dict) else {}, root)


def parse_value(text: str, name: str) -> YamlValue:
    """Return the one YAML value in `text`, such as `30`, `[a, b]` or `{x: 1}`; nothing is null."""
    root = compose(text, name)
    return None if root is None else _build(root, name)


def _build(root: Node, file: str) -> YamlValue:
    builder = _Builder(file)
    built = builder.build(root)
    if built.size > MAX_VALUES:
        builder.report(
            root, f"more than {MAX_VALUES} values once aliases are written out", "use fewer aliases"
        )
    if built.depth > MAX_DEPTH:
        builder.report(root, f"nested more than {MAX_DEPTH} levels deep by aliases", "use fewer aliases")
    if builder.problems:
        raise refusal(builder.problems)
    return built.value


@dataclass(frozen=True, slots=True)
class _Built:
    """A value, how many values it holds with itself, and how many levels."""

    value: YamlValue
    size: int = 1
    depth: int = 1


class _Builder:
    """Turns nodes into data and collects what is wrong with them on the way.

    A node is built once however often it is aliased, so that a small file cannot grow in memory. On the way
    each mapping node is left with its merges resolved, each key once: this is what positions are read from.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._done: dict[int, _Built] = {}
        self._open: set[int] = set()

    def build(self, node: Node) -> _Built:
        """Return what `node` stands for."""
        done = self._done.get(id(node))
        if done is not None:
            return done
        if id(node) in self._open:
            self.report(node, "an alias inside its own anchor", "write the value out")
            return _Built(None)
        self._open.add(id(node))
        self._done[id(node)] = built = self._fresh(node)
        self._open.discard(id(node))
        return built

    def report(self, node: Node, message: str, hint: str, key: str = "") -> None:
        """Add a problem at `node`, once."""
        problem = Problem(message, self.file, *_start(node), key, hint)
        if problem not in self.problems:
            self.problems.append(problem)

    def _fresh(self, node: Node) -> _Built:
        if isinstance(node, MappingNode):
            self._expect_tag(node, "map")
            return self._mapping(node)
        if isinstance(node, SequenceNode):
            self._expect_tag(node, "seq")
            items = [self.build(item) for item in node.value]
            return _Built([item.value for item in items], *_extent(items))
        return _Built(self._scalar(node))

    def _mapping(self, node: MappingNode) -> _Built:
        members = self._merged(node)
        members.update(self._own(node))
        node.value = list(members.values())
        built = {name: self.build(value) for name, (_, value) in members.items()}
        return _Built({name: item.value for name, item in built.items()}, *_extent(list(built.values())))

    def _merged(self, node: MappingNode) -> dict[str, tuple[ScalarNode, Node]]:
        """Return the pairs that `<<` brings in; of several merged mappings the earlier wins."""
        members: dict[str, tuple[ScalarNode, Node]] = {}
        for key, value in node.value:
            if key.tag != TAG + "merge":
                continue
            for source in value.value if isinstance(value, SequenceNode) else [value]:
                self.build(source)
                if not isinstance(source, MappingNode):
                    self.report(source, "`<<` merges mappings only", "give it an alias of a mapping")
                elif id(source) not in self._open:
                    members = {pair[0].value: pair for pair in source.value} | members
        return members

    def _own(self, node: MappingNode) -> dict[str, tuple[ScalarNode, Node]]:
        """Return the pairs written in the mapping itself; a key given twice is a problem."""
        members: dict[str, tuple[ScalarNode, Node]] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.report(key, "a list or mapping cannot be a key", "quote it if text is meant")
            elif key.tag == TAG + "null" and not key.value:
                self.report(key, "a value without a key", "write `key: value`")
            elif key.value in members and key.tag != TAG + "merge":
                first, _ = _start(members[key.value][0])
                self.report(key, "this key is given twice", f"first on line {first}", key.value)
            elif key.tag != TAG + "merge":
                members[key.value] = (key, value)
        return members

    def _scalar(self, node: Node) -> YamlValue:
        text: str = node.value
        kind = node.tag.removeprefix(TAG)
        if kind not in _READERS:
            self._expect_tag(node, "str")
            return None
        try:
            return _READERS[kind](text)
        except ValueError:
            self.report(node, f"cannot be read as {kind}", "quote it if text is meant")
            return None

    def _expect_tag(self, node: Node, tag: str) -> None:
        if node.tag != TAG + tag:
            shown = node.tag.replace(TAG, "!!")
            self.report(node, f"the tag {shown} is not supported here", "delete the tag")


def _extent(items: Sequence[_Built]) -> tuple[int, int]:
    """Return size and depth of a collection of `items`."""
    return 1 + sum(item.size for item in items), 1 + max((item.depth for item in items), default=0)


def _null(text: str) -> None:
    if text.lower() not in ("", "~", "null"):
        raise ValueError(text)


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _integer(text: str) -> int:
    # A decimal of thousands of digits is a ValueError too; Python refuses it.
    radix = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text, radix)


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_READERS: dict[str, Callable[[str], YamlValue]] = {
    "str": str,
    "merge": str,
    "null": _null,
    "bool": _boolean,
    "int": _integer,
    "float": _float,
}


def _member(node: Node, part: str | int) -> tuple[ScalarNode | None, Node] | None:
    """Return the key and the value that `part` leads to."""
    if isinstance(node, SequenceNode):
        inside = isinstance(part, int) and 0 <= part < len(node.value)
        return (None, node.value[part]) if inside else None
    if not isinstance(node, MappingNode):
        return None
    return next(((key, value) for key, value in node.value if key.value == part), None)


def _start(node: Node) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1
