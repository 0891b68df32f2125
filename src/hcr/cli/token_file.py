"""Where tokens of a login lie between commands: one file for each account, readable by its owner only."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hcr.config.auth import AuthConfig, AuthMethod


def token_file(
    auth: "AuthConfig", environment: Mapping[str, str], *, method: "AuthMethod | None" = None
) -> Path:
    """Return the path of the token cache for a login, by `method` where that is not the configured one.

    Below XDG_STATE_HOME, not in the config directory: that one is often under version control.
    """
    state = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    login = (auth.authority, auth.client_id, method or auth.auth_method, auth.username or "", *auth.scopes)
    name = hashlib.sha256("\n".join(str(part) for part in login).encode()).hexdigest()[:16]
    return Path(state) / "hcr" / "tokens" / f"{name}.json"
