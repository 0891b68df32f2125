"""Finds actions of fuses in OpenDSS scripts: the engine writes them past the end of its memory.

A feeder of the library has none, since its import writes states instead.
"""

import re
from collections.abc import Iterator

_FUSE = re.compile(
    rb"^[^\S\n]*(?:(?:new|edit|batchedit)\s+)?(?:object\s*=\s*)?[\"']?fuse\..*(?:\n[^\S\n]*(?:~|m\b|more\b).*)*",
    re.IGNORECASE | re.MULTILINE,
)
_ACTION = re.compile(rb"(?<![\w%])a(?:c(?:t(?:i(?:on?)?)?)?)?\s*=\s*[\"'(\[{]?\s*[oc]", re.IGNORECASE)
_COMMENT = re.compile(rb"(?:!|//).*")


def fuse_actions(script: bytes) -> Iterator[int]:
    """Yield the 1-based number of each line that sets the action of a fuse."""
    if b"fuse." not in script.lower():
        return
    for match in _FUSE.finditer(script):
        first = script.count(b"\n", 0, match.start()) + 1
        for number, line in enumerate(match.group().split(b"\n"), first):
            if _ACTION.search(_COMMENT.sub(b"", line)):
                yield number
