"""Compiles OpenDSS models, and reads their load shapes, once for each content."""

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hcr import __version__
from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.circuit_cache import CircuitCache, default_folder
from hcr.powerflow.circuit_file import tree_bytes, tree_of
from hcr.powerflow.load_shapes import LoadShape
from hcr.powerflow.model_files import ModelFiles, model_files
from hcr.powerflow.opendss import compile_circuit, engine_version, model_shapes

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Shapes:
    """Some load shapes of a model."""

    shapes: tuple[LoadShape, ...]


def compile_model(
    master: Path | str, *, edits: Sequence[str] = (), cache: Path | str | None = None
) -> Circuit:
    """Return the circuit of an OpenDSS model, from the cache if it was compiled before.

    The digest of the circuit's model is over the contents of all files that the model reads, by their names
    relative to the entry file, and the edits. A model that changes its working folder, or puts names of files
    together from variables, is compiled each time.

    Parameters
    ----------
    master : entry file of the model.
    edits : OpenDSS commands run after it, before the first solution.
    cache : folder of compiled circuits; `hcr/circuits` in the user's cache folder unless given.

    Raises
    ------
    ModelError
        The engine refuses the model; the message carries the engine's words with file and line.
        The model sets the action of a fuse.
    """
    entry = Path(master).absolute()
    files, digest = _read(entry, edits)
    if files is not None and files.fuse_actions:
        raise _spoils_memory(entry, files.fuse_actions)
    model = Model(entry, tuple(edits), digest)
    place = _place(cache, files)
    return _kept(model, place, "circuit", compile_circuit, lambda content: tree_of(content, Circuit, model))


def load_shapes(
    model: Model, names: Sequence[str], *, cache: Path | str | None = None
) -> dict[str, LoadShape]:
    """Return some load shapes of a compiled model by the names given, from the cache if read before.

    Parameters
    ----------
    cache : as of `compile_model`.

    Raises
    ------
    ModelError
        The engine refuses the model, or it has no such shape.
    """
    if not names:
        return {}

    def read(model: Model) -> _Shapes:
        found = model_shapes(model, names)
        return _Shapes(tuple(found[name] for name in names))

    files, digest = _read(model.master, model.edits)
    place = _place(cache, files) if digest == model.digest else None
    found = _kept(model, place, f"shapes {names}", read, lambda content: tree_of(content, _Shapes))
    return dict(zip(names, found.shapes, strict=True))


def _kept(
    model: Model,
    place: CircuitCache | None,
    what: str,
    make: Callable[[Model], T],
    read: Callable[[bytes], T],
) -> T:
    """Return what comes of a model: as it was kept, else made now."""
    if place is None:
        return make(model)
    key = _key(model.digest, what)
    content = place.read(key)
    if content is not None:
        return read(content)
    made = make(model)
    if _read(model.master, model.edits)[1] == model.digest:  # else a file changed while the engine read it
        place.write(key, tree_bytes(made))
    return made


def _read(entry: Path, edits: Sequence[str]) -> tuple[ModelFiles | None, str]:
    """Return the files of a model and their digest; none where they cannot be read: the engine tells why."""
    try:
        files = model_files(entry, edits)
        return files, files.digest(edits)
    except (OSError, ValueError):
        return None, ""


def _spoils_memory(master: Path, places: Sequence[str]) -> ModelError:
    return ModelError(
        f"{master.name} sets the action of a fuse: {', '.join(places)}",
        why="OpenDSS would write it past the end of its memory, and the process could end at any time",
        remedy="Write `state=(closed closed closed)` or `state=(open open open)`, or import the model.",
    )


def _place(cache: Path | str | None, files: ModelFiles | None) -> CircuitCache | None:
    if files is None or not files.certain:
        return None
    with contextlib.suppress(RuntimeError):
        return CircuitCache(default_folder() if cache is None else Path(cache))
    return None


def _key(digest: str, what: str) -> str:
    """Return what an entry is found by: whatever it depends on."""
    parts = [__version__, engine_version(), _fingerprint(), digest, what]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@functools.cache
def _fingerprint() -> str:
    """Return a digest of the code that reads circuits, and with it of their classes."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
