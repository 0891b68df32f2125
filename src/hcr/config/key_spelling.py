"""The spellings of a key: `stepSizeMinutes` on the wire, `step_size_minutes` in files, and typing errors.

Two spellings mean the same key when they agree without underscores and without case. No two wire names of one
input collide that way, and it covers the irregular ones too: `split_phase_lv_kv`, `splitPhaseLVKV`.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel


def canonical(key: str) -> str:
    """Return what all spellings of a key have in common."""
    return key.replace("_", "").replace("-", "").casefold()


@cache
def attributes(model: type[BaseModel]) -> dict[str, str]:
    """Return the Python attribute of each wire name of `model`."""
    return {info.alias or attribute: attribute for attribute, info in model.model_fields.items()}


@cache
def wire_names(model: type[BaseModel]) -> dict[str, str]:
    """Return the wire name of each canonical spelling that `model` knows."""
    return {canonical(name): wire for wire, name in attributes(model).items()} | {
        canonical(wire): wire for wire in attributes(model)
    }


def spelled(model: type[BaseModel], wire: str, *, snake_case: bool) -> str:
    """Return a wire name in the spelling of the file."""
    return attributes(model).get(wire, wire) if snake_case else wire


def field_type(model: type[BaseModel], wire: str) -> object:
    """Return the bare type of a field: a model, an enum, a `tuple[X, ...]` or a plain type."""
    return bare(model.model_fields[attributes(model)[wire]].annotation)


def bare(annotation: object) -> object:
    """Return a type without `Annotated` and `None`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return bare(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return bare(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def item_type(annotation: object) -> object:
    """Return the type of a list's items, None for anything but a list."""
    return bare(get_args(annotation)[0]) if get_origin(annotation) is tuple else None


def as_model(annotation: object) -> type[BaseModel] | None:
    """Return the type if it is an input model."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def as_enum(annotation: object) -> type[Enum] | None:
    """Return the type if it is an enum."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, Enum) else None


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` is most likely meant to be."""
    by_canonical = {canonical(name): name for name in known}
    found = get_close_matches(canonical(word), by_canonical, n=1, cutoff=0.7)
    return by_canonical[found[0]] if found else None


def homes(model: type[BaseModel], key: str, *, snake_case: bool) -> Iterator[str]:
    """Yield the dotted paths of the blocks below `model` that know a key exactly."""
    for wire in attributes(model):
        kind = field_type(model, wire)
        inner = as_model(kind)
        if inner is None:
            continue
        name = spelled(model, wire, snake_case=snake_case)
        if canonical(key) in wire_names(inner):
            yield name
        yield from (f"{name}.{path}" for path in homes(inner, key, snake_case=snake_case))
