"""What the errors of a GraphQL answer mean to the person who asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hcr.errors import AuthError, HcrError, NotFoundError, RefusedError, ServerError

# Validation texts of graphql-core and graphql-js (either quote), then of graphql-java.
_UNKNOWN_KEY = (
    re.compile(r"""Field ["'](?P<key>\w+)["'] is not defined by type ["'](?P<type>[\w\[\]!]+)["']"""),
    re.compile(r"""field name ["'](?P<key>\w+)["'] that is not defined for input object type"""),
    re.compile(r"""Unknown argument ["'](?P<key>\w+)["']"""),
    re.compile(r"""Unknown field argument ["']?(?P<key>\w+)["']?"""),
)
_UNKNOWN_OPERATION = (
    re.compile(r"""Cannot query field ["'](?P<key>\w+)["'] on type"""),
    re.compile(r"""Field ["'](?P<key>\w+)["'] in type ["']\w+["'] is undefined"""),
    re.compile(r"""Unknown type ["'](?P<key>\w+)["']"""),
)
_BAD_VALUE = re.compile(
    r"""Variable ["']\$(?P<variable>\w+)["'] got invalid value .*?"""
    r"""(?: at ["'](?P<place>[\w.\[\]]+)["'])?; (?P<why>.*)""",
    re.DOTALL,
)
# Upstream's service says "no such running package" only by this number in its text.
_HTTP_NOT_FOUND = re.compile(r"(?<![\w-])404(?![\w-])")
_NUMBER_BEFORE = re.compile(r"^404:\s*")
CHECK_ID = "Check the ID; the list commands show those there are."
_OLDER = "Remove the key, or ask for a newer service."


@dataclass(frozen=True, slots=True)
class AnswerError:
    """One entry of the list `errors`."""

    message: str
    code: str = ""
    path: tuple[str | int, ...] = ()

    @classmethod
    def read(cls, entry: object) -> "AnswerError":
        """An entry as it came; what is missing or strange is left empty."""
        fields = entry if isinstance(entry, dict) else {"message": entry}
        extensions = fields.get("extensions")
        extensions = extensions if isinstance(extensions, dict) else {}
        path = extensions.get("path")
        steps = path if isinstance(path, list) else []
        return cls(
            message=str(fields.get("message") or "no message"),
            code=str(extensions.get("code") or "").lower(),
            path=tuple(step for step in steps if isinstance(step, str | int)),
        )


def error_of(entries: Sequence[object], operation: str) -> HcrError:
    """The one exception that an answer with these `errors` amounts to."""
    errors = [AnswerError.read(entry) for entry in entries]
    why = "; ".join(error.message for error in errors)
    by_code = _by_code(errors, why)
    if by_code is not None:
        return by_code
    for error in errors:
        by_text = _unknown(error.message) or _bad_value(error.message)
        if by_text is not None:
            return by_text
    if _HTTP_NOT_FOUND.search(why):
        return NotFoundError("The service knows nothing of that name or ID", why=why, remedy=CHECK_ID)
    return ServerError(f"The service could not do {operation}", why=why)


def _by_code(errors: Sequence[AnswerError], why: str) -> HcrError | None:
    """Codes are our own service's; who we are comes before what we asked for."""
    codes = {error.code: error for error in reversed(errors)}
    if "unauthenticated" in codes:
        return AuthError("The service does not accept who we are", why=why)
    if "not_found" in codes:
        return NotFoundError(_NUMBER_BEFORE.sub("", why), remedy=CHECK_ID)
    if "refused" in codes:
        faults = [(error.path, error.message) for error in errors if error.code == "refused"]
        return RefusedError(
            "The service refused the input", why=why, path=codes["refused"].path, faults=faults
        )
    return None


def _unknown(message: str) -> RefusedError | None:
    """A key or an operation newer than the service."""
    for pattern in _UNKNOWN_KEY:
        if match := pattern.search(message):
            key = match["key"]
            return RefusedError(
                f"The service does not know `{key}`",
                why="it is older than this client, or the key is misspelt",
                remedy=_OLDER,
                path=(*_place(message), key),
            )
    for pattern in _UNKNOWN_OPERATION:
        if match := pattern.search(message):
            return RefusedError(
                f"The service does not know `{match['key']}`",
                why="it is older than this client",
                remedy="Ask for a newer service; what this command does needs one.",
            )
    return None


def _bad_value(message: str) -> RefusedError | None:
    match = _BAD_VALUE.search(message)
    if match is None:
        return None
    path = _place(message)
    place = ".".join(str(step) for step in path)
    return RefusedError(f"The service refused the value of `{place}`", why=match["why"], path=path)


def _place(message: str) -> tuple[str | int, ...]:
    """`input.configs[0].years` of a validation text as steps; empty when the text names no variable."""
    match = _BAD_VALUE.search(message)
    if match is None:
        return ()
    steps = re.findall(r"\w+", match["place"] or match["variable"])
    return tuple(int(step) if step.isdigit() else step for step in steps)
