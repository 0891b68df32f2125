"""One decision about colour, for click and for rich."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Colour:
    """Whether to write colours, and whether stderr is a terminal on which a line may be redrawn.

    Attributes
    ----------
    click : True always, False never, None by each stream; as click takes it.
    live : stderr is a terminal that understands cursor movements.
    """

    click: bool | None = None
    live: bool = False


def decide_colour(asked: str | None, environment: Mapping[str, str]) -> Colour:
    """Return the decision: the option wins over NO_COLOR, that over FORCE_COLOR, that over the terminal.

    `FORCE_COLOR` colours a pipe but never redraws lines in it.
    """
    dumb = environment.get("TERM") == "dumb"
    live = sys.stderr.isatty() and not dumb
    return Colour(_wanted(asked, environment, dumb=dumb), live)


def _wanted(asked: str | None, environment: Mapping[str, str], *, dumb: bool) -> Literal[True, False] | None:
    if asked in ("always", "never"):
        return asked == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return False if dumb else None
