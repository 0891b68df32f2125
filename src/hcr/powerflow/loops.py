"""How loops are compiled, and where the machine code is kept.

    @loop            a compiled loop: no checks of divisions, threads run beside it
    @loop(**more)    the same with other options of numba's `njit`

numba keeps machine code by the file of each function alone, and would go on using it when a function that it
calls from another file has changed. So the folder is named by the contents of all files with loops.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import config as _config

config: Any = _config
"""numba's settings, whose names it makes up when it is loaded."""

SOURCES = ("*_kernels.py", "*_kinds.py", "lane_*.py", "loops.py")
"""Files whose contents the machine code depends on."""


def loop(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Compile a function when it is first called, and keep the machine code for the next process."""
    if function is None:
        return lambda given: loop(given, **options)
    given = config.CACHE_DIR
    config.CACHE_DIR = str(_FOLDER)
    try:
        return njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    finally:
        config.CACHE_DIR = given


def _folder() -> Path:
    """Return the folder of the machine code of these very sources."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in Path(__file__).parent.glob(pattern)):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    base = Path(config.CACHE_DIR) if config.CACHE_DIR else home / "hcr" / "loops"
    return base / digest.hexdigest()[:16]


_FOLDER = _folder()
