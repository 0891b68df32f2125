"""Odd paths of the other routes, and odd callers."""

import base64
import json
import time
from random import Random
from typing import Any
from urllib.parse import quote

from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from fuzzing.service_process import DONE
from fuzzing.values import NUMBERS, TEXTS, odd
from fuzzing.wire import Attack, Ending, asking, bearer, request

PARTS = (
    *(
        DONE,
        "results",
        "tables",
        "zone_summary.parquet",
        "..",
        ".",
        "",
        "%2e%2e",
        "%2F",
        "..%2f..%2f",
        "%00",
        "%",
    ),
    *(
        "%ff%fe",
        "%ed%a0%80",
        "%25",
        "etc",
        "passwd",
        "~",
        "*",
        "a" * 300,
        "a" * 5000,
        "..;",
        "\\..",
        "ledger.sqlite",
    ),
    *(
        "tokens.json",
        "audit.log",
        "con",
        "%0d%0aX:%201",
        "٣",
        "1",
        "0",
        "-1",
        "9" * 12,
        "9" * 5000,
        "1e3",
        "²",
    ),
)
STARTS = (
    "/api/work-packages/",
    f"/api/work-packages/{DONE}/results/",
    "/api/opendss-model/",
    "/api/",
    "/",
    "//",
)
QUERIES = (
    "",
    "?",
    "?expires=&signature=",
    "?expires=1&signature=%ff",
    "?signature=%ED%A0%80",
    "?a=b&a=c",
    "?%00",
)


def path_attack(random: Random, token: str) -> Attack:
    """Return a request for a file that is none, or not to be had."""
    parts = "/".join(random.choice(PARTS) for _ in range(random.randint(0, 5)))
    text = (
        quote(random.choice(TEXTS)[:3000].encode("utf-8", "surrogatepass"), safe="")
        if random.random() < 0.2
        else ""
    )
    query = random.choice(QUERIES)
    if random.random() < 0.2:
        path = f"/api/opendss-model/{random.choice(PARTS)}/file"
        query = (
            f"?expires={random.choice(NUMBERS)}&signature={quote(str(odd(random))[:200], errors='replace')}"
        )
    else:
        path = random.choice(STARTS) + parts + text
    path = "".join(one if one.isascii() else quote(one) for one in path)
    ranges = ("bytes=0-1", "bytes=-1", "bytes=9999999-", "bytes=5-1", "bytes=", "lines=1", "bytes=a-b")
    ranges += (
        "bytes=" + "0-0," * 2000,
        "bytes=0-99999999999999999999",
        "bytes=²-3",
        "bytes=--1",
        "bytes=" + "9" * 5000 + "-",
    )
    headers = {**bearer(token), "Content-Length": "0"}
    if random.random() < 0.3:
        headers |= {random.choice(("Range", "range")): random.choice(ranges).encode()}
        path = random.choice((path, f"/api/work-packages/{DONE}/results/tables/zone_summary.parquet"))
    if random.random() < 0.2:
        headers |= {
            random.choice(("If-Range", "If-None-Match", "If-Modified-Since")): random.choice(("x", '"', "*"))
        }
    method = random.choice(("GET", "GET", "GET", "HEAD", "POST", "DELETE"))
    return Attack(f"path {path[:120]}", request(method, path + query, headers=headers), Ending.PERHAPS)


def caller_attack(random: Random, about_issuer: dict[str, Any]) -> Attack:
    """Return a plain question of a caller whose token is odd."""
    key = ECKey.import_key(about_issuer["key"])
    given = random.choice((_signed, _unsigned, _text))(random, key, about_issuer["issuer"])
    scheme = random.choice(("Bearer", "Bearer", "Bearer", "bearer", "Basic", "", "Bearer Bearer", "Digest"))
    value = f"{scheme} {given}".encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"")
    data = asking("", "{ currentUser { username permissions } }")
    return Attack("caller", data.replace(b"Bearer ", value), Ending.PERHAPS)


def _signed(random: Random, key: ECKey, issuer: str) -> str:
    """Return a token that is rightly signed, whatever it says."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": "hcr",
        "sub": "ana",
        "iat": now,
        "exp": now + 300,
        "scope": "hcr:read",
    }
    for _ in range(random.randint(0, 2)):
        claims[random.choice((*claims, "nbf", "scp", "roles", "client_id", "email", "upn"))] = odd(random)
    header: dict[str, Any] = {"alg": "ES256", "kid": "one"}
    lenient = JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    try:
        return jwt.encode(header, claims, key, registry=lenient)
    except Exception:  # noqa: BLE001 - not every claim can be signed; then it is sent unsigned
        return _unsigned(random, key, issuer)


def _unsigned(random: Random, _: ECKey, issuer: str) -> str:
    """Return a token whose header or claims are anything."""
    header: dict[str, Any] = {
        "alg": random.choice(("none", "ES256", "RS256", "HS256", odd(random))),
        "kid": "one",
    }
    if random.random() < 0.5:
        header[random.choice(("kid", "crit", "b64", "jku", "jwk", "x5c", "typ", "zip"))] = odd(random)
    parts = [random.choice((header, odd(random))), random.choice(({"iss": issuer}, odd(random)))]
    encoded = [base64.urlsafe_b64encode(_json(part))[:20_000].decode().rstrip("=") for part in parts]
    return ".".join([*encoded, random.choice(("", "AA", "A" * 86, "-_" * 43, "====", "\xff"))])


def _json(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _text(random: Random, *_: object) -> str:
    texts = (
        "",
        "..",
        "a.b.c",
        "....",
        "hcr_",
        "hcr_" + "x" * 43,
        "." * 16_000,
        "x" * 17_000,
        "\xff\xfe",
        "e30.e30.e30",
    )
    return random.choice((*texts, random.randbytes(30).hex(), "AAAA.AAAA.AAAA", str(odd(random))[:2000]))
