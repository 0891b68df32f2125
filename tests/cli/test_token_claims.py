"""What a pasted token says about itself."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.cli.token_claims import TokenClaims, read_claims


def web_token(claims: object) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{middle}.c2ln"


def test_account_and_expiry_are_read() -> None:
    claims = read_claims(web_token({"sub": "x-1", "preferred_username": "ana", "exp": 1_000_000_000}))
    assert claims == TokenClaims("ana", datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC))


@pytest.mark.parametrize("name", ["upn", "email", "client_id", "azp", "appid", "sub"])
def test_an_account_has_many_names(name: str) -> None:
    assert read_claims(web_token({name: "ana"})) == TokenClaims("ana")


@pytest.mark.parametrize(
    "token",
    [
        *("", "opaque", "a.b", "a.b.c", "a.!!!.c"),
        *(web_token(claims) for claims in ([1], "x", None, {"exp": "soon"}, {"exp": 1e300})),
    ],
)
def test_what_is_no_web_token_says_nothing(token: str) -> None:
    assert read_claims(token) == TokenClaims()


@given(st.text(), st.text())
def test_no_text_is_an_error(first: str, second: str) -> None:
    assert isinstance(read_claims(f"{first}.{second}.x"), TokenClaims)
