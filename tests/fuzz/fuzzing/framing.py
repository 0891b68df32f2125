"""Bytes that are no HTTP, or only nearly."""

from collections.abc import Callable
from random import Random

from fuzzing.wire import Attack, Ending, asking, bearer, request

QUERY = "{ getActiveWorkPackages }"


def attack(random: Random, token: str) -> Attack:
    """Return a request whose framing is broken."""
    shape = random.choice(_SHAPES)
    found = shape(random, token)
    return Attack(f"framing {shape.__name__.strip('_')}", found.data, found.ending)


def _perhaps(data: bytes) -> Attack:
    return Attack("", data, Ending.PERHAPS)


def _content_length(random: Random, token: str) -> Attack:
    lengths = ("-1", "+5", "1e3", "0x10", "abc", "", " ", "5, 5", "5,6", "9" * 30, "9" * 5000, "2147483648")
    lengths += ("²", "1.0", "00000000000000000000001", "99999999999999999", "18446744073709551616", "1_0")
    return _perhaps(request(body=b"{}", headers={**bearer(token), "Content-Length": random.choice(lengths)}))


def _two_lengths(random: Random, token: str) -> Attack:
    whole = asking(token, QUERY)
    head, _, body = whole.partition(b"\r\n\r\n")
    more = random.choice((b"Content-Length: 3", b"Transfer-Encoding: chunked", b"Content-Length: -3"))
    return _perhaps(head + b"\r\n" + more + b"\r\n\r\n" + body)


def _chunks(random: Random, token: str) -> Attack:
    coding = random.choice(
        ("chunked", "gzip", "chunked, chunked", "identity", "xchunked", "chunked\x0b", "CHUNKED")
    )
    head = request(headers={**bearer(token), "Transfer-Encoding": coding, "Content-Length": None})  # type: ignore[dict-item]
    bodies = (
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"2;" + b"x" * 70_000 + b"\r\n{}\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\n{}",
        b"2\r\n{}x\r\n0\r\n\r\n",
        b"2\r\n{}\r\n0\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
        b"1\r\n{\r\n" * 2000 + b"0\r\n\r\n",
        b"0" * 100_000,
        b"2\n{}\n0\n\n",
        b"",
    )
    return _perhaps(head + random.choice(bodies))


def _partial(random: Random, token: str) -> Attack:
    whole = asking(token, QUERY)
    part = whole[: random.randrange(1, len(whole))]
    return Attack("", part, random.choice((Ending.CLOSE, Ending.CLOSE, Ending.LEAVE, Ending.PERHAPS)))


def _unread(random: Random, token: str) -> Attack:
    data = asking(token, "{ __schema { types { name fields { name } } } }") * random.choice((1, 1, 20))
    return Attack(
        "", data.replace(b"Connection: close\r\n", b""), random.choice((Ending.CLOSE, Ending.LEAVE))
    )


def _huge_head(random: Random, token: str) -> Attack:
    size = random.choice((10_000, 60_000, 70_000, 1_000_000))
    name, value = random.choice(
        (("X-Long", "x" * size), ("x" * size, "1"), ("Cookie", "a=b; " * (size // 5)))
    )
    return _perhaps(request(headers={**bearer(token), name: value}))


def _many_headers(random: Random, token: str) -> Attack:
    number = random.choice((90, 500, 5000, 20_000))
    return _perhaps(request(headers={**bearer(token), **{f"X-{at}": "1" for at in range(number)}}))


def _method(random: Random, token: str) -> Attack:
    methods = (
        "GET",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "HEAD",
        "CONNECT",
        "post",
        "P" * 3000,
        "PRI",
    )
    path = random.choice(("/api/graphql", "*", "/", "/metrics", "/internal/health/ready"))
    return _perhaps(request(random.choice(methods), path, headers=bearer(token)))


def _first_line(random: Random, token: str) -> Attack:
    lines = (
        b"POST /api/graphql",
        b"POST /api/graphql HTTP/0.9",
        b"POST /api/graphql HTTP/2.0",
        b"POST /api/graphql HTTP/1.1 extra",
        b"POST  /api/graphql  HTTP/1.1",
        b"POST /api/\xff\xfe HTTP/1.1",
        b"POST /api/\x00 HTTP/1.1",
        b"POST /api/gr aphql HTTP/1.1",
        b"POST http://[::1/api/graphql HTTP/1.1",
        b"POST http://evil/api/graphql HTTP/1.1",
        b"POST //evil/api/graphql HTTP/1.1",
        b"POST /" + b"a" * 70_000 + b" HTTP/1.1",
        b"POST /" + b"%00" * 5000 + b" HTTP/1.1",
        b"\x00POST /api/graphql HTTP/1.1",
        b"\r\n\r\n\r\nPOST /api/graphql HTTP/1.1",
        b"PRI * HTTP/2.0",
        b"CONNECT evil:443 HTTP/1.1",
        "POST /äöü HTTP/1.1".encode(),
    )
    rest = asking(token, QUERY).partition(b"\r\n")[2]
    return _perhaps(random.choice(lines) + b"\r\n" + rest)


def _header(random: Random, token: str) -> Attack:
    values: tuple[str | bytes, ...] = (
        "",
        " ",
        "\x00",
        b"\xff\xfe",
        "a\rb",
        "a\nb",
        "[",
        "[::1",
        "a b",
        ":",
        "@",
        "a" * 8000,
    )
    values += (
        "localhost:99999999",
        "localhost:abc",
        "http://x",
        "%",
        "127.0.0.1, evil",
        "::ffff:1.2.3.4%eth0",
        "\x7f",
    )
    names = (
        "Host",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Request-Id",
        "Expect",
        "Range",
        "Accept-Encoding",
    )
    names += ("Content-Type", "Upgrade", "Connection", "Origin", "Referer", "Cookie", "If-Modified-Since")
    value = random.choice(
        (*values, "100-continue", "websocket", "h2c", "bytes=0-,0-,0-", "keep-alive, upgrade")
    )
    whole = asking(token, QUERY)
    if random.random() < 0.5:
        whole = request("GET", "/api/opendss-model/1", headers=bearer(token))
    content = value if isinstance(value, bytes) else value.encode("latin-1", "replace")
    line = random.choice(names).encode() + b": " + content + b"\r\n"
    if random.random() < 0.5 and line.startswith(b"Host"):
        whole = whole.replace(b"Host: localhost\r\n", b"")
    first, _, rest = whole.partition(b"\r\n")
    return _perhaps(first + b"\r\n" + line + rest)


def _header_shape(random: Random, token: str) -> Attack:
    lines = (
        b": x",
        b"X",
        b" folded: x",
        b"X\x00Y: 1",
        b"X Y: 1",
        b"X:\x00",
        b"Host: a\r\nHost: b",
        b"\xff: 1",
        b"X :1",
    )
    first, _, rest = asking(token, QUERY).partition(b"\r\n")
    return _perhaps(first + b"\r\n" + random.choice(lines) + b"\r\n" + rest)


def _pipelined(random: Random, token: str) -> Attack:
    one = asking(token, QUERY).replace(b"Connection: close\r\n", b"")
    bad = random.choice(
        (b"\x00", b"GARBAGE\r\n\r\n", b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", b"{}")
    )
    return _perhaps(one * random.randint(1, 8) + bad + one * random.randint(0, 3))


def _flipped(random: Random, token: str) -> Attack:
    data = bytearray(asking(token, QUERY))
    for _ in range(random.randint(1, 6)):
        data[random.randrange(len(data))] = random.randrange(256)
    return _perhaps(bytes(data))


def _noise(random: Random, _: str) -> Attack:
    tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(100)
    return _perhaps(
        random.choice((random.randbytes(random.randint(1, 3000)), tls, b"\n" * 5000, b"\x00" * 5000))
    )


def _line_ends(random: Random, token: str) -> Attack:
    end = random.choice((b"\n", b"\r", b"\n\r", b"\r\n "))
    return _perhaps(asking(token, QUERY).replace(b"\r\n", end))


_SHAPES: tuple[Callable[[Random, str], Attack], ...] = (
    *(
        _content_length,
        _two_lengths,
        _chunks,
        _partial,
        _partial,
        _unread,
        _huge_head,
        _many_headers,
        _method,
    ),
    *(_first_line, _header, _header, _header_shape, _pipelined, _flipped, _flipped, _noise, _line_ends),
)
