"""A JSON file with the places of its keys; faults have a place and never carry the file's text."""

from pathlib import Path

import pytest

from hcr.config.json_document import load_json
from hcr.errors import ConfigError

SECRET = "s3cr3t-value"


def test_keys_have_places(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{\n  "a": {"b" : 1},\n  "ü": 2\n}\n', encoding="utf-8")
    document = load_json(path)
    assert document.data == {"a": {"b": 1}, "ü": 2}
    assert document.position("a") == (2, 3)
    assert document.position("b") == (2, 9)
    assert document.position("missing") == (1, 1)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert load_json(path).data == {"a": 1}


@pytest.mark.parametrize(
    ("raw", "line", "message"),
    [
        (b'{"token": "s3cr3t-value",\n}', 2, "Illegal trailing comma|Expecting property name"),
        (b'{"token": "s3cr3t-value"', 1, "Expecting ',' delimiter"),
        (b'{"token": "s3cr3t-value",\n "token": "b"}', 1, "given twice"),
        (b'["s3cr3t-value"]', 1, "one JSON object"),
        (b'{"token": "s3cr3t-value\xff"}', 1, "not UTF-8"),
        (b'{"token": "s3cr3t-value", "a": ' + b"[" * 100_000, 1, "nested too deep"),
        (b'{"token": "s3cr3t-value", "a": ' + b"9" * 5000 + b"}", 1, "number without end"),
    ],
)
def test_a_fault_has_a_place_and_no_secret(tmp_path: Path, raw: bytes, line: int, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match=message) as caught:
        load_json(path)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    assert problem.line == line
    assert problem.column >= 1
    assert SECRET not in str(caught.value) + repr(caught.value) + str(problem)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_folder_in_its_place_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_json(tmp_path)


def test_the_text_stays_out_of_the_repr(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"a": 1,    "b": 2}', encoding="utf-8")
    assert "    " not in repr(load_json(path))
