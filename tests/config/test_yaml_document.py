"""What a YAML text becomes, where its parts are, and what is refused."""

import math
from pathlib import Path

import pytest

from hcr.config.yaml_document import Document, YamlPath, YamlValue, load_document, parse_document, parse_value
from hcr.errors import ConfigError, Problem


def faults_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        parse_document(text, "x.yaml")
    return caught.value.problems


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("30", 30),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e-3", 0.001),
        ("-1.5E+3", -1500.0),
        (".inf", float("inf")),
        ("-.Inf", float("-inf")),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12:30", "12:30"),
        ("NO", "NO"),
        ("on", "on"),
        ("y", "y"),
        ("1_000", "1_000"),
        ("010", "010"),
        ("00.5", "00.5"),
        ("0b11", "0b11"),
        ("2025-07-12", "2025-07-12"),
        ("2025-07-12T04:00:00.00Z", "2025-07-12T04:00:00.00Z"),
        ("=", "="),
        ("None", "None"),
        ("'30'", "30"),
        ('"true"', "true"),
        ("!!str 30", "30"),
        ("!!int '30'", 30),
        ("!!float 1", 1.0),
        ("!!bool 'true'", True),
        ("[1, a, [b]]", [1, "a", ["b"]]),
        ("{a: 1, b: {c: x}}", {"a": 1, "b": {"c": "x"}}),
    ],
)
def test_scalars_follow_yaml_1_2(written: str, value: YamlValue) -> None:
    assert parse_document(f"key: {written}\n", "x.yaml").data == {"key": value}
    assert type(parse_value(written, "x")) is type(value)


def test_not_a_number_is_a_float() -> None:
    value = parse_value(".nan", "x")
    assert isinstance(value, float)
    assert math.isnan(value)


def test_keys_are_text_as_written() -> None:
    text = "010: a\n12:30: b\ntrue: c\n1.50: d\n~: e\n'': f\n"
    assert parse_document(text, "x.yaml").data == {
        "010": "a",
        "12:30": "b",
        "true": "c",
        "1.50": "d",
        "~": "e",
        "": "f",
    }


def test_merges_yield_to_own_keys_and_earlier_ones_win() -> None:
    text = """
a: &a {x: 1, y: 1}
b: &b {y: 2, z: 2}
one: {<<: *a, y: 9}
two: {<<: [*a, *b]}
three: &three {<<: *b, w: 3}
four: {<<: *three, z: 4}
"""
    data = parse_document(text, "x.yaml").data
    assert data["one"] == {"x": 1, "y": 9}
    assert data["two"] == {"x": 1, "y": 1, "z": 2}
    assert data["four"] == {"y": 2, "z": 4, "w": 3}


def test_many_merges_of_merges_stay_small() -> None:
    lines = ["m0: &m0 {k0: 0}"]
    lines += [f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}], k{n}: {n}}}" for n in range(1, 200)]
    data = parse_document("\n".join(lines), "x.yaml").data
    last = data["m199"]
    assert isinstance(last, dict)
    assert len(last) == 200


@pytest.fixture
def document() -> Document:
    return parse_document(
        """\
# a comment
name: study
block:
  feeders: [f1, f2]
  years:
    - 2025
    - 2030
  empty:
shared: &shared
  seed: 1
copy:
  <<: *shared
  own: 2
text: |
  several
  lines
""",
        "x.yaml",
    )


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ((), (2, 1)),
        (("name",), (2, 7)),
        (("block",), (3, 1)),
        (("block", "feeders"), (4, 12)),
        (("block", "feeders", 1), (4, 17)),
        (("block", "years"), (5, 3)),
        (("block", "years", 0), (6, 7)),
        (("block", "years", 9), (5, 3)),
        (("block", "empty"), (8, 3)),
        (("block", "missing"), (3, 1)),
        (("block", "feeders", 1, "deeper"), (4, 17)),
        (("block", "feeders", "name"), (4, 12)),
        (("copy", "seed"), (10, 9)),
        (("copy", "own"), (13, 8)),
        (("text",), (14, 7)),
        (("nothing", "at", "all"), (2, 1)),
    ],
)
def test_position_is_that_of_the_value_or_its_nearest_ancestor(
    document: Document, path: YamlPath, position: tuple[int, int]
) -> None:
    assert document.position(path) == position


@pytest.mark.parametrize(
    ("path", "position"),
    [
        (("name",), (2, 1)),
        (("block", "feeders"), (4, 3)),
        (("block", "feeders", 1), (4, 17)),
        (("copy", "seed"), (10, 3)),
        (("block", "missing"), (3, 1)),
    ],
)
def test_key_position_is_that_of_the_key(
    document: Document, path: YamlPath, position: tuple[int, int]
) -> None:
    assert document.key_position(path) == position


def test_all_faults_of_a_text_are_named_at_once_in_order() -> None:
    faults = faults_of("a: 1\na: 2\nb: !!set {x}\nc: {d: 1, d: 2}\n")
    assert [(fault.line, fault.column) for fault in faults] == [(2, 1), (3, 4), (4, 11)]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: a\n")
    document = load_document(path)
    assert document.data == {"name": "a"}
    assert document.position(("name",)) == (1, 7)
    assert document.file == str(path)


def test_windows_line_ends_count_as_one(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1\r\nb:\r\n  c: 2\r\n")
    assert load_document(path).position(("b", "c")) == (3, 6)


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_what_cannot_be_read_is_a_config_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot read") as caught:
        load_document(tmp_path / name)
    assert caught.value.problems[0].file == str(tmp_path / name)


def test_a_name_that_no_file_can_have_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load_document(Path("a\0b"))


def test_the_place_of_a_wrong_byte_counts_characters(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("a: ü\nbü: ".encode() + b"\xff\n")
    with pytest.raises(ConfigError) as caught:
        load_document(path)
    assert [(fault.line, fault.column) for fault in caught.value.problems] == [(2, 5)]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("!!null x", "cannot be read as null"),
        ("!!bool yes", "cannot be read as bool"),
        ("!!int 1.5", "cannot be read as int"),
        ("!!float x", "cannot be read as float"),
        ("!!timestamp 2025-07-12", "the tag !!timestamp is not supported here"),
        ("!own x", "the tag !own is not supported here"),
        ("!!omap [a: 1]", "the tag !!omap is not supported here"),
        ("!!set {a}", "the tag !!set is not supported here"),
    ],
)
def test_a_tag_must_be_known_and_fit(written: str, message: str) -> None:
    (fault,) = faults_of(f"a: {written}")
    assert fault.message == message
    assert (fault.line, fault.column) == (1, 4)


def test_a_mapping_cannot_merge_itself() -> None:
    (fault,) = faults_of("a: &a {<<: *a, b: 1}")
    assert fault.message == "an alias inside its own anchor"


def test_aliases_may_not_nest_deeper_than_text() -> None:
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 90))]
    (fault,) = faults_of("\n".join(lines))
    assert "nested more than 60 levels deep by aliases" in fault.message


def test_a_value_shared_by_many_is_no_bomb() -> None:
    text = "a: &a [1, 2, 3]\n" + "".join(f"b{n}: *a\n" for n in range(1000))
    assert len(parse_document(text, "x.yaml").data) == 1001


def test_a_number_of_thousands_of_digits_is_refused_not_read() -> None:
    (fault,) = faults_of("a: " + "9" * 5000)
    assert fault.message == "cannot be read as int"


@pytest.mark.parametrize("text", ["a: [1", "a: 1\na: 2", "&"])
def test_a_single_value_is_checked_like_a_document(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_value(text, "--set")
