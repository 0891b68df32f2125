"""What differs between two requests."""

from hypothesis import given
from hypothesis import strategies as st

from hcr.cli.config_difference import differences

requests = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1), inner, max_size=3),
).map(lambda value: {"key": value})


def test_equal_requests_do_not_differ() -> None:
    assert differences({"a": {"b": [1, 2]}}, {"a": {"b": [1, 2]}}) == []


def test_values_lists_and_missing_keys_differ() -> None:
    first = {"a": {"b": 1, "c": [1, 2]}, "only": True}
    second = {"a": {"b": 2, "c": [2, 1]}, "other": None}
    assert differences(first, second) == [
        ("a.b", 1, 2),
        ("a.c", [1, 2], [2, 1]),
        ("only", True, None),
    ]


def test_lists_of_blocks_are_compared_entry_by_entry() -> None:
    first = {"configs": [{"feeder": "A", "years": [1]}, {"feeder": "B"}]}
    second = {"configs": [{"feeder": "A", "years": [2]}]}
    assert differences(first, second) == [("configs[0].years", [1], [2]), ("configs[1].feeder", "B", None)]


@given(requests)
def test_nothing_differs_from_itself(request_: dict[str, object]) -> None:
    assert differences(request_, request_) == []


@given(requests, requests)
def test_the_other_way_round_is_the_mirror(first: dict[str, object], second: dict[str, object]) -> None:
    mirrored = [(key, b, a) for key, a, b in differences(second, first)]
    assert differences(first, second) == mirrored
