"""Compiles OpenDSS models, once for each content."""

import contextlib
import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from hcr import __version__
from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.circuit_cache import CircuitCache, default_folder
from hcr.powerflow.circuit_file import circuit_bytes, circuit_of
from hcr.powerflow.model_files import ModelFiles, model_files
from hcr.powerflow.opendss import compile_circuit, engine_version


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
    place = _place(cache) if files is not None and files.certain else None
    if place is None:
        return compile_circuit(model)
    key = _key(digest)
    content = place.read(key)
    if content is not None:
        return circuit_of(content, model)
    circuit = compile_circuit(model)
    if _read(entry, edits)[1] == digest:  # else a file changed while the engine read it
        place.write(key, circuit_bytes(circuit))
    return circuit


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


def _place(cache: Path | str | None) -> CircuitCache | None:
    with contextlib.suppress(RuntimeError):
        return CircuitCache(default_folder() if cache is None else Path(cache))
    return None


def _key(digest: str) -> str:
    """Return what an entry is found by: whatever a circuit depends on."""
    parts = [__version__, engine_version(), _fingerprint(), digest]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@functools.cache
def _fingerprint() -> str:
    """Return a digest of the code that reads circuits, and with it of their classes."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
