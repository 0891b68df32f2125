"""Circuits and load shapes as bytes: arrays as an .npz archive, all else as JSON. Reading them runs no code.

The classes are the format: fields are written by name, and read back by their type hints.
"""

import functools
import io
import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from hcr.powerflow.circuit import Model
from hcr.powerflow.controls import Controls
from hcr.powerflow.equipment import Equipment
from hcr.powerflow.inverter_table import ModelInverter
from hcr.powerflow.passive import BatchModel
from hcr.powerflow.windings import Windings

T = TypeVar("T")

Array = np.ndarray[Any, np.dtype[Any]]
Reader = Callable[[Any, Sequence[Array]], Any]
"""Makes a value of JSON and the archive's arrays."""

_TEXT = "text"
_LATE = {one.__name__: one for one in (BatchModel, Controls, Equipment, ModelInverter, Windings)}
"""Classes that hints name before they are defined."""


def tree_bytes(tree: object) -> bytes:
    """Return a tree of dataclasses as bytes, a circuit without its model."""
    arrays: list[Array] = []
    plain = {one.name: _plain(getattr(tree, one.name), arrays) for one in _parts(type(tree))}
    members: dict[str, Any] = {str(at): array for at, array in enumerate(arrays)}
    members[_TEXT] = np.frombuffer(json.dumps(plain).encode(), np.uint8)
    stream = io.BytesIO()
    np.savez(stream, **members)
    return stream.getvalue()


def tree_of(content: bytes, kind: type[T], *model: Model) -> T:
    """Return the tree that was written as bytes.

    Parameters
    ----------
    content : what `tree_bytes` gave, of the same classes; model : of a circuit.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        plain = json.loads(archive[_TEXT].tobytes())
        arrays = [archive[str(at)] for at in range(len(archive.files) - 1)]
    readers = _readers(cast(Hashable, kind))
    return kind(*model, **{name: readers[name](part, arrays) for name, part in plain.items()})


def _plain(value: object, arrays: list[Array]) -> object:
    """Return a value as JSON has it; arrays are appended to a list, and stand as their numbers in it."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return len(arrays) - 1
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), arrays) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(part, arrays) for part in value]
    return value.item() if isinstance(value, np.generic) else value


def _parts(kind: type) -> list[Any]:
    return [one for one in fields(kind) if one.type is not Model]


@functools.cache
def _readers(kind: type) -> dict[str, Reader]:
    hints = get_type_hints(kind, localns=_LATE)
    return {one.name: _reader(hints[one.name]) for one in _parts(kind)}


def _reader(hint: Any) -> Reader:
    """Return what reads values of a type.

    Raises
    ------
    TypeError
        Circuits have a type of field that this module does not know.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin is np.ndarray:
        return lambda place, arrays: arrays[place]
    if origin is tuple:
        return _list_reader(inner[0]) if inner[-1] is Ellipsis else _row_reader(inner)
    if origin in (Union, UnionType) and inner[-1] is NoneType:
        known = _reader(inner[0])
        return lambda value, arrays: None if value is None else known(value, arrays)
    if is_dataclass(hint):
        return _object_reader(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda value, arrays: hint(value)
    if hint in (str, int, float, bool):
        return lambda value, arrays: value
    raise TypeError(f"no circuit file can hold {hint}")


def _list_reader(hint: Any) -> Reader:
    if hint in (str, int, float, bool):  # names of all nodes, for one
        return lambda values, arrays: tuple(values)
    read = _reader(hint)
    return lambda values, arrays: tuple([read(value, arrays) for value in values])


def _row_reader(hints: tuple[Any, ...]) -> Reader:
    read = [_reader(hint) for hint in hints]
    return lambda values, arrays: tuple(
        [each(value, arrays) for each, value in zip(read, values, strict=True)]
    )


def _object_reader(kind: Any) -> Reader:
    readers = _readers(kind)
    return lambda value, arrays: kind(**{name: readers[name](part, arrays) for name, part in value.items()})
