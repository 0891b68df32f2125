import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.client.redaction import MASK, Redactor


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2",
        "bearer hunter2, and more",
        "grant_type=password&password=hunter2&scope=x",
        '{"access_token": "hunter2"}',
        "client_secret = 'hunter2'",
        "https://files.example.com/a.zip?X-Amz-Signature=hunter2&x=1",
    ],
)
def test_secrets_in_text_are_masked_by_their_surroundings(text: str):
    masked = Redactor().text(text)
    assert "hunter2" not in masked
    assert MASK in masked


def test_plain_text_is_left_alone():
    assert Redactor().text("feeder CPM3B3, year 2030") == "feeder CPM3B3, year 2030"


def test_known_secrets_are_masked_wherever_they_are():
    redactor = Redactor("s3", None, "")
    redactor.learn("s3cret")
    redactor.learn(None)
    assert redactor.text("x s3cret y s3 z") == f"x {MASK} y {MASK} z"
    assert redactor.data({"s3cret": ["s3cret"]}) == {MASK: [MASK]}


def test_data_is_masked_by_names_at_any_depth():
    data = {"a": [{"refresh_token": "x", "Password": "y", "n": 1}], "tokens": 3, "ok": None}
    assert Redactor().data(data) == {
        "a": [{"refresh_token": MASK, "Password": MASK, "n": 1}],
        "tokens": 3,
        "ok": None,
    }


def test_bodies_are_shown_on_one_line():
    assert (
        Redactor("zz").body(b'{\n"id_token": "q",\n"v": "zz"}') == f'{{"id_token": "{MASK}", "v": "{MASK}"}}'
    )
    assert Redactor("zz").body(b"zz \xff") == f"{MASK} \ufffd"


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c))
)
def test_no_data_shows_a_known_secret(data: object):
    secret = "~secret~"
    shown = json.dumps(Redactor(secret).data({"k": [data, f"a{secret}b"]}))
    assert secret not in shown
