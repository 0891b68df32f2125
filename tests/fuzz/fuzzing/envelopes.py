"""Requests of GraphQL over HTTP that are malformed from the envelope inwards."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from fuzzing.corpus import Valid
from fuzzing.documents import broken, excessive, literal
from fuzzing.values import changed, document, enormous, odd
from fuzzing.wire import Attack, bearer, request


def _post(about: str, token: str, body: bytes, **headers: str) -> Attack:
    return Attack(about, request(body=body, headers={**bearer(token), **headers}))


def broken_json(random: Random, token: str, valid: Valid) -> Attack:
    """Return a body that is no JSON, or hardly."""
    whole = json.dumps({"query": valid.query, "variables": valid.variables}).encode()
    bodies = (
        whole[: random.randrange(len(whole))],
        whole + b"}",
        whole * 2,
        whole.decode().encode("utf-16"),
        whole.decode().encode("utf-32"),
        b"\xef\xbb\xbf" + whole,
        whole.replace(b'"', b"'"),
        whole[:-1] + b",}",
        b"[" * random.choice((10, 5000, 200_000)),
        b'{"query":' * random.choice((10, 5000, 100_000)),
        b'{"query": "\xff\xfe"}',
        b'{"query": "\xed\xa0\x80"}',
        b'{"query": "a\x00b"}',
        b'{"query": "{ getActiveWorkPackages }", "variables": ' + b"9" * 5000 + b"}",
        b'{"query": "{ getActiveWorkPackages }", "variables": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
        b'{"query": "{ getActiveWorkPackages }", "variables": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
        b"query={ getActiveWorkPackages }",
        b"",
        b"\x00" * 1000,
        random.randbytes(200),
        b" " * 9_000_000,
    )
    return _post("json", token, random.choice(bodies))


def wrong_envelope(random: Random, token: str, valid: Valid) -> Attack:
    """Return an envelope with a field that has another type, or none, or too much."""
    body: Any = {"query": valid.query, "variables": valid.variables, "operationName": "it"}
    choice = random.randrange(5)
    if choice == 0:
        body = random.choice(([body], [body] * 200, [], None, 1, "x", True, [[body]], [1, body], {"0": body}))
    elif choice == 1:
        body[random.choice(("query", "variables", "operationName"))] = odd(random)
    elif choice == 2:
        del body[random.choice(("query", "variables", "operationName"))]
    elif choice == 3:
        body["extensions"] = random.choice(
            (odd(random), {"persistedQuery": {"version": 1, "sha256Hash": "0"}})
        )
    else:
        body = {key: odd(random) for key in body}
    return _post(f"envelope of {valid.operation}", token, document(random, body))


def wrong_kind(random: Random, token: str, valid: Valid) -> Attack:
    """Return a request whose headers say that its body is something else."""
    kinds = (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        ";",
        "a/b",
    )
    kinds += (
        "application/graphql",
        "application/json; charset=utf-16",
        "APPLICATION/JSON",
        "application/json;" * 99,
    )
    coding = random.choice(("gzip", "br", "identity", "x" * 999))
    body = json.dumps({"query": valid.query, "variables": valid.variables}).encode()
    named = {"Content-Type": random.choice(kinds), "Content-Encoding": coding}
    return _post(f"kind of {valid.operation}", token, body, **named)


def wrong_variables(random: Random, token: str, valid: Valid) -> Attack:
    """Return a valid operation with variables that are not."""
    body = {"query": valid.query, "variables": changed(random, valid.variables)}
    if random.randrange(50) == 0:
        body["variables"] = {**valid.variables, "unused": enormous(random)}
    return _post(f"variables of {valid.operation}", token, document(random, body))


def wrong_document(random: Random, token: str, valid: Valid) -> Attack:
    """Return a document that is broken, with odd literals, or excessive."""
    choice = random.randrange(3)
    if choice == 0:
        about, query = f"words of {valid.operation}", broken(random, valid)
    elif choice == 1:
        about, query = f"literals of {valid.operation}", literal(random, valid)
    else:
        about, query = excessive(random)
    body: dict[str, Any] = {"query": query, "variables": valid.variables}
    if random.random() < 0.2:
        body["operationName"] = random.choice(("it", "q1", "", "nowhere", None, "\ud800"))
    return _post(about, token, document(random, body))


SHAPES = (
    *(broken_json, wrong_envelope, wrong_envelope, wrong_kind),
    *(wrong_variables,) * 8,
    *(wrong_document,) * 4,
)


def attack(random: Random, token: str, corpus: Sequence[Valid]) -> Attack:
    """Return a request over HTTP as it should be, for the GraphQL that it should not be."""
    return random.choice(SHAPES)(random, token, random.choice(corpus))
