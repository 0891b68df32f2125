"""Names of those who hold a lease, from which others on the same machine can tell that one has died."""

import contextlib
import functools
import hashlib
import os
import socket
import uuid
from pathlib import Path


def own_name() -> str:
    """Return a name for this process unlike any other, HOST:PID:MACHINE:RANDOM, of 80 letters at most."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{_machine()}:{uuid.uuid4().hex[:8]}"


def has_died(name: str) -> bool:
    """Return whether a process of this machine had that name and is gone; False where that cannot be told."""
    parts = name.rsplit(":", 3)
    if len(parts) != 4 or parts[2] != _machine() or not parts[1].isdecimal():
        return False
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass
    return _is_zombie(int(parts[1]))


@functools.cache
def _machine() -> str:
    """Return what processes share that see each other by number: one start of a kernel, one namespace."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _is_zombie(process: int) -> bool:
    """Return whether a process has ended and only waits to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False
