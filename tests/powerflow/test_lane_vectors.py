"""Vectors of lanes against numpy, in both precisions, what is no number included."""

import numpy as np
import pytest

from hcr.powerflow import loops
from hcr.powerflow.lane_vectors import (
    all_of,
    any_of,
    at_most,
    below,
    both,
    choose,
    either,
    first_of,
    fma,
    fnma,
    in_precision,
    lanes_of,
    larger,
    least,
    load,
    most,
    root,
    spread,
    store,
    take,
)
from hcr.powerflow.loops import loop

SPECIAL = [0.0, -0.0, 1.0, -2.5, np.inf, -np.inf, np.nan, 3.0]


@loop
def calculate(a, b, c, out):  # type: ignore[no-untyped-def]
    x, y, z = load(a, 0), load(b, 0), load(c, 0)
    store(out, 0, x + y)
    store(out, 1, x - y)
    store(out, 2, x * y)
    store(out, 3, x / y)
    store(out, 4, fma(x, y, z))
    store(out, 5, fnma(x, y, z))
    store(out, 6, fma(2.5, y, z))
    store(out, 7, fnma(2.5, y, z))
    store(out, 8, root(x))
    store(out, 9, larger(x, y))
    store(out, 10, choose(both(below(x, y), at_most(y, z)), x, y))
    store(out, 11, choose(either(below(x, 1.0), at_most(2.0, x)), x, z))
    store(out, 12, spread(take(a[0], 1), x) * 3.0 + 1.0)


@loop
def look(a, limit):  # type: ignore[no-untyped-def]
    x = load(a, 0)
    mask = below(x, limit)
    return any_of(mask), all_of(mask), first_of(mask), least(x), most(x)


def rows(kind: type) -> tuple[np.ndarray, ...]:
    """Return three rows that pair every special number with every other, over and over."""
    lanes = lanes_of(kind)
    draw = np.random.default_rng(3)
    return tuple(np.array([draw.choice(SPECIAL, lanes)], kind) for _ in range(3))


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_operations_are_those_of_numpy(kind: type) -> None:
    a, b, c = rows(kind)
    out = np.empty((13, lanes_of(kind)), kind)
    calculate(a, b, c, out)
    x, y, z = a[0], b[0], c[0]
    with np.errstate(all="ignore"):
        expected = [
            *(x + y, x - y, x * y, x / y, x * y + z, z - x * y, kind(2.5) * y + z, z - kind(2.5) * y),
            *(np.sqrt(x), np.maximum(x, y), np.where((x < y) & (y <= z), x, y)),
            *(np.where((x < 1) | (x >= 2), x, z), np.full_like(x, x[1]) * 3 + 1),
        ]
    np.testing.assert_array_equal(out, np.array(expected, kind))


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_lanes_are_looked_at_together(kind: type) -> None:
    lanes = lanes_of(kind)
    row = np.arange(lanes, 0, -1, dtype=kind)[None]
    assert look(row, kind(3.0)) == (True, False, lanes - 2, 1.0, lanes)
    assert look(row, kind(0.0)) == (False, False, lanes, 1.0, lanes)
    assert look(row, kind(lanes + 1)) == (True, True, 0, 1.0, lanes)


def test_doubles_alone_change_their_precision() -> None:
    tree = (np.ones(2), (np.arange(2), np.ones(1)), 3)
    single = in_precision(tree, np.float32)
    assert single[0].dtype == single[1][1].dtype == np.float32
    assert (single[1][0].dtype, single[2]) == (np.int64, 3)
    assert in_precision(tree, np.float64) is tree


def test_machine_code_lies_by_the_contents_of_its_sources(
    tmp_path,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    monkeypatch.setattr(loops.config, "CACHE_DIR", str(tmp_path))
    first = loops.folder_of_code()
    assert first == loops.folder_of_code()
    assert first is not None
    assert first.is_dir()
    monkeypatch.setattr(loops, "VECTOR_BYTES", 64)
    narrow = loops.folder_of_code()
    assert narrow != first
    monkeypatch.setattr(loops, "SOURCES", ("loops.py",))
    assert loops.folder_of_code() not in (first, narrow)


def test_machine_code_is_not_kept_where_nothing_can_be_written(
    tmp_path,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(loops.config, "CACHE_DIR", str(tmp_path / "file"))
    assert loops.folder_of_code() is None


def test_old_machine_code_is_removed(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for name in ("0123456789abcdef", "fedcba9876543210", "something else"):
        (tmp_path / name).mkdir()
    own = tmp_path / "0123456789abcdef"
    loops.remove_unused(own, now=own.stat().st_mtime + loops.UNUSED_S / 2)
    assert len(list(tmp_path.iterdir())) == 3
    loops.remove_unused(own, now=own.stat().st_mtime + 2 * loops.UNUSED_S)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0123456789abcdef", "something else"]
