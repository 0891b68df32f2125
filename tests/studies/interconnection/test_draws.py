"""Draws against NumPy's own generators, called as the interconnection method says."""

import json
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.errors import ConfigError
from hcr.studies.interconnection.draws import Draws, SizeChoices, orders
from hcr.studies.interconnection.resource import Kind, Size

CHOICES = SizeChoices()


def _numpy(text: str) -> np.random.RandomState:
    digest = sha256(text.encode()).digest()
    return np.random.RandomState(np.frombuffer(digest[:4], dtype="<u4")[0])


@given(st.text(max_size=20), st.lists(st.integers(1, 5000), max_size=8))
def test_indices_are_those_of_numpy(text: str, counts: list[int]):
    generator, draws = _numpy(text), Draws.seeded(text)
    for count in counts:
        drawn, draws = draws.index(count)
        assert drawn == generator.randint(0, count)


def test_a_study_draws_monitors_shares_buses_and_sizes_from_one_stream():
    generator, draws = _numpy("radial"), Draws.seeded("radial")
    monitor, draws = draws.one_of(["a", "b", "c"])
    assert monitor == ["a", "b", "c"][generator.randint(0, 3)]
    share, draws = draws.share()
    assert share == generator.random_sample()
    bus, draws = draws.one_of(range(53))
    assert bus == generator.randint(0, 53)
    size, draws = draws.size(Kind.PV, CHOICES, None)
    assert size.kw == generator.randint(50, 1001)
    assert size.kva == size.kw / 0.8


def test_a_size_is_drawn_again_until_the_bus_is_known_to_take_it():
    generator, draws = _numpy("radial"), Draws.seeded("radial")
    for most in (60.0, 400.0, 50.0, 999.0):
        expected = generator.randint(50, 1001)
        while expected > most:
            expected = generator.randint(50, 1001)
        size, draws = draws.size(Kind.PV, CHOICES, most)
        assert size.kw == expected


def test_below_the_range_the_size_is_the_capacity_and_nothing_is_drawn():
    draws = Draws.seeded("radial")
    assert draws.size(Kind.PV, CHOICES, 34.5) == (Size(34.5, 34.5 / 0.8), draws)


def test_a_capacity_of_nothing_bounds_nothing():
    draws = Draws.seeded("radial")
    assert draws.size(Kind.PV, CHOICES, 0.0) == draws.size(Kind.PV, CHOICES, None)


def test_a_battery_draws_its_hours_after_each_size():
    generator, draws = _numpy("b"), Draws.seeded("b")
    for most in (None, 120.0, 40.0):
        while True:
            kw = 40.0 if most == 40.0 else generator.randint(50, 1001)
            hours = [2, 4][generator.randint(0, 2)]
            if most is None or kw <= most:
                break
        size, draws = draws.size(Kind.BATTERY, CHOICES, most)
        assert size == Size(kw, kw, kw * hours)


@given(st.integers(0, 1400))
def test_a_state_goes_through_json_and_draws_on(before: int):
    draws = Draws.seeded("radial")
    generator = _numpy("radial")
    generator.randint(0, 53, size=before % 7)
    for _ in range(before % 7):
        _, draws = draws.index(53)
    again = Draws.from_document(json.loads(json.dumps(draws.to_document())))
    assert again == draws
    assert again.index(1 + before)[0] == generator.randint(0, 1 + before)


@pytest.mark.parametrize(
    "change",
    [{"words": [1, 2]}, {"words": [-1] * 624}, {"position": 625}, {"position": None}, {"generator": "PCG64"}],
    ids=str,
)
def test_what_is_no_state_is_refused(change: dict[str, object]):
    with pytest.raises(ConfigError, match="state of the random numbers"):
        Draws.from_document(Draws.seeded("x").to_document() | change)


def test_nothing_to_draw_from_is_named():
    with pytest.raises(ConfigError, match="nothing is left to draw from"):
        Draws.seeded("x").one_of([])


@pytest.mark.parametrize("choices", [(0, 10, (2.0,)), (60, 50, (2.0,)), (50, 60, ())])
def test_impossible_choices_are_refused(choices: tuple[int, int, tuple[float, ...]]):
    with pytest.raises(ConfigError, match="sizes cannot be drawn"):
        SizeChoices(*choices)


@given(st.integers(2, 12), st.integers(1, 4))
def test_orders_are_permutations_drawn_again_while_the_first_trigger_is_last(units: int, sequences: int):
    generator = np.random.default_rng(0)
    expected = []
    while len(expected) < sequences:
        order = generator.permutation(units).tolist()
        if order[-1] != units - 1:
            expected.append(tuple(order))
    assert orders(units, sequences) == tuple(expected)


def test_a_queue_of_one_has_one_order():
    assert orders(1, 2) == ((0,), (0,))
    assert orders(0, 1) == ((),)
