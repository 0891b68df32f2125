import pytest

from hcr.client.tokens import StaticToken
from hcr.errors import AuthError


@pytest.mark.parametrize(
    ("value", "token"), [("abc.def", "abc.def"), ("  abc\n", "abc"), ("", None), ("   ", None), (None, None)]
)
def test_token_without_the_white_space_of_pasting(value: str | None, token: str | None):
    assert StaticToken(value).token() == token


@pytest.mark.parametrize("value", ["abc def", "abc\ndef", "abc\x00def", "abcdéf", "“abcdef”"])
def test_token_that_no_header_can_carry_is_refused_without_showing_it(value: str):
    with pytest.raises(AuthError) as caught:
        StaticToken(value).token()
    assert "abc" not in str(caught.value) + caught.value.remedy
    assert "HCR_TOKEN" in caught.value.remedy


def test_it_cannot_be_renewed_and_shows_nothing():
    assert StaticToken("hunter2").renew() is None
    assert "hunter2" not in repr(StaticToken("hunter2"))
