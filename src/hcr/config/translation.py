"""The settings of a file in any accepted spelling -> the same settings by wire names, with what is wrong.

The walk is led by the input models of the contract, so that a new option needs nothing here.
"""

from collections.abc import Mapping
from itertools import islice

from hcr.config.key_spelling import (
    as_enum,
    as_model,
    attributes,
    bare,
    canonical,
    field_type,
    homes,
    item_type,
    nearest,
    spelled,
    wire_names,
)
from hcr.config.legacy import legacy_keys, relocation
from hcr.config.run_configuration_file import RunKind
from hcr.config.setting import Setting, Source, dotted
from hcr.config.text_check import doubt, number_doubt, python_member
from hcr.contract.inputs import InputModel
from hcr.errors import Problem

Path = tuple[str | int, ...]


class Translation:
    """One walk over a configuration; `problems` and `hints` fill on the way."""

    def __init__(self, kind: RunKind, root: type[InputModel], *, snake_case: bool) -> None:
        self.kind = kind
        self.root = root
        self.snake_case = snake_case
        self.problems: list[Problem] = []
        self.hints: list[Problem] = []
        self._faulty: set[tuple[Source, Path]] = set()
        self._excused: set[tuple[Source, Path, str]] = set()

    def mapping(self, setting: Setting, model: type[InputModel]) -> Setting:
        """Return a mapping by the wire names of `model`."""
        if not isinstance(setting.value, Mapping):
            return setting
        result = setting.written({})
        moves: list[tuple[tuple[str, ...], Setting]] = []
        for key, member in setting.value.items():
            wire = wire_names(model).get(canonical(key))
            if wire is not None:
                found = self.value(_adapted(member, (wire,)), field_type(model, wire))
                result = self._placed(result, (wire,), found)
            else:
                moves += self._moves(setting, key, model)
        # Whole blocks come first, single options find their place in them.
        for target, member in sorted(moves, key=lambda move: len(move[0])):
            found = self.value(_adapted(member, target), _type_at(model, target))
            result = self._placed(result, target, found)
        return result

    def value(self, setting: Setting, annotation: object) -> Setting:
        """Return a value as the field type `annotation` wants it."""
        model = as_model(annotation)
        if model is not None and issubclass(model, InputModel):
            return self.mapping(setting, model)
        item = item_type(annotation)
        if item is not None and isinstance(setting.value, tuple):
            return setting.written(tuple(self._item(entry, item) for entry in setting.value))
        return self._text(setting, annotation)

    def report(self, setting: Setting, message: str, *, hint: str = "", at_key: bool = False) -> None:
        """Add a problem at a setting, once."""
        problem = setting.problem(message, hint=hint, at_key=at_key)
        self._faulty.add((setting.source, setting.path))
        if problem not in self.problems:
            self.problems.append(problem)

    def is_faulty(self, setting: Setting) -> bool:
        """Tell whether a problem is reported at this very place."""
        return (setting.source, setting.path) in self._faulty

    def excused(self, parent: Setting, *keys: str) -> bool:
        """Tell whether one of these keys of `parent` is missing only because it was mistyped."""
        return any((parent.source, parent.path, canonical(key)) in self._excused for key in keys)

    def lacks_keys(self, parent: Setting) -> bool:
        """Tell whether keys of `parent` were not understood, so that rules between its fields must wait."""
        if not isinstance(parent.value, Mapping):
            return False
        return any((source, path) == (parent.source, parent.path) for source, path, _ in self._excused)

    def _excuse(self, member: Setting, meant: str) -> None:
        self._excused.add((member.source, member.path[:-1], canonical(meant)))

    def _item(self, setting: Setting, annotation: object) -> Setting:
        if annotation in (int, float) and isinstance(setting.value, str):
            found = number_doubt(setting.value)
            if found is not None:
                self.report(setting, found[0], hint=found[1])
                return setting
        return self.value(setting, annotation)

    def _text(self, setting: Setting, annotation: object) -> Setting:
        if not isinstance(setting.value, str):
            return setting
        found = doubt(setting.value)
        if found is not None:
            self.report(setting, found[0], hint=found[1])
        enum = as_enum(annotation)
        member = python_member(setting.value, enum) if enum is not None else None
        if member is None:
            return setting
        self._hint(setting, f"`{setting.value}` is a Python name", f"write {member}")
        return setting.written(member)

    def _moves(
        self, parent: Setting, key: str, model: type[InputModel]
    ) -> list[tuple[tuple[str, ...], Setting]]:
        """Return where the value of a key that is no field belongs; an unknown key is a problem."""
        member = parent.members()[key]
        move = relocation(model, self.kind, key, parent)
        if move is None:
            self._unknown(member, model)
            return []
        if move.fault:
            self.report(member, move.fault, at_key=True)
            self._excuse(member, key)
        if move.hint:
            self._hint(member, f"`{key}` {move.hint}", "", at_key=True)
        return [(target, member) for target in move.targets]

    def _placed(self, result: Setting, target: tuple[str, ...], found: Setting) -> Setting:
        """Return `result` with `found` at a wire path; a second value for the same option is a problem."""
        key, *rest = target
        members = dict(result.members())
        present = members.get(key)
        if present is not None and (present.value is None or found.value is None):
            # Null and absent are alike, for the wire too.
            members[key] = found if present.value is None else present
        elif rest:
            below = present or Setting({}, found.source, result.path)
            members[key] = self._placed(below, tuple(rest), found)
        elif present is not None:
            first = dotted(present.path)
            self.report(found, f"means the same option as `{first}`", hint="keep one of them", at_key=True)
        else:
            members[key] = found
        return result.written(members)

    def _unknown(self, member: Setting, model: type[InputModel]) -> None:
        key = str(member.path[-1])
        snake_case = self.snake_case or "_" in key
        own = {spelled(model, wire, snake_case=snake_case): wire for wire in attributes(model)}
        near = nearest(key, [*own, *legacy_keys(model, self.kind)])
        if near is not None:
            self._excuse(member, own.get(near, near))
        else:
            self._excuse(member, key)
        elsewhere = list(islice(homes(self.root, key, snake_case=snake_case), 2))
        if elsewhere:
            hint = "it belongs in " + " or ".join(f"`{path}`" for path in elsewhere)
        else:
            hint = f"did you mean `{near}`?" if near else f"known here: {', '.join(islice(own, 12))}"
        self.report(member, "unknown key", hint=hint, at_key=True)

    def _hint(self, setting: Setting, message: str, hint: str, *, at_key: bool = False) -> None:
        problem = setting.problem(message, hint=hint, at_key=at_key)
        # Once per message: a legacy key may come back in hundreds of loads.
        if problem.message not in {given.message for given in self.hints}:
            self.hints.append(problem)


def _type_at(model: type[InputModel], target: tuple[str, ...]) -> object:
    """Return the type of the field at a wire path below `model`."""
    kind: object = model
    for wire in target:
        inner = as_model(kind)
        kind = field_type(inner, wire) if inner is not None else None
    return bare(kind)


def _adapted(member: Setting, target: tuple[str, ...]) -> Setting:
    """Return older shapes in today's: loads keyed by their id become a list, one instance a list of one."""
    if target[-1] == "overrides" and isinstance(member.value, Mapping):
        return member.written(tuple(_with_load_id(load) for load in member.value.values()))
    if target[-1] == "allocationInstanceSelection" and isinstance(member.value, str):
        return member.written((member,))
    return member


def _with_load_id(load: Setting) -> Setting:
    if not isinstance(load.value, Mapping):
        return load
    return load.written({"loadId": load.written(str(load.path[-1]))} | dict(load.value))
