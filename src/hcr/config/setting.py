"""A value of a run configuration that knows where the user wrote it.

Legacy keys move and `--set` replaces, yet each fault must be shown where it was typed. So a value carries
its origin along: the source, and its path there in the user's own spelling.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hcr.config.yaml_document import Document, YamlValue
from hcr.errors import Problem

Scalar: TypeAlias = "str | int | float | bool | None"
SettingValue: TypeAlias = "Scalar | tuple[Setting, ...] | Mapping[str, Setting]"
WirePath: TypeAlias = Sequence[str | int]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A YAML document, or one `--set` of the command line when there is no document."""

    document: Document | None = field(default=None, repr=False)

    def problem(self, message: str, path: WirePath, *, hint: str = "", at_key: bool = False) -> Problem:
        """Return a problem at `path`: at the value, or at the key when the key itself is wrong."""
        key = dotted(path)
        if self.document is None:
            return Problem(message, "--set", key=key, hint=hint)
        place = self.document.key_position(path) if at_key else self.document.position(path)
        return Problem(message, self.document.file, *place, key, hint)


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A value, its source and its path there; mappings and lists hold settings again."""

    value: SettingValue
    source: Source = field(repr=False)
    path: tuple[str | int, ...] = ()

    def problem(self, message: str, *, hint: str = "", at_key: bool = False) -> Problem:
        """Return a problem placed at this setting."""
        return self.source.problem(message, self.path, hint=hint, at_key=at_key)

    def written(self, value: SettingValue) -> "Setting":
        """Return another value that counts as written at the same place."""
        return Setting(value, self.source, self.path)

    def members(self) -> Mapping[str, "Setting"]:
        """Return the members of a mapping; nothing for a list or a scalar."""
        return self.value if isinstance(self.value, Mapping) else {}

    def items(self) -> tuple["Setting", ...]:
        """Return the items of a list; nothing for a mapping or a scalar."""
        return self.value if isinstance(self.value, tuple) else ()

    def trail(self, path: WirePath) -> Iterator["Setting"]:
        """Yield this setting and those along `path`, as far as they exist."""
        here = self
        yield here
        for part in path:
            following = here.child(part)
            if following is None:
                return
            yield following
            here = following

    def child(self, part: str | int) -> "Setting | None":
        """Return the member or item that `part` leads to."""
        if isinstance(part, str):
            return self.members().get(part)
        items = self.items()
        return items[part] if 0 <= part < len(items) else None

    def plain(self) -> YamlValue:
        """Return the bare data, ready for validation."""
        if isinstance(self.value, Mapping):
            return {key: member.plain() for key, member in self.value.items()}
        if isinstance(self.value, tuple):
            return [item.plain() for item in self.value]
        return self.value


def from_document(document: Document) -> Setting:
    """Return the document as settings."""
    return _setting(document.data, Source(document), ())


def from_override(keys: Sequence[str], value: YamlValue) -> Setting:
    """Return `--set a.b=value` as a configuration of this one value."""
    source = Source()
    setting = _setting(value, source, tuple(keys))
    for depth in range(len(keys) - 1, -1, -1):
        setting = Setting({keys[depth]: setting}, source, tuple(keys[:depth]))
    return setting


def merged(lower: Setting, upper: Setting) -> Setting:
    """Return `lower` overlaid by `upper`: mappings member by member, anything else as a whole."""
    if not isinstance(lower.value, Mapping) or not isinstance(upper.value, Mapping):
        return upper
    members = dict(lower.value)
    for key, member in upper.value.items():
        members[key] = merged(members[key], member) if key in members else member
    return lower.written(members)


def dotted(path: WirePath) -> str:
    """Return a path as people write it: `forecastConfig.feeders[1]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _setting(value: YamlValue, source: Source, path: tuple[str | int, ...]) -> Setting:
    if isinstance(value, dict):
        members = {key: _setting(member, source, (*path, key)) for key, member in value.items()}
        return Setting(members, source, path)
    if isinstance(value, list):
        items = tuple(_setting(item, source, (*path, index)) for index, item in enumerate(value))
        return Setting(items, source, path)
    return Setting(value, source, path)
