"""`auth_config.json` of a config directory as one checked value.

Only the standard library is imported here: every command reads this file, most need nothing else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from hcr.config.auth_environment import TOKEN_VARIABLE, VARIABLES, settings_of
from hcr.config.json_document import JsonDocument, load_json
from hcr.errors import ConfigError, Problem

Protocol: TypeAlias = Literal["https", "http", "embedded"]
AuthMethod: TypeAlias = Literal["none", "token", "client_credentials", "device_code", "password"]
Origin: TypeAlias = Literal["file", "environment", "default"]

FILE_NAME = "auth_config.json"

_SECTION = "eas_server"
_PROTOCOLS: tuple[Protocol, ...] = ("https", "http", "embedded")
_DEFAULT_PORTS: dict[Protocol, int] = {"https": 443, "http": 80, "embedded": 0}
_NEEDS: dict[AuthMethod, tuple[str, ...]] = {
    "none": (),
    "token": ("access_token",),
    "client_credentials": ("authority", "client_id", "client_secret"),
    "password": ("authority", "client_id", "username", "password"),
    "device_code": ("authority", "client_id"),
}
# Without `auth_method` the first of these keys that is given tells the way to log in.
_TELLTALES: tuple[tuple[str, AuthMethod], ...] = (
    ("access_token", "token"),
    ("client_secret", "client_credentials"),
    ("password", "password"),
    ("username", "password"),
    ("client_id", "device_code"),
    ("authority", "device_code"),
)
_SECRETS = ("access_token", "client_secret", "password")
_OWN = ("access_token", "database")  # of the environment, and no sign of another service than the file's
_KEYS = (
    *("protocol", "host", "port", "verify_certificate", "ca_filename", "auth_method", "access_token"),
    *("authority", "client_id", "client_secret", "username", "password", "scopes", "database"),
)


@dataclass(frozen=True, slots=True)
class AuthConfig:
    """How to reach a service and who we are; `origins` tells where each value comes from."""

    protocol: Protocol = "embedded"
    host: str = ""
    port: int = 0
    verify_certificate: bool = True
    ca_filename: Path | None = None
    auth_method: AuthMethod = "none"
    access_token: str | None = field(default=None, repr=False)
    authority: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()
    database: str | None = field(default=None, repr=False)  # of the service here; may hold a password
    file: Path | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)
    hints: tuple[Problem, ...] = ()

    @property
    def embedded(self) -> bool:
        """True when commands run on the service that comes with `hcr`."""
        return self.protocol == "embedded"


def load_auth_config(directory: Path, environment: Mapping[str, str] = MappingProxyType({})) -> AuthConfig:
    """Return the checked `auth_config.json` of `directory`; without that file, embedded mode.

    HCR_PROTOCOL, HCR_HOST, HCR_PORT, HCR_TOKEN and HCR_DATABASE_URL win over the file. ConfigError names
    every fault with line and column.
    """
    if not directory.is_dir():
        reason = "there is no such directory"
        raise ConfigError(f"cannot read {directory}", [Problem(reason, str(directory))], why=reason)
    path = directory / FILE_NAME
    given = settings_of(environment)
    if not path.exists() and given.keys() <= set(_OWN):
        return _nothing_but(given)
    document = load_json(path) if path.exists() else JsonDocument(str(path), {_SECTION: {}}, "")
    reader = _Reader(document, given)
    config = reader.config(directory)
    if reader.problems:
        ordered = sorted(reader.problems, key=lambda problem: (problem.line, problem.column))
        raise ConfigError(f"{path} cannot be used", ordered, why=str(ordered[0]))
    return config


def _nothing_but(given: Mapping[str, object]) -> AuthConfig:
    """Return embedded mode with the database of the environment, if there is one."""
    origins: dict[str, Origin] = dict.fromkeys(_KEYS, "default")
    if "database" not in given:
        return AuthConfig(origins=origins)
    return AuthConfig(database=str(given["database"]), origins=origins | {"database": "environment"})


class _Reader:
    """Reads one document key by key and collects what is wrong; no message holds a value of a secret."""

    def __init__(self, document: JsonDocument, given: Mapping[str, object]) -> None:
        self.document = document
        self.given = given
        self.token = str(given.get("access_token", ""))
        self.problems: list[Problem] = []
        self.values = self._with_given(self._server())

    def config(self, directory: Path) -> AuthConfig:
        """Return the configuration; it is sound only if no problem was found."""
        protocol = self._protocol()
        if protocol == "embedded":
            return self._embedded()
        texts = {key: self._text(key) for key in ("authority", "client_id", "username", *_SECRETS)}
        if self.token:
            texts["access_token"] = self.token
        self._check_token(texts["access_token"])
        self._check_authority(texts["authority"])
        return AuthConfig(
            protocol=protocol,
            host=self._host(),
            port=self._port(protocol),
            verify_certificate=self._verify_certificate(),
            ca_filename=self._ca_filename(directory),
            auth_method=self._auth_method(texts),
            scopes=self._scopes(),
            database=self._text("database"),
            file=Path(self.document.file),
            origins=self._origins(),
            hints=self._hints(),
            **texts,
        )

    def _embedded(self) -> AuthConfig:
        """Return the embedded service; where it is served to others, `serve` takes host, port and token."""
        own = self.values if "protocol" not in self.given else {}  # else the file is about another service
        token = self._text("access_token") if "access_token" in own else None
        self._check_token(token)
        return AuthConfig(
            host=self._host() if "host" in own else "",
            port=self._port("https") if "port" in own else 0,
            access_token=token,
            database=self._text("database"),
            file=Path(self.document.file),
            origins=self._origins(),
            hints=self._hints(),
        )

    def _server(self) -> dict[str, object]:
        """Return the values of `eas_server`; `{"protocol": "embedded"}` may stand without it."""
        data = self.document.data
        if data.get("protocol") == "embedded" and _SECTION not in data:
            return {"protocol": "embedded"} | self._known(data, ("protocol", "database"), "")
        self._known(data, (_SECTION,), "")
        section = data.get(_SECTION)
        if isinstance(section, dict):
            return self._known(section, (*_KEYS, "rpc_port"), f"{_SECTION}.")
        if _SECTION in data:
            self._report(_SECTION, "expected an object, `{...}`")
        elif not self.problems:
            self._report(
                _SECTION, "is missing", 'write {"eas_server": {"host": ...}}, or "protocol": "embedded"'
            )
        return {"protocol": "embedded"}

    def _with_given(self, values: dict[str, object]) -> dict[str, object]:
        """Return the values with those of the environment on top; a host alone ends embedded mode."""
        if "host" in self.given and values.get("protocol") == "embedded":
            del values["protocol"]
        return values | {key: value for key, value in self.given.items() if key != "access_token"}

    def _known(self, data: dict[str, object], known: tuple[str, ...], prefix: str) -> dict[str, object]:
        for key in data:
            if key in known:
                continue
            near = get_close_matches(key.lower(), known, n=1)
            inside = not prefix and key in _KEYS
            hint = (
                f"it belongs inside `{_SECTION}`" if inside else f"did you mean `{near[0]}`?" if near else ""
            )
            self._report(key, "unknown key", hint)
        return {key: value for key, value in data.items() if key in known and value not in (None, "")}

    def _protocol(self) -> Protocol:
        given = self._text("protocol") or "https"
        for protocol in _PROTOCOLS:
            if given == protocol:
                return protocol
        self._report("protocol", "expected https, http or embedded", _nearest(given, _PROTOCOLS))
        return "https"

    def _host(self) -> str:
        host = self._text("host")
        if host is None:
            if "host" not in self.values:
                self._report("host", "is missing", "name the server, such as eas.example.com")
            return ""
        if "://" in host or "/" in host or "@" in host:
            named = _host_name(host)
            hint = f'write "host": "{named}"; protocol and port are keys of their own' if named else ""
            self._report("host", "expected a bare host name, not a URL", hint)
        elif re.fullmatch(r"[^:]+:\d+", host):
            self._report("host", "holds a port", "the port is a key of its own")
        elif not re.fullmatch(r"[\w.-]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*", host):
            self._report("host", "is no host name")
        return host

    def _port(self, protocol: Protocol) -> int:
        port = self.values.get("port", _DEFAULT_PORTS[protocol])
        if isinstance(port, str):
            self._report("port", "expected a number", "write it without quotes")
        elif isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
            self._report("port", "expected a whole number from 1 to 65535")
        else:
            return port
        return 0

    def _verify_certificate(self) -> bool:
        value = self.values.get("verify_certificate", True)
        if not isinstance(value, bool):
            self._report("verify_certificate", "expected true or false", "without quotes")
        return value is not False

    def _ca_filename(self, directory: Path) -> Path | None:
        name = self._text("ca_filename")
        if name is None:
            return None
        path = directory / name
        if "\0" in name or not path.exists():
            self._report("ca_filename", "there is no such file", "the path counts from the config directory")
        return path

    def _scopes(self) -> tuple[str, ...]:
        given = self.values.get("scopes", [])
        scopes = given.split() if isinstance(given, str) else given
        if not isinstance(scopes, list) or not all(isinstance(scope, str) and scope for scope in scopes):
            self._report("scopes", "expected a list of texts", 'such as ["api://hcr/.default"]')
            return ()
        return tuple(scopes)

    def _auth_method(self, texts: Mapping[str, str | None]) -> AuthMethod:
        given = self._text("auth_method")
        if self.token:
            return "token"
        found: list[AuthMethod] = [method for key, method in _TELLTALES if key in self.values]
        stated = [method for method in _NEEDS if method == given]
        method = (stated or found or ["none"])[0]
        if given is not None and given != method:
            expected = "expected token, client_credentials, device_code or password"
            self._report("auth_method", expected, _nearest(given, tuple(_NEEDS)))
            return method
        for key in _NEEDS[method]:
            if texts[key] is None and key not in self.values:
                self._report(key, f"is missing; the login `{method}` needs it")
        return method

    def _text(self, key: str) -> str | None:
        """Return the text at `key`, None when it is absent or not usable."""
        value = self.values.get(key)
        if value is None or (key == "access_token" and self.token):
            return None
        if not isinstance(value, str):
            self._report(key, "expected a text", "put it in quotes")
            return None
        if _is_placeholder(value, whole=key in _SECRETS):
            hint = f"or set {TOKEN_VARIABLE}" if key == "access_token" else ""
            self._report(key, "still holds a placeholder; put your own value", hint)
            return None
        return value

    def _check_token(self, token: str | None) -> None:
        if token is None or re.fullmatch(r"[!-~]+", token):
            return
        self._report(
            "access_token", "expected one word of plain characters", "leave out `Bearer` and line breaks"
        )

    def _check_authority(self, authority: str | None) -> None:
        if authority is not None and not re.match(r"https://[^/\s]+", authority):
            self._report("authority", "expected a URL that begins with https://")

    def _origins(self) -> dict[str, Origin]:
        origins: dict[str, Origin] = {key: "file" if key in self.values else "default" for key in _KEYS}
        if self.values.get("protocol") == "embedded":
            return origins | dict.fromkeys(self.given.keys() - {"access_token"}, "environment")
        origins |= dict.fromkeys(self.given, "environment")
        if self.token:
            origins["auth_method"] = "environment"
        return origins

    def _hints(self) -> tuple[Problem, ...]:
        if "rpc_port" not in self.values:
            return ()
        return (
            self.document.problem(
                "has no effect", key="rpc_port", hint="delete it; `port` is the one in use"
            ),
        )

    def _report(self, key: str, message: str, hint: str = "") -> None:
        if key in self.given:
            self.problems.append(Problem(message, key=VARIABLES[key], hint=hint))
            return
        missing = "is missing" in message
        line, column = self.document.position(_SECTION if missing else key)
        self.problems.append(Problem(message, self.document.file, line, column, key, hint))


def _nearest(given: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(given.lower().replace("-", "_"), known, n=1)
    return f"did you mean `{near[0]}`?" if near else ""


def _host_name(url: str) -> str:
    """Return the host inside a URL, without user, password and port; empty if there is none."""
    try:
        return urlsplit(url if "://" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


def _is_placeholder(value: str, *, whole: bool) -> bool:
    """Tell whether a value is one of ours to be replaced; secrets may hold `<x>` by chance."""
    inside = re.search(r"<[^<>]+>", value)
    if inside and (not whole or inside.group() == value.strip()):
        return True
    return value.strip().lower() in ("...", "changeme", "change-me", "xxx")
