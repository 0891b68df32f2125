"""Words for people."""

import pytest

from hcr.cli.wording import counted, times_told


@pytest.mark.parametrize(("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_a_number_has_its_noun(number: int, text: str):
    assert counted(number, "file") == text


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ([], None),
        (["2025-01-01T01:00:00"], "2025-01-01 01:00"),
        (["2025-01-01T01:00", "2025-01-02T01:30"], "2 times, 2025-01-01 01:00 to 2025-01-02 01:30"),
    ],
)
def test_times_are_told_by_their_ends(times: list[str], text: str | None):
    assert times_told(times) == text
