"""Parts of pages."""

import pytest

from hcr.cli.page import cell, legend, meanings, page, table


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),  # noqa: RUF001 - a dash
        (True, "yes"),
        (3, "3"),
        (-0.001, "-0.001"),
        (-0.0, "0.00"),
        (58_800.0, "58,800.00"),
        ("text", "text"),
    ],
)
def test_values_are_read_as_people_do(value: object, expected: str):
    assert cell(value) == expected


def test_numbers_stand_on_the_right_and_truths_do_not():
    text = table(("name", "kw", "passed"), [("none", ("<b>", 1.0, True))])
    assert '<th class="n">kw</th><th>passed</th>' in text
    assert '<tr class="none"><td>&lt;b&gt;</td><td class="n">1.00</td><td>yes</td>' in text


def test_a_page_is_for_the_dark_and_for_paper():
    text = page("<t>", ["<p>body</p>"])
    assert "<title>&lt;t&gt;</title>" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_legends_and_meanings_are_text():
    assert "&lt;a&gt;" in legend([("<a>", "red")])
    assert "<dt>&lt;a&gt;</dt><dd>b</dd>" in meanings([("<a>", "b")])
