"""The control loop on hand-written readings: who comes first, how far, and what is taken back."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcr.powerflow.circuit import GROUND, Elements
from hcr.powerflow.control_arrays import rules_of
from hcr.powerflow.control_kernels import AHEAD, COGENERATING, TURNED
from hcr.powerflow.control_kinds import CapacitorKind
from hcr.powerflow.control_loop_kernels import BANK, TAP, TURN, add, begin, delay_of, drop, tap_change
from hcr.powerflow.control_loop_kernels import act as act_in_lane
from hcr.powerflow.control_state import queue_of, where_at_first
from hcr.powerflow.control_table import ControlTable
from hcr.powerflow.controls import Bank, CapControl, Controls, RegControl, Reversal, TapChanger, Target

STEP = 0.2 / 32
IN_BAND = (122.0, 122.0, 1e6)


def regulator(number: int = 0, **changes: object) -> RegControl:
    settings: dict[str, object] = {
        "name": f"RegControl.r{number}",
        "changer": number,
        "pairs": ((0, GROUND),),
        "phase": 1,
        "limited": (0, GROUND),
        "limit": 0.0,
        "terminal": (0,),
        "pt_ratio": 60.0,
        "measured_ratio": 60.0,
        "ct_primary": 300.0,
        "base_v": 7200.0,
        "target": Target(122.0, 2.0),
        "reversal": None,
        "remote": False,
        "backwards": False,
        "delay_s": 15.0,
        "inverse": False,
        "most_steps": 16,
    }
    return RegControl(**{**settings, **changes})  # type: ignore[arg-type]


def bank_control(**changes: object) -> CapControl:
    settings: dict[str, object] = {
        "name": "CapControl.c",
        "bank": 0,
        "kind": CapacitorKind.VOLTAGE,
        "terminal": (0,),
        "pairs": ((0, GROUND),),
        "phase": 1,
        "currents": (0,),
        "current_phase": 1,
        "pt_ratio": 60.0,
        "ct_ratio": 60.0,
        "on": 118.0,
        "off": 124.0,
        "on_delay_s": 15.0,
        "off_delay_s": 15.0,
        "dead_s": 300.0,
    }
    return CapControl(**{**settings, **changes})  # type: ignore[arg-type]


class Asked:
    """Controls that are asked in one lane of one step."""

    def __init__(self, controls: Controls, seconds: float) -> None:
        one = np.array([0, 1], np.int64)
        branches = Elements(("Line.l",), (("a",),), one, np.array([1]), np.array([0]))
        self.table = ControlTable.of(controls, branches)
        self.where, self.queue = where_at_first(controls, 1), queue_of(controls, 1)
        self.seconds = seconds
        begin(self.queue, 0)

    @property
    def taps(self) -> list[float]:
        return [float(tap) for tap in self.where[0][:-1, 0]]

    @property
    def looks(self) -> list[int]:
        return self.where[1][:, 0].tolist()

    @property
    def bank(self) -> tuple[int, bool]:
        return int(self.where[2][0, 0]), bool(self.where[3][0, 0])

    @property
    def opened_s(self) -> list[float]:
        return self.where[4][:, 0].tolist()


def loop(
    regulators: Sequence[RegControl] = (),
    banks: Sequence[CapControl] = (),
    *,
    size: int = 1,
    steps: int = 0,
    tap: float = 1.0,
    seconds: float = 3600.0,
) -> Asked:
    controls = Controls(
        changers=tuple(TapChanger(f"Transformer.t{k}.2", 0.9, 1.1, 32, tap) for k in range(len(regulators))),
        banks=(Bank("Capacitor.c", size, steps, steps > 0),),
        regulators=tuple(regulators),
        capacitors=tuple(banks),
        order=tuple(range(len(regulators) + len(banks))),
    )
    return Asked(controls, seconds)


def act(asked: Asked, *regulators: tuple[float, float, float], bank: float = 120.0) -> bool:
    seen = np.ascontiguousarray(np.array(regulators, float).reshape(-1, 3).T[:, :, None])
    readings = seen, np.array([[[0.0]], [[bank]], [[0.0]]])
    return bool(act_in_lane(rules_of(asked.table), asked.where, asked.queue, readings, 0, asked.seconds))


def taps(asked: Asked) -> list[int]:
    return [round((tap - 1.0) / STEP) for tap in asked.taps]


def test_actions_come_in_the_order_of_their_time_and_the_last_in_of_those_together_first() -> None:
    queue = queue_of(Controls(regulators=tuple(regulator(k) for k in range(4))), 1)
    for seconds, control in ((30.0, 0), (15.0, 1), (15.0, 2), (45.0, 3)):
        add(queue, 0, seconds, control, TAP)
    assert queue[2][:4, 0].tolist() == [2, 1, 0, 3]
    drop(queue, 0, 3, TURN)
    assert queue[0][0, 0] == 4
    drop(queue, 0, 1, TAP)
    assert (queue[0][0, 0], queue[2][:3, 0].tolist()) == (3, [2, 0, 3])
    drop(queue, 0, 2, BANK)
    assert queue[1][:3, 0].tolist() == [15.0, 30.0, 45.0]


@pytest.mark.parametrize(
    ("steps", "most", "made"),
    [(1, 16, 1), (2, 16, 1), (3, 16, 2), (16, 16, 11), (-5, 16, -3), (16, 4, 4), (9, 1, 1)],
)
def test_a_move_goes_seven_tenths_of_the_way_but_one_step_at_least(steps: int, most: int, made: int) -> None:
    assert tap_change(steps * STEP, STEP, most) == pytest.approx(made * STEP)


@given(st.integers(-32, 32).filter(bool), st.integers(1, 16))
def test_a_move_never_overshoots_nor_exceeds_its_limit(steps: int, most: int) -> None:
    made = tap_change(steps * STEP, STEP, most) / STEP
    assert 1 <= round(abs(made)) <= min(abs(steps), most)
    assert made * steps > 0


def test_inverse_time_is_shorter_the_further_out_and_ten_times_at_most() -> None:
    def delay(control: RegControl, volts: float) -> float:
        table = loop([control]).table
        return float(delay_of(table.regulator_numbers[0], table.regulator_choices[0], volts))

    assert delay(regulator(), 100.0) == 15.0
    inverse = regulator(inverse=True)
    assert delay(inverse, 119.0) == pytest.approx(15.0 / 3.0)
    assert delay(inverse, 100.0) == pytest.approx(1.5)


def test_nothing_happens_in_band() -> None:
    asked = loop([regulator()])
    assert not act(asked, IN_BAND)
    assert taps(asked) == [0]


def test_a_regulator_moves_and_rests_when_back_in_band() -> None:
    asked = loop([regulator()])
    assert act(asked, (118.0, 118.0, 1e6))
    assert taps(asked) == [3]  # wanted 5
    assert act(asked, (120.5, 120.5, 1e6))
    assert taps(asked) == [4]
    assert not act(asked, (121.2, 121.2, 1e6))


def test_the_regulator_with_the_shorter_delay_moves_first_and_the_other_may_then_stay() -> None:
    asked = loop([regulator(0, delay_s=30.0), regulator(1, delay_s=15.0)])
    assert act(asked, (118.0, 118.0, 1e6), (118.0, 118.0, 1e6))
    assert taps(asked) == [0, 3]
    assert not act(asked, IN_BAND, IN_BAND)
    assert taps(asked) == [0, 3]


def test_a_waiting_regulator_moves_by_what_it_wants_when_its_turn_comes() -> None:
    asked = loop([regulator(0, delay_s=30.0), regulator(1, delay_s=15.0)])
    act(asked, (118.0, 118.0, 1e6), (118.0, 118.0, 1e6))
    act(asked, (120.5, 120.5, 1e6), IN_BAND)
    assert taps(asked) == [1, 3]


def test_regulators_with_equal_delays_move_together() -> None:
    asked = loop([regulator(0), regulator(1)])
    act(asked, (118.0, 118.0, 1e6), (126.0, 126.0, 1e6))
    assert taps(asked) == [3, -3]


def test_a_tap_stops_at_the_end_of_its_range_and_asks_no_more() -> None:
    asked = loop([regulator()], tap=1.1 - STEP)
    act(asked, (110.0, 110.0, 1e6))
    assert asked.taps == [1.1]
    assert not act(asked, (110.0, 110.0, 1e6))


def test_a_blocked_regulator_never_moves() -> None:
    assert not act(loop([regulator(most_steps=0)]), (100.0, 100.0, 1e6))


def test_power_the_other_way_turns_a_regulator_after_its_taps_have_settled() -> None:
    reversal = Reversal(Target(119.0, 2.0), 100e3, 60.0)
    asked = loop([regulator(reversal=reversal)])
    act(asked, (120.0, 120.0, -2e5))
    assert (taps(asked), asked.looks) == ([2], [AHEAD])
    act(asked, (122.0, 122.0, -2e5))
    assert asked.looks == [TURNED]
    act(asked, (122.0, 122.0, -2e5))
    assert taps(asked) == [3]  # 122 / 1.0125 is too high on the source side: a higher tap lowers it
    assert not act(loop([regulator(reversal=reversal)]), (122.0, 122.0, -9e4))


def test_a_turn_is_taken_back_when_the_power_comes_back() -> None:
    asked = loop([regulator(reversal=Reversal(Target(119.0, 2.0), 100e3, 60.0))])
    act(asked, (120.0, 120.0, -2e5))
    assert not act(asked, IN_BAND)
    assert asked.looks == [AHEAD]


def test_a_cogenerating_regulator_goes_on_looking_forward() -> None:
    asked = loop([regulator(reversal=Reversal(Target(119.0, 2.0), 100e3, 60.0, cogeneration=True))])
    act(asked, (122.0, 122.0, -2e5))
    assert asked.looks == [COGENERATING]
    act(asked, (122.0, 122.0, -2e5))
    assert taps(asked) == [-2]
    act(asked, (119.0, 119.0, 2e5))
    assert asked.looks == [AHEAD]


def test_a_regulator_that_goes_neutral_walks_to_tap_one() -> None:
    reversal = Reversal(Target(119.0, 2.0), 100e3, 10.0, neutral=True)
    asked = loop([regulator(reversal=reversal)], tap=1.0 + 8 * STEP)
    act(asked, (122.0, 122.0, -2e5))
    assert asked.looks == [TURNED]
    while act(asked, (80.0, 80.0, -2e5)):
        pass
    assert taps(asked) == [0]


def test_a_bank_closes_below_and_opens_above() -> None:
    asked = loop(banks=[bank_control()])
    assert act(asked, bank=117.0)
    assert asked.bank == (1, True)
    assert not act(asked, bank=120.0)
    assert act(asked, bank=125.0)
    assert asked.bank == (0, False)
    assert asked.opened_s == [3600.0]


def test_a_bank_of_steps_goes_through_them_and_opens_after_the_last() -> None:
    asked = loop(banks=[bank_control()], size=2, steps=1)
    act(asked, bank=117.0)
    assert asked.bank[0] == 2
    assert not act(asked, bank=117.0)
    act(asked, bank=125.0)
    assert asked.bank == (1, True)
    act(asked, bank=125.0)
    assert asked.bank == (0, False)


def test_a_bank_that_waits_is_taken_back_when_a_regulator_has_helped() -> None:
    asked = loop([regulator(delay_s=5.0)], [bank_control()])
    act(asked, (118.0, 118.0, 1e6), bank=117.0)
    assert (taps(asked), asked.bank[0]) == ([3], 0)
    assert not act(asked, IN_BAND, bank=120.0)
    assert asked.bank[0] == 0


@pytest.mark.parametrize(("since", "first"), [(100.0, "regulator"), (400.0, "bank")])
def test_a_bank_that_has_just_opened_waits_longer(since: float, first: str) -> None:
    asked = loop([regulator(delay_s=60.0)], [bank_control()], seconds=3600.0 + since)
    asked.where[4][0, 0] = 3600.0
    act(asked, (118.0, 118.0, 1e6), bank=117.0)
    assert (taps(asked) == [3]) == (first == "regulator")
    assert (asked.bank[0] == 1) == (first == "bank")
