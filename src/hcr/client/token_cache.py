"""Where tokens lie between commands: one file that only its owner can read."""

import json
from pathlib import Path

from hcr.errors import ConfigError
from hcr.replacement import OWNER_ONLY, replacing


def read_cache(path: Path) -> str | None:
    """The text of the cache, or None when there is none or it is spoilt: a cache may be lost any time."""
    try:
        text = path.read_text("utf-8")
        state = json.loads(text)
    except (OSError, ValueError):
        return None
    sound = isinstance(state, dict) and all(isinstance(kind, dict) for kind in state.values())
    return text if sound else None


def write_cache(path: Path, text: str) -> None:
    """Replace the cache in one step; at no moment can anybody else read it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(path, mode=OWNER_ONLY) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"The token cache {path} cannot be written",
            why=error.strerror or type(error).__name__,
            remedy="Make its folder writable, or log in with a token in HCR_TOKEN.",
        ) from error


def delete_cache(path: Path) -> None:
    """Remove the cache; none is left whether there was one or not."""
    path.unlink(missing_ok=True)
