"""The keys with which an issuer signs, fetched from its metadata and kept for a while."""

import asyncio
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from hcr.errors import NetworkError, UsageError
from hcr.service.door.rate_limit import RateLimit
from hcr.service.loopback import is_loopback

FRESH_SECONDS = 3600.0
"""Age after which keys are fetched again [s]."""

LONGEST_SECONDS = 24 * 3600.0
"""Age up to which keys serve on where the issuer does not answer [s]."""

FETCHES_PER_MINUTE, FETCHES_AT_ONCE = 1.0, 3
"""Unknown key names let keys be fetched again; this bounds how often strangers can bring that about."""

FETCH_SECONDS = 5.0
"""How long the issuer may take for one document, from the first byte to the last [s]."""

PATIENCE_SECONDS = 2.0
"""How long a caller waits for keys that are being fetched [s]: each who waits keeps a thread from others."""

LARGEST_DOCUMENT = 1024 * 1024

ALGORITHMS = ("RS256", "ES256")
"""Only signatures by a private key that the issuer alone has: never `none`, never a shared secret (HS*)."""

SMALLEST_RSA = 2048
"""Bits, the least that RFC 7518, 3.3 allows."""

Key = RSAKey | ECKey

log = logging.getLogger("hcr.service.issuer")


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """Whose JWTs are believed.

    Attributes
    ----------
    url : the issuer, exactly as its tokens name it in `iss`.
    audience : what `aud` must name.
    jwks : address of the keys; from the issuer's metadata where it is not given.
    """

    url: str
    audience: str = "hcr"
    jwks: str | None = None

    def check(self) -> None:
        """Raise UsageError where keys would travel unprotected."""
        for option, url in (("--issuer", self.url), ("--jwks", self.jwks)):
            if url is not None and not is_trustworthy(url):
                raise UsageError(
                    f"{option} {url} cannot be used",
                    why="whoever sits on the way could put other keys there",
                    remedy="Give an address that begins with https:// (http:// on this machine only).",
                )


def is_trustworthy(url: str) -> bool:
    """Return whether what an address answers can be believed: by TLS, or because it is this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """What the issuer published when it was asked last.

    Attributes
    ----------
    fetched : when that was, by the clock of `IssuerKeys` [s].
    """

    keys: tuple[Key, ...] = ()
    fetched: float = float("-inf")

    def find(self, algorithm: str, kid: str | None) -> Key | None:
        """Return the key of that name; without a name only where there is no choice."""
        fitting = [one for one in self.keys if _fits(one, algorithm)]
        if kid is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((one for one in fitting if one.kid == kid), None)


class IssuerKeys:
    """The keys of an issuer; `find` is for many threads, one of which at most waits while keys are known.

    Keys are fetched in a thread of their own, so that no caller waits longer than `patience_s`.

    Parameters
    ----------
    fetch : returns the JSON object at an address, or raises NetworkError.
    clock : seconds, for the age of keys.
    """

    def __init__(
        self,
        settings: IssuerSettings,
        fetch: Callable[[str], Mapping[str, Any]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = PATIENCE_SECONDS,
    ) -> None:
        self._settings = settings
        self._fetch = fetch or fetch_json
        self._clock = clock
        self._patience_s = patience_s
        self._known = KnownKeys()
        self._rate = RateLimit(FETCHES_PER_MINUTE, FETCHES_AT_ONCE, clock)
        self._fetcher = ThreadPoolExecutor(1, "issuer-keys")
        self._last: Future[None] = Future()
        self._last.set_result(None)
        self._lock = threading.Lock()  # for `_rate`, and for who begins the next fetch; never held during one

    def find(self, algorithm: str, kid: str | None) -> Key | None:
        """Return the key for an algorithm of `ALGORITHMS`, or None where the issuer has none.

        Old keys are fetched again; whoever has that begun waits for it, all others go on with the old ones. A
        name that is not known has keys fetched again too: the issuer may have changed them.

        Raises
        ------
        NetworkError
            There is no such key yet, and the issuer does not answer in time.
        """
        known = self._known
        found = self._among(known, algorithm, kid)
        if found is not None and (self._age(known) <= FRESH_SECONDS or not self._begin_fetch(known)):
            return found
        if found is None:
            self._begin_fetch(known)
        error = self._awaited()
        known = self._known
        found = self._among(known, algorithm, kid)
        if found is None and (isinstance(error, TimeoutError) or self._age(known) > LONGEST_SECONDS):
            raise NetworkError("the keys of the issuer are not known", why=str(error or "")) from error
        return found

    def _age(self, known: KnownKeys) -> float:
        return self._clock() - known.fetched

    def _among(self, known: KnownKeys, algorithm: str, kid: str | None) -> Key | None:
        return known.find(algorithm, kid) if self._age(known) <= LONGEST_SECONDS else None

    def _begin_fetch(self, known: KnownKeys) -> bool:
        """Have newer keys than these fetched; return False where that is done, under way, or too often."""
        with self._lock:
            if self._known is not known or not self._last.done() or self._rate.take("") > 0.0:
                return False
            self._last = self._fetcher.submit(self._refresh)
            return True

    def _awaited(self) -> BaseException | None:
        """Return how the last fetch failed; TimeoutError where it goes on for longer than callers wait."""
        try:
            return self._last.exception(self._patience_s)
        except TimeoutError:
            return TimeoutError(f"it has not answered within {self._patience_s:g} s")

    def _refresh(self) -> None:
        try:
            keys = _usable(self._fetch(self._settings.jwks or self._announced()))
        except NetworkError as error:
            log.warning("%s", error)
            raise
        except Exception:
            log.exception("the keys of the issuer cannot be fetched")
            raise
        self._known = KnownKeys(tuple(keys), self._clock())

    def _announced(self) -> str:
        """Return the address of the keys from the issuer's metadata (OpenID Connect Discovery 1.0, 4)."""
        url = self._settings.url
        metadata = self._fetch(f"{url.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != url:
            raise NetworkError(
                f"the metadata of {url} cannot be used",
                why=f"it is that of {str(metadata.get('issuer'))!r:.200}; --issuer must be the same text",
            )
        address = metadata.get("jwks_uri")
        if not isinstance(address, str) or not is_trustworthy(address):
            raise NetworkError(f"the metadata of {url} names no `jwks_uri` that begins with https://")
        return address


def fetch_json(url: str, within_s: float = FETCH_SECONDS) -> Mapping[str, Any]:
    """Return the JSON object at an address; the system's certificates count, or those of SSL_CERT_FILE.

    Raises
    ------
    NetworkError
        There is none, or not all of it within that time.
    """
    try:
        document = json.loads(asyncio.run(_content(url, within_s)))
    except TimeoutError as error:
        raise NetworkError(f"{url} cannot be read", why=f"it took over {within_s:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RecursionError) as error:
        raise NetworkError(f"{url} cannot be read", why=f"{type(error).__name__}: {error}") from error
    if not isinstance(document, dict):
        raise NetworkError(f"{url} cannot be read", why="the answer is no JSON object")
    return document


async def _content(url: str, within_s: float) -> bytes:
    """Return what is at an address; asynchronous, for httpx bounds the time of each read and not of all."""
    content = bytearray()
    async with (
        asyncio.timeout(within_s),
        httpx.AsyncClient(verify=ssl.create_default_context(), timeout=within_s) as client,
        client.stream("GET", url, headers={"accept": "application/json"}) as answer,
    ):
        if answer.status_code != 200:
            raise NetworkError(f"{url} cannot be read", why=f"HTTP {answer.status_code}")
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > LARGEST_DOCUMENT:
                raise NetworkError(f"{url} cannot be read", why="the answer is too large")
    return bytes(content)


def _usable(document: Mapping[str, Any]) -> list[Key]:
    """Return the keys of a JWKS that can check a signature, without the others (RFC 7517, 5)."""
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise NetworkError("the issuer's keys cannot be read", why="there is no list `keys`")
    keys: list[Key] = []
    for entry in entries:
        try:
            if not _signs(entry):
                continue
            if entry["kty"] == "RSA":
                keys.append(RSAKey.import_key(entry))
            elif entry["kty"] == "EC" and entry["crv"] == "P-256":
                keys.append(ECKey.import_key(entry))
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("a key of the issuer cannot be used: %s", type(error).__name__)
    return keys


def _signs(entry: Mapping[str, Any]) -> bool:
    """Return whether a key is meant for signatures, and not too short for them."""
    use, operations = entry.get("use"), entry.get("key_ops")
    if use not in (None, "sig") or (operations is not None and "verify" not in operations):
        return False
    return entry["kty"] != "RSA" or len(entry["n"]) * 6 >= SMALLEST_RSA  # base64: 6 bits a character


def _fits(key: Key, algorithm: str) -> bool:
    kind = RSAKey if algorithm == "RS256" else ECKey
    return isinstance(key, kind) and key.get("alg") in (None, algorithm)
