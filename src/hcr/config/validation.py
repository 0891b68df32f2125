"""What the contract says about a configuration, in words and at the places of the file."""

from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hcr.config.key_spelling import as_enum, as_model, attributes, field_type, item_type, nearest, spelled
from hcr.config.run_configuration_file import RunKind
from hcr.config.setting import Setting
from hcr.config.translation import Translation
from hcr.contract.inputs import InputModel, WorkPackageInput
from hcr.contract.rules import exactly_one

_Model = TypeVar("_Model", bound=InputModel)

_BLOCKS: Final = {RunKind.FORECAST: "forecastConfig", RunKind.FEEDER_OVERRIDE: "feederConfigs"}


def validated(settings: Setting, model: type[_Model], translation: Translation) -> _Model | None:
    """Return the contract model of these settings; None when it has faults, reported to `translation`."""
    if model is WorkPackageInput:
        _check_block(settings, translation)
    try:
        result = model.model_validate(settings.plain())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _report(detail, settings, model, translation)
        return None
    return result


def _check_block(settings: Setting, translation: Translation) -> None:
    """Report a block of another kind, the lack of our own, and a load time that is both or neither.

    The contract has these rules too, but asks them only when all parts are sound.
    """
    own = _BLOCKS[translation.kind]
    given = {block: settings.members().get(block) for block in _BLOCKS.values()}
    present = {
        block: member for block, member in given.items() if member is not None and member.value is not None
    }
    for kind, block in _BLOCKS.items():
        if block != own and block in present:
            message = f"belongs to {kind.command} configurations, in the folder {kind}/"
            translation.report(present[block], message, at_key=True)
    if not present and not translation.lacks_keys(settings):
        name = spelled(WorkPackageInput, own, snake_case=translation.snake_case)
        hint = f"a {translation.kind.command} configuration needs it"
        translation.report(settings, f"`{name}` is missing", hint=hint)
    config = present.get(own)
    if config is None:
        return
    feeder_configs = config.members().get("configs")
    for item in feeder_configs.items() if feeder_configs is not None else ():
        _check_load_time(item, translation)
    if own == "forecastConfig":
        _check_load_time(config, translation)


def _check_load_time(config: Setting, translation: Translation) -> None:
    given = {wire: member.value for wire, member in config.members().items()}
    if not given or translation.lacks_keys(config):
        return
    names = ("fixedTime", "timePeriod")
    for fault in exactly_one((names[0], given.get(names[0])), (names[1], given.get(names[1]))):
        culprit = list(config.trail(fault.path))[-1]
        translation.report(culprit, _in_small(fault.message), at_key=True)


def _report(
    detail: ErrorDetails, settings: Setting, model: type[InputModel], translation: Translation
) -> None:
    """Report one fault of pydantic, unless its cause is already reported at that place."""
    place = detail["loc"]
    found = list(settings.trail(place))[-1]
    if detail["type"] == "missing":
        _report_missing(found, str(place[-1]), _type_at(model, place[:-1]), translation)
    elif not translation.is_faulty(found) and not translation.lacks_keys(found):
        message, hint = _in_words(detail, _type_at(model, place))
        translation.report(found, message, hint=hint)


def _report_missing(parent: Setting, wire: str, kind: object, translation: Translation) -> None:
    if translation.excused(parent, wire):
        return
    model = as_model(kind)
    name = spelled(model, wire, snake_case=translation.snake_case) if model is not None else wire
    translation.problems.append(parent.source.problem("is missing", (*parent.path, name)))


def _in_words(detail: ErrorDetails, kind: object) -> tuple[str, str]:
    """Return message and hint; the contract's own messages are already meant for planners."""
    enum = as_enum(kind)
    if detail["type"] == "enum" and enum is not None:
        near = nearest(str(detail["input"]).rpartition(".")[2], enum.__members__)
        return f"expected {_either(list(enum.__members__))}", f"did you mean {near}?" if near else ""
    if detail["type"] == "model_type":
        return "expected a block of `key: value` lines", ""
    return _in_small(detail["msg"].replace("Input should be", "must be")), ""


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _in_small(message: str) -> str:
    """Return a message that begins small, as all after a place do, unless it begins with a name."""
    return message[:1].lower() + message[1:] if message[1:2].islower() or message[1:2] == " " else message


def _type_at(model: type[InputModel], place: tuple[int | str, ...]) -> object:
    """Return the bare type at a wire path below `model`, None where there is none."""
    kind: object = model
    for part in place:
        inner = as_model(kind)
        if isinstance(part, int):
            kind = item_type(kind)
        elif inner is not None and part in attributes(inner):
            kind = field_type(inner, part)
        else:
            return None
    return kind
