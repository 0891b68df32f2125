"""Tokens that a service knows: one file, readable by its owner only, with a hash of each.

A token is 256 random bits. SHA-256 is the right hash for it: slow hashes with a salt defend passwords, which
can be guessed; nobody guesses 256 bits, and a slow hash would only slow down each call. Whoever reads the
file cannot come in with what it holds.
"""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hcr.errors import ConfigError, NotFoundError, UsageError
from hcr.replacement import OWNER_ONLY, replacing
from hcr.service.clock import zoned_now
from hcr.service.door.caller import Scope

PREFIX = "hcr_"
"""Begins every token, so that people and secret scanners see what it is."""

TOKEN_BYTES = 32
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What is kept of a token; all times are UTC."""

    id: str
    name: str
    scope: Scope
    sha256: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """Return `active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


class TokenStore:
    """The tokens of one service; a change by another process counts from the next look on."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = zoned_now) -> None:
        self.path = path
        self.clock = clock
        self._seen: tuple[int, ...] | None = None
        self._tokens: tuple[StoredToken, ...] = ()
        self._lock = threading.Lock()

    def tokens(self) -> Sequence[StoredToken]:
        """Return all tokens that were ever made here, oldest first.

        Raises
        ------
        ConfigError
            The file cannot be read; nobody is let in by it then.
        """
        with self._lock:
            mark = self._mark()
            if mark != self._seen:
                self._tokens = self._read() if mark else ()
                self._seen = mark
            return self._tokens

    def has_active(self) -> bool:
        """Return whether somebody could come in."""
        now = self.clock()
        return any(one.state(now) == "active" for one in self.tokens())

    def find(self, token: str) -> StoredToken | None:
        """Return what is kept of a token, in whatever state.

        Every hash is compared, each in constant time: how long it takes tells nothing about any of them.
        """
        given = _hash(token)
        found = None
        for one in self.tokens():
            if hmac.compare_digest(given, one.sha256):
                found = one
        return found

    def create(
        self, name: str | None = None, scope: Scope = Scope.READ, lifetime: timedelta | None = None
    ) -> tuple[str, StoredToken]:
        """Return a new token, which nobody can ever show again, and what is kept of it.

        Raises
        ------
        UsageError
            The name is taken, or cannot be one.
        """
        token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        now = self.clock()
        with self._alone():
            tokens = self.tokens()
            new_id = secrets.token_hex(4)
            while any(one.id == new_id for one in tokens):
                new_id = secrets.token_hex(4)
            made = StoredToken(
                new_id,
                _checked_name(f"token-{new_id}" if name is None else name, tokens),
                scope,
                _hash(token),
                now,
                None if lifetime is None else now + lifetime,
            )
            self._write([*tokens, made])
        return token, made

    def revoke(self, name_or_id: str) -> StoredToken:
        """Return a token that opens nothing any more; one that was revoked before stays as it was.

        Raises
        ------
        NotFoundError
            There is no such token.
        """
        with self._alone():
            tokens = self.tokens()
            found = [one for one in tokens if name_or_id in (one.id, one.name)]
            if not found:
                raise NotFoundError(
                    f"there is no token {name_or_id!r}", remedy="`hcr DIR token list` shows names and IDs."
                )
            valid = [one for one in found if one.revoked_at is None]
            if not valid:
                return found[-1]
            revoked = replace(valid[0], revoked_at=self.clock())
            self._write([revoked if one is valid[0] else one for one in tokens])
        return revoked

    def _mark(self) -> tuple[int, ...] | None:
        """Return what changes whenever the file is replaced, None where there is none."""
        try:
            seen = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self.path, error) from error
        return seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size

    def _read(self) -> tuple[StoredToken, ...]:
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
            return tuple(_from_wire(one) for one in document["tokens"])
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _unusable(self.path, error) from error

    def _write(self, tokens: Sequence[StoredToken]) -> None:
        """Replace the file in one step; at no moment can anybody else read it."""
        text = json.dumps({"version": 1, "tokens": [_to_wire(one) for one in tokens]}, indent=1)
        try:
            with replacing(self.path, mode=OWNER_ONLY) as part:
                part.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise _unusable(self.path, error) from error

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from changing the file meanwhile; where locks are missing, only threads."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT
            handle = os.open(self.path.with_name(f".{self.path.name}.lock"), flags, 0o600)
        except OSError as error:
            raise _unusable(self.path, error) from error
        try:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _checked_name(name: str, tokens: Sequence[StoredToken]) -> str:
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise UsageError(
            f"{name!r:.80} cannot be the name of a token",
            why=f"a name has 1 to {LONGEST_NAME} printable characters",
            remedy="Say who or what will use the token, such as --name nightly-build.",
        )
    for one in tokens:
        if name == one.id or (name == one.name and one.revoked_at is None):
            raise UsageError(
                f"there is a token {name!r} already",
                why=f"its ID is {one.id}",
                remedy="Choose another name, or revoke that one first.",
            )
    return name


def _to_wire(token: StoredToken) -> dict[str, str | None]:
    return {
        "id": token.id,
        "name": token.name,
        "scope": token.scope.value,
        "sha256": token.sha256,
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }


def _from_wire(wire: dict[str, Any]) -> StoredToken:
    return StoredToken(
        str(wire["id"]),
        str(wire["name"]),
        Scope(wire["scope"]),
        str(wire["sha256"]),
        _time(wire["created_at"]),
        _time(wire["expires_at"]) if wire["expires_at"] else None,
        _time(wire["revoked_at"]) if wire["revoked_at"] else None,
    )


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _unusable(path: Path, error: Exception) -> ConfigError:
    return ConfigError(
        f"the tokens in {path} cannot be used",
        why=getattr(error, "strerror", None) or f"{type(error).__name__}: {error}",
        remedy="See that the file and its folder can be read and written; a damaged file can only be moved "
        "away, and tokens made anew.",
    )
