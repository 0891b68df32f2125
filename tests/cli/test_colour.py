"""One decision about colour: the option, NO_COLOR, FORCE_COLOR, the terminal, in this order."""

import pytest

from hcr.cli.colour import Colour, decide_colour


class Terminal:
    """A stream that says whether it is a terminal."""

    def __init__(self, *, real: bool) -> None:
        self.real = real

    def isatty(self) -> bool:
        return self.real


@pytest.mark.parametrize(
    ("asked", "environment", "click"),
    [
        (None, {}, None),
        ("auto", {}, None),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {"FORCE_COLOR": "1"}, False),
        (None, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", {"FORCE_COLOR": "1"}, True),
        (None, {"NO_COLOR": "", "FORCE_COLOR": ""}, None),
        (None, {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (None, {"TERM": "dumb"}, False),
    ],
)
def test_who_wins(asked: str | None, environment: dict[str, str], click: bool | None) -> None:
    assert decide_colour(asked, environment).click is click


@pytest.mark.parametrize(
    ("real", "environment", "live"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": "1"}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_lines_are_redrawn_on_a_terminal_only(monkeypatch, real: bool, environment, live: bool) -> None:
    monkeypatch.setattr("sys.stderr", Terminal(real=real))
    assert decide_colour("always", environment) == Colour(click=True, live=live)
