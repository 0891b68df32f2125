"""What a trace or an error may show: the same text and data with every secret masked."""

import json
import re
from collections.abc import Mapping, Sequence

MASK = "***"
_SECRET_NAME = re.compile(
    r"authorization|token|secret|password|passwd|api[-_]?key|credential|assertion|cookie|signature"
    r"|device_?code|^sig$",
    re.IGNORECASE,
)
_SECRET_TEXT = (
    re.compile(r"(?i)(\bbearer\s+)[^\s\"',;]+"),
    re.compile(r"(?i)(\b[\w-]*(?:token|secret|password|signature)[\w-]*[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+"),
)


class Redactor:
    """Masks secrets by their names, and those it was told of wherever they appear."""

    __slots__ = ("_secrets",)

    def __init__(self, *secrets: str | None) -> None:
        self._secrets: set[str] = {secret for secret in secrets if secret}

    def learn(self, secret: str | None) -> None:
        """Remember a secret that must not be shown from now on."""
        if secret:
            self._secrets.add(secret)

    def text(self, text: str) -> str:
        """The text without known secrets, bearer tokens and `password=…` pairs."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        for pattern in _SECRET_TEXT:
            text = pattern.sub(rf"\g<1>{MASK}", text)
        return text

    def data(self, value: object) -> object:
        """The same JSON data with the values of secret names masked, and known secrets in all texts."""
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): MASK if _is_secret(str(key), item) else self.data(item)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return self.items(value)
        return self.text(value) if isinstance(value, str) else value

    def items(self, values: Sequence[object]) -> list[object]:
        """The same list of JSON data, masked likewise."""
        return [self.data(item) for item in values]

    def body(self, content: bytes) -> str:
        """A message body as one line for the trace; JSON is masked by names, other text by patterns."""
        try:
            return json.dumps(self.data(json.loads(content)), ensure_ascii=False)
        except ValueError:
            return self.text(content.decode("utf-8", "replace"))


def _is_secret(name: str, value: object) -> bool:
    """A name decides, but a count of tokens is no secret: only texts are masked."""
    return isinstance(value, str) and bool(_SECRET_NAME.search(name))
