"""How loops are compiled, and where the machine code is kept.

    @loop            a compiled loop: no checks of divisions, threads run beside it
    @loop(**more)    the same with other options of numba's `njit`
    @bare_loop       one that makes no arrays

A loop counts who uses each array that it takes out of a tuple or hands on, which takes longer than what
small loops do with it. A bare one does not, so it can neither make arrays nor keep them; it may call loops
that make arrays and give none back.

numba keeps machine code by the file of each function alone, and would go on using it when a function that it
calls from another file has changed. So the folder is named by the contents of all files with loops.
"""

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import config as _config

from hcr.powerflow.circuit_cache import default_folder
from hcr.powerflow.lane_vectors import VECTOR_BYTES

config: Any = _config
"""numba's settings, whose names it makes up when it is loaded."""

SOURCES = ("*_kernels.py", "*_kinds.py", "lane_*.py", "loops.py")
"""Files whose contents the machine code depends on."""


UNUSED_S = 60 * 86400.0
"""Age at which machine code that nobody has used is removed [s]."""


def loop(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Compile a function when it is first called, and keep the machine code for the next process.

    Where no folder can be written it is compiled in each process.
    """
    if function is None:
        return lambda chosen: loop(chosen, **options)
    given = config.CACHE_DIR
    config.CACHE_DIR = str(_FOLDER or "")
    try:
        # Said, because a loop that says nothing is compiled as the one that first calls it is.
        options = {"_nrt": True, "nogil": True, "error_model": "numpy", **options}
        return njit(cache=_FOLDER is not None, **options)(function)
    finally:
        config.CACHE_DIR = given


def bare_loop(function: Callable[..., Any]) -> Any:
    """Compile a loop that makes no arrays."""
    return loop(function, _nrt=False)


def folder_of_code() -> Path | None:
    """Return the folder of the machine code of these very sources; None where it cannot be written."""
    digest = hashlib.sha256(str(VECTOR_BYTES).encode())
    for path in sorted(path for pattern in SOURCES for path in Path(__file__).parent.glob(pattern)):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    try:
        base = Path(config.CACHE_DIR) if config.CACHE_DIR else default_folder("loops")
        folder = base / digest.hexdigest()[:16]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.utime(folder)
        return folder if os.access(folder, os.W_OK | os.X_OK) else None
    except (OSError, RuntimeError):
        return None


def remove_unused(folder: Path, *, now: float) -> None:
    """Remove machine code of other sources beside a folder that nobody has used for long."""
    for other in folder.parent.glob("[0-9a-f]" * 16):
        with contextlib.suppress(OSError):
            if other != folder and now - other.stat().st_mtime > UNUSED_S:
                shutil.rmtree(other)


_FOLDER = folder_of_code()
if _FOLDER:
    remove_unused(_FOLDER, now=time.time())
