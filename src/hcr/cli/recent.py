"""IDs that a config directory used lately, so that the shell can complete them without asking a service."""

import contextlib
import json
from pathlib import Path

from hcr.errors import NoSpaceError
from hcr.replacement import replacing

KEPT = 50


def remember_package(directory: Path, package_id: str, name: str) -> None:
    """Put a package first among the recent ones; that it cannot be written is nobody's problem."""
    with contextlib.suppress(OSError, NoSpaceError):
        path = _path(directory)
        known = [entry for entry in recent_packages(directory) if entry[0] != package_id]
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(json.dumps([(package_id, name), *known][:KEPT]), encoding="utf-8")


def recent_packages(directory: Path) -> list[tuple[str, str]]:
    """Return ID and name of recent packages, the newest first."""
    try:
        entries = json.loads(_path(directory).read_text(encoding="utf-8"))
        return [(str(package_id), str(name)) for package_id, name in entries]
    except (OSError, ValueError, TypeError):
        return []


def _path(directory: Path) -> Path:
    return directory / ".hcr" / "recent.json"
