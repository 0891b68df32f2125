"""JSON Schemas of run configurations, from which editors complete and check YAML files.

They use the wire names. The other spellings that `hcr` reads are not in them: an editor offers what lasts.
"""

import re
from collections.abc import Mapping
from typing import Final

from pydantic.json_schema import JsonSchemaValue

from hcr.config.run_configuration import INPUT_MODELS, RunKind
from hcr.contract.schema import schema_text

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_OWN_BLOCK: Final[Mapping[RunKind, str]] = {
    RunKind.FORECAST: "forecastConfig",
    RunKind.FEEDER_OVERRIDE: "feederConfigs",
}
_NAME: Final = {"type": "string", "description": "Name of the work package; default the file's name"}
_INPUT: Final = re.compile(
    r"^input (?P<name>\w+)(?: @extension)? \{\n(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL
)
_CALIBRATION: Final = re.compile(r"^  runCalibration\(\n(?P<body>.*?)^  \)", re.MULTILINE | re.DOTALL)
_FIELD: Final = re.compile(r'^ +"(?P<text>[^"\n]*)"\n +(?P<name>\w+):', re.MULTILINE)


def json_schema(kind: RunKind) -> dict[str, object]:
    """Return the JSON Schema of the run configurations of one kind."""
    kind = RunKind(kind)
    schema = INPUT_MODELS[kind].model_json_schema(by_alias=True)
    for name, definition in {**schema.get("$defs", {}), schema["title"]: schema}.items():
        _describe(definition, _descriptions().get(name, {}))
    schema["title"] = f"{kind.command} run configuration"
    if kind != RunKind.CALIBRATION:
        schema["properties"]["name"] = _NAME
    if kind in _OWN_BLOCK:
        _require_block(schema, kind)
    return {"$schema": DIALECT, **schema}


def _describe(definition: JsonSchemaValue, descriptions: Mapping[str, str]) -> None:
    """Give each option the words of the contract, and drop what pydantic says without being asked."""
    for name, option in definition.get("properties", {}).items():
        option.pop("title", None)
        option.pop("default", None)
        if name in descriptions:
            option["description"] = descriptions[name]


def _require_block(schema: JsonSchemaValue, kind: RunKind) -> None:
    for other, block in _OWN_BLOCK.items():
        if other != kind:
            del schema["properties"][block]
    schema["required"] = [_OWN_BLOCK[kind]]


def _descriptions() -> dict[str, dict[str, str]]:
    """Return the description of each field of each input, by the names of the contract."""
    text = schema_text()
    found = {part["name"]: _fields(part["body"]) for part in _INPUT.finditer(text)}
    calibration = _CALIBRATION.search(text)
    if calibration is not None:
        found["CalibrationArguments"] = _fields(calibration["body"])
    return found


def _fields(body: str) -> dict[str, str]:
    return {part["name"]: part["text"] for part in _FIELD.finditer(body)}
