"""JWTs of an authority on loopback over TLS: what counts, what does not, and when its keys change."""

import base64
import contextlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from hcr.errors import NetworkError, UsageError
from hcr.service.door.caller import Caller, Refusal, Scope
from hcr.service.door.issuer import Issuer
from hcr.service.door.issuer_keys import IssuerKeys, IssuerSettings, fetch_json, is_trustworthy
from hcr.service.serve import Door

Opened = Callable[..., Any]
CANCEL = 'mutation { cancelWorkPackage(workPackageId: "p1") }'


@pytest.fixture
def served(opened: Opened, signer: Any) -> Any:
    return opened(Door(host="0.0.0.0", issuer=IssuerSettings(signer.issuer.url)))


def refused(answer: Any) -> str:
    assert answer.status_code == 401, answer.text
    return str(answer.json()["errors"][0]["message"])


# ---- what counts


@pytest.mark.parametrize("elliptic", [False, True], ids=["RS256", "ES256"])
def test_a_token_of_the_issuer_comes_in(served: Any, signer: Any, elliptic: bool) -> None:
    signer.rotate("key", elliptic=elliptic)
    assert served.ask(token=signer.token("key", scope="hcr:read")).status_code == 200


@pytest.mark.parametrize(
    ("claims", "reads", "writes"),
    [
        ({"scope": "openid hcr:read"}, 200, 403),
        ({"scope": "openid hcr:write"}, 200, 200),
        ({"scope": "hcr:read hcr:write"}, 200, 200),
        ({"scp": "hcr.write"}, 200, 200),
        ({"roles": ["hcr.read"]}, 200, 403),
        ({"roles": ["hcr:write"]}, 200, 200),
        ({"scope": ["hcr:write"]}, 200, 200),
        ({}, 403, 403),
        ({"scope": "write hcr:writer HCR:WRITE"}, 403, 403),
        ({"scope": {"hcr:write": 1}, "roles": [["hcr:write"]]}, 403, 403),
    ],
)
def test_scopes_and_roles(
    served: Any, signer: Any, claims: dict[str, object], reads: int, writes: int
) -> None:
    token = signer.token(**claims)
    assert (served.ask(token=token).status_code, served.ask(CANCEL, token).status_code) == (reads, writes)


def test_several_audiences_and_the_header_of_another_product(served: Any, signer: Any) -> None:
    token = signer.token(
        aud=["x", "hcr"], scope="hcr:read", header={"typ": "at+jwt", "nonce": "n", "x5t": "x"}
    )
    assert served.ask(token=token).status_code == 200


def test_tokens_of_the_file_count_besides(served: Any, store: Any) -> None:
    assert served.ask(token=store.create()[0]).status_code == 200


# ---- what does not


def test_a_wrong_key(served: Any, signer: Any) -> None:
    signer.keys["other"] = RSAKey.generate_key(2048)
    forged = signer.token("other", scope="hcr:write", header={"kid": "one"})
    assert refused(served.ask(token=forged)) == "the signature of the token is not right"
    assert "does not have" in refused(served.ask(token=signer.token("other", scope="hcr:write")))


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": int(time.time()) - 31}, "expired"),
        ({"exp": None}, "lacks one of the claims"),
        ({"exp": "soon"}, "does not count yet"),
        ({"nbf": int(time.time()) + 3000}, "does not count yet"),
        ({"iat": int(time.time()) + 3000}, "does not count yet"),
        ({"aud": "another"}, "another audience"),
        ({"aud": None}, "lacks one of the claims"),
        ({"aud": ["a", "b"]}, "another audience"),
        ({"iss": "https://evil.example.com"}, "another issuer"),
        ({"iss": None}, "lacks one of the claims"),
        ({"sub": None}, "names no subject"),
    ],
)
def test_claims_that_do_not_fit(served: Any, signer: Any, claims: dict[str, object], reason: str) -> None:
    assert reason in refused(served.ask(token=signer.token(scope="hcr:write", **claims)))


def test_a_clock_that_is_a_little_off_does_no_harm(served: Any, signer: Any) -> None:
    now = int(time.time())
    token = signer.token(scope="hcr:read", exp=now - 10, nbf=now - 400)
    assert served.ask(token=token).status_code == 200


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def claims_of(signer: Any) -> dict[str, object]:
    return {
        "iss": signer.issuer.url,
        "aud": "hcr",
        "sub": "eve",
        "exp": int(time.time()) + 300,
        "scope": "hcr:write",
    }


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "", None, "RS512", "PS256", "HS256", ["RS256"]]
)
def test_only_two_algorithms_count(served: Any, signer: Any, algorithm: object) -> None:
    forged = f"{part({'alg': algorithm, 'kid': 'one'})}.{part(claims_of(signer))}."
    assert "must be signed by" in refused(served.ask(token=forged))
    assert "must be signed by" in refused(served.ask(token=f"{forged}c2ln"))


def test_the_public_key_is_no_shared_secret(served: Any, signer: Any) -> None:
    """The old trick: HS256 with the text of the public key, which everybody has."""
    signed = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims_of(signer))}"
    digest = hmac.digest(signer.keys["one"].as_pem(private=False), signed.encode(), "sha256")
    forged = f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
    assert "must be signed by" in refused(served.ask(token=forged))


def test_a_key_does_not_serve_another_algorithm(served: Any, signer: Any) -> None:
    forged = f"{part({'alg': 'ES256', 'kid': 'one'})}.{part(claims_of(signer))}.c2ln"
    assert "does not have" in refused(served.ask(token=forged))


def test_key_and_address_in_the_token_itself_are_not_believed(served: Any, signer: Any) -> None:
    own = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "jwk": own.as_dict(private=False), "jku": "https://evil.example.com/jwks"}
    forged = jwt.encode(header, claims_of(signer), own)
    assert refused(served.ask(token=forged)) == "the signature of the token is not right"


@pytest.mark.parametrize(
    "token",
    ["a.b.c", "..", "e30.e30.e30", f"{part([])}.e30.x", f"{part({'alg': 'RS256', 'kid': 3})}.e30.x",
     f"{part({'alg': 'RS256', 'crit': ['b64'], 'b64': False})}.e30.x", "\u00fc.b.c",
     f"{part({'alg': 'RS256', 'kid': 'one'})}.!!.??", "[" * 3000 + ".b.c"],
)  # fmt: skip
def test_what_is_no_token_is_refused(served: Any, token: str) -> None:
    assert served.ask(headers={"authorization": f"Bearer {token}".encode()}).status_code == 401


def test_a_payload_that_is_no_object(served: Any, signer: Any) -> None:
    from joserfc import jws

    for payload in (b"[]", b"3", b"\xff", b"[" * 5000):
        token = jws.serialize_compact({"alg": "RS256", "kid": "one"}, payload, signer.keys["one"])
        assert served.ask(token=token).status_code == 401


# ---- keys


def test_keys_are_fetched_once_and_again_when_they_change(served: Any, signer: Any) -> None:
    old = signer.token(scope="hcr:read")
    for _ in range(3):
        assert served.ask(token=old).status_code == 200
    assert sum(path.endswith("/jwks") for path in signer.issuer.paths) == 1
    signer.rotate("two")
    assert served.ask(token=signer.token("two", scope="hcr:read")).status_code == 200
    assert "does not have" in refused(served.ask(token=old))


def test_strangers_cannot_have_keys_fetched_without_end(served: Any, signer: Any) -> None:
    good = signer.token(scope="hcr:read")
    for number in range(20):
        forged = signer.token(scope="hcr:read", header={"kid": f"none-{number}"})
        assert served.ask(token=forged).status_code == 401
    assert sum(path.endswith("/jwks") for path in signer.issuer.paths) == 3
    assert served.ask(token=good).status_code == 200


def test_an_issuer_that_is_down_is_not_the_callers_fault(served: Any, signer: Any, store: Any) -> None:
    signer.issuer.status = 500
    answer = served.ask(token=signer.token(scope="hcr:read"))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "cannot be reached" in answer.json()["errors"][0]["message"]
    assert served.ask(token=store.create()[0]).status_code == 200, "other tokens count"
    signer.issuer.status = 200
    assert served.ask(token=signer.token(scope="hcr:read")).status_code == 200


def test_keys_serve_on_when_the_issuer_goes_down(served: Any, signer: Any) -> None:
    assert served.ask(token=signer.token(scope="hcr:read")).status_code == 200
    signer.issuer.status = 500
    assert served.ask(token=signer.token(scope="hcr:read")).status_code == 200
    signer.rotate("two")
    assert "does not have" in refused(served.ask(token=signer.token("two", scope="hcr:read")))


def test_an_issuer_whose_certificate_is_not_trusted(
    opened: Opened, signer: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    served = opened(Door(host="0.0.0.0", issuer=IssuerSettings(signer.issuer.url)))
    assert served.ask(token=signer.token(scope="hcr:read")).status_code == 503
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text


def test_keys_at_an_address_of_their_own(opened: Opened, signer: Any) -> None:
    settings = IssuerSettings(signer.issuer.url, "planners", f"{signer.issuer.url}/jwks")
    served = opened(Door(host="0.0.0.0", issuer=settings))
    assert served.ask(token=signer.token(scope="hcr:read", aud="planners")).status_code == 200
    assert "audience" in refused(served.ask(token=signer.token(scope="hcr:read")))
    assert signer.issuer.paths == ["/tenant/jwks"]


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://evil.example.com"},
        {"jwks_uri": "http://evil.example.com/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
    ],
)
def test_metadata_that_cannot_be_believed(
    served: Any, signer: Any, discovery: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    signer.issuer.discovery = discovery
    assert served.ask(token=signer.token(scope="hcr:read")).status_code == 503
    assert "the metadata of" in caplog.text


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://login.example.com/tenant", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://localhost/x", True),
        ("http://login.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://127.0.0.1@example.com", False),
        ("ftp://localhost", False),
        ("https://", False),
        ("https://[", False),
        ("login.example.com", False),
    ],
)
def test_keys_come_over_tls_or_from_this_machine(url: str, good: bool) -> None:
    assert is_trustworthy(url) is good
    if not good:
        with pytest.raises(UsageError, match="cannot be used"):
            IssuerSettings(url).check()
        with pytest.raises(UsageError, match="--jwks"):
            IssuerSettings("https://a.example.com", jwks=url).check()


class Shelf:
    """An issuer without a network, and a clock."""

    def __init__(self, *keys: dict[str, object]) -> None:
        self.keys: object = list(keys)
        self.now = 1000.0
        self.fetches = 0
        self.down = False
        self.asked, self.free = threading.Event(), threading.Event()
        self.free.set()

    def fetch(self, url: str) -> dict[str, object]:
        self.fetches += 1
        self.asked.set()
        self.free.wait()
        if self.down:
            raise NetworkError("down")
        return {"keys": self.keys}

    def stall(self) -> None:
        """Answer no more, until `free` is set."""
        self.free.clear()
        self.asked.clear()

    def open(self, patience_s: float = 60.0) -> IssuerKeys:
        settings = IssuerSettings("https://a.example.com", jwks="https://a.example.com/jwks")
        return IssuerKeys(settings, self.fetch, lambda: self.now, patience_s)


def public(key: RSAKey, **more: object) -> dict[str, object]:
    return {**key.as_dict(private=False), **more}


RSA = RSAKey.generate_key(2048)


def test_keys_grow_old() -> None:
    shelf = Shelf(public(RSA, kid="one"))
    keys = shelf.open()
    assert keys.find("RS256", "one") is not None
    shelf.now += 3599.0
    keys.find("RS256", "one")
    assert shelf.fetches == 1
    shelf.now += 2.0
    keys.find("RS256", "one")
    assert shelf.fetches == 2
    shelf.down = True
    shelf.now += 23 * 3600.0
    assert keys.find("RS256", "one") is not None
    shelf.now += 2 * 3600.0
    with pytest.raises(NetworkError):
        keys.find("RS256", "one")
    shelf.down, shelf.keys = False, []
    shelf.now += 60.0
    assert keys.find("RS256", "one") is None, "what the issuer took back is gone"


class Callers:
    """Threads that look for a key at once."""

    def __init__(self, keys: IssuerKeys, kid: str, count: int) -> None:
        self.found: list[str] = []

        def call() -> None:
            try:
                self.found.append("key" if keys.find("RS256", kid) else "none")
            except NetworkError:
                self.found.append("unreachable")

        self._threads = [threading.Thread(target=call) for _ in range(count)]
        for one in self._threads:
            one.start()

    def all_found(self) -> list[str]:
        for one in self._threads:
            one.join()
        return self.found


def test_nobody_who_shows_a_known_key_waits_while_keys_are_fetched() -> None:
    shelf = Shelf(public(RSA, kid="one"))
    keys = shelf.open()
    keys.find("RS256", "one")
    shelf.stall()
    newcomer = Callers(keys, "two", 1)
    shelf.asked.wait()
    assert Callers(keys, "one", 50).all_found() == ["key"] * 50
    shelf.now += 3601.0
    assert Callers(keys, "one", 50).all_found() == ["key"] * 50, "old, and good until there are others"
    assert newcomer.found == []
    shelf.free.set()
    assert newcomer.all_found() == ["none"]
    assert shelf.fetches == 2


def test_one_caller_at_most_waits_for_old_keys_to_become_new_ones() -> None:
    shelf = Shelf(public(RSA, kid="one"))
    keys = shelf.open()
    keys.find("RS256", "one")
    shelf.stall()
    shelf.now += 3601.0
    first = Callers(keys, "one", 1)
    shelf.asked.wait()
    assert Callers(keys, "one", 50).all_found() == ["key"] * 50
    assert first.found == []
    shelf.keys = []
    shelf.free.set()
    assert first.all_found() == ["none"], "what the issuer took back is gone"


def test_an_issuer_that_does_not_answer_is_not_waited_for_long() -> None:
    shelf = Shelf(public(RSA, kid="one"))
    shelf.stall()
    keys = shelf.open(patience_s=0.05)
    assert Callers(keys, "one", 20).all_found() == ["unreachable"] * 20
    with pytest.raises(NetworkError, match=r"not answered within 0\.05 s"):
        keys.find("RS256", "one")
    shelf.free.set()


def test_old_keys_serve_on_beside_an_issuer_that_does_not_answer() -> None:
    shelf = Shelf(public(RSA, kid="one"))
    keys = shelf.open(patience_s=0.5)
    assert keys.find("RS256", "one") is not None
    shelf.stall()
    shelf.now += 3601.0
    assert Callers(keys, "one", 20).all_found() == ["key"] * 20, "the first of them waits, and goes on"
    assert Callers(keys, "two", 3).all_found() == ["unreachable"] * 3, "it may well have that key"
    shelf.free.set()


def test_many_who_come_first_bring_about_one_fetch() -> None:
    shelf = Shelf(public(RSA, kid="one"))
    shelf.stall()
    callers = Callers(shelf.open(), "one", 50)
    shelf.asked.wait()
    shelf.free.set()
    assert callers.all_found() == ["key"] * 50
    assert shelf.fetches == 1


def test_a_fault_of_ours_does_not_end_fetching(caplog: pytest.LogCaptureFixture) -> None:
    def fetch(url: str) -> dict[str, object]:
        if not caplog.records:
            raise ZeroDivisionError
        return {"keys": [public(RSA, kid="one")]}

    keys = IssuerKeys(IssuerSettings("https://a.example.com", jwks="https://a.example.com/jwks"), fetch)
    with pytest.raises(NetworkError):
        keys.find("RS256", "one")
    assert "ZeroDivisionError" in caplog.text
    assert keys.find("RS256", "one") is not None


def test_a_document_that_comes_by_drops_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                while True:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nx: " if not sent else b"x")
                    sent.append(1)
                    time.sleep(0.02)

        sent: list[int] = []
        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(NetworkError, match=r"it took over 0\.3 s"):
            fetch_json(f"http://127.0.0.1:{listener.getsockname()[1]}/", within_s=0.3)
        thread.join()


def test_keys_without_a_name_and_keys_that_do_not_sign() -> None:
    shelf = Shelf(public(RSA, use="enc"), public(RSA, key_ops=["encrypt"]), public(RSA, alg="RS512"))
    assert shelf.open().find("RS256", None) is None
    shelf.keys = [{"kty": "oct", "k": "c2VjcmV0"}, {"kty": "RSA"}, {}, 3, None, public(RSA)]
    assert shelf.open().find("RS256", None) is not None
    shelf.keys = [public(RSA), public(RSAKey.generate_key(2048))]
    assert shelf.open().find("RS256", None) is None, "nobody guesses which of two is meant"
    shelf.keys = "none"
    with pytest.raises(NetworkError, match="no list `keys`"):
        shelf.open().find("RS256", None)


def test_a_key_that_is_too_short_does_not_count() -> None:
    short = {
        "kty": "RSA", "e": "AQAB", "kid": "short",
        "n": base64.urlsafe_b64encode((2**1023 + 9).to_bytes(128, "big")).decode().rstrip("="),
    }  # fmt: skip
    assert Shelf(short).open().find("RS256", "short") is None


def test_who_somebody_is(signer: Any) -> None:
    issuer = Issuer(IssuerSettings(signer.issuer.url))
    found = issuer.identify(signer.token(scope="hcr:read", preferred_username="ana"))
    assert found == Caller("jwt", "ana-1", "ana", Scope.READ)
    machine = issuer.identify(signer.token(sub=None, client_id="nightly", roles=["hcr.write"]))
    assert machine == Caller("jwt", "nightly", "nightly", Scope.WRITE)
    assert isinstance(issuer.identify("a.b.c"), Refusal)
