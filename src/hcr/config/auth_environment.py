"""Settings of `auth_config.json` that come from the environment; they win over the file."""

from collections.abc import Mapping

TOKEN_VARIABLE = "HCR_TOKEN"  # noqa: S105 (the name of a variable, not a token)
VARIABLES = {
    "protocol": "HCR_PROTOCOL",
    "host": "HCR_HOST",
    "port": "HCR_PORT",
    "access_token": TOKEN_VARIABLE,
    "database": "HCR_DATABASE_URL",
}
"""The variable of each setting that has one."""


def settings_of(environment: Mapping[str, str]) -> dict[str, object]:
    """Return the settings that the environment gives, by their keys; an empty variable gives none."""
    texts = {key: environment.get(variable, "").strip() for key, variable in VARIABLES.items()}
    return {
        key: int(text) if key == "port" and text.isdecimal() else text for key, text in texts.items() if text
    }
