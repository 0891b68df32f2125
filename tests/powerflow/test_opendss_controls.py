"""Controls as read out of OpenDSS."""

import pickle
from collections.abc import Callable

import numpy as np
import pytest

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.control_kinds import HIGHEST, MEAN, CapacitorKind
from hcr.powerflow.controls import Controls, Target
from hcr.powerflow.passive import PassiveNetwork

HEAD = """
Clear
New Circuit.seen bus1=src basekv=12.47 phases=3
New Transformer.one phases=1 windings=2 buses=(src.1 b.1) kvs=(7.2 7.2)
~ kvas=(1000 1000) maxtap=1.05 mintap=0.95 numtaps=16
New Transformer.three phases=3 windings=2 buses=(src c) kvs=(12.47 4.16)
~ kvas=(1000 1000) conns=(delta wye) tap=1.0125
New Line.l bus1=b.1 bus2=d.1 phases=1 length=1 units=km
New Capacitor.bank bus1=c phases=3 kv=4.16 kvar=300
New Load.l bus1=d.1 phases=1 kv=7.2 kw=10
"""


def block_of(network: PassiveNetwork, branch: int) -> np.ndarray:
    """Return the primitive matrix of a branch [S]."""
    entries = network.block_s[network.block[branch] : network.block[branch + 1]]
    size = round(len(entries) ** 0.5)
    return entries.reshape(size, size)


def controls(compiled: Callable[[str], Circuit], *lines: str) -> Controls:
    found = compiled(HEAD + "\n".join(lines) + "\nSet voltagebases=[12.47 4.16]\nCalcvoltagebases\n").controls
    assert found is not None
    return found


def test_a_circuit_without_controls_has_none(compiled: Callable[[str], Circuit]) -> None:
    found = controls(compiled)
    assert len(found) == 0
    assert (found.changers, found.banks, found.tapped, found.switched) == ((), (), (), ())


def test_a_regulator_carries_its_settings(compiled: Callable[[str], Circuit]) -> None:
    line = (
        "New RegControl.r transformer=one winding=2 vreg=121 band=1.5 ptratio=60 ctprim=200 R=2 X=3 delay=20"
    )
    found = controls(compiled, f"{line} maxtapchange=3 inversetime=yes vlimit=125")
    (regulator,), (changer,) = found.regulators, found.changers
    assert changer.name == "Transformer.one.2"
    assert (changer.lowest, changer.highest, changer.steps, changer.present) == (0.95, 1.05, 16, 1.0)
    assert changer.increment == pytest.approx(0.00625)
    assert regulator.target == Target(121.0, 1.5, 2.0, 3.0, 0.0)
    assert (regulator.pt_ratio, regulator.ct_primary, regulator.base_v) == (60.0, 200.0, 7200.0)
    assert (regulator.delay_s, regulator.inverse, regulator.most_steps, regulator.limit) == (
        20.0,
        True,
        3,
        125.0,
    )
    assert regulator.reversal is None
    assert not regulator.backwards


def test_a_wye_winding_of_three_phases_is_rated_to_neutral(compiled: Callable[[str], Circuit]) -> None:
    found = controls(compiled, "New RegControl.r transformer=three winding=2 vreg=120 ptratio=20 ptphase=max")
    (regulator,) = found.regulators
    assert regulator.base_v == pytest.approx(4160 / 3**0.5)
    assert (len(regulator.pairs), regulator.phase) == (3, HIGHEST)
    assert found.changers[0].present == 1.0125


def test_line_drop_of_the_reverse_target_counts_only_with_a_forward_one(
    compiled: Callable[[str], Circuit],
) -> None:
    line = (
        "transformer=one winding=2 reversible=yes revvreg=119 revband=4 revR=5 revX=6 rev_z=7 revthreshold=30"
    )
    plain, both, magnitude = (
        controls(compiled, f"New RegControl.r {line} {more}").regulators[0].reversal
        for more in ("", "R=1", "LDC_Z=2")
    )
    assert plain is not None
    assert both is not None
    assert magnitude is not None
    assert plain.target == Target(119.0, 4.0)
    assert plain.threshold_w == 30e3
    assert both.target == Target(119.0, 4.0, 5.0, 6.0)
    assert magnitude.target == Target(119.0, 4.0, drop_z=7.0)


def test_controls_of_one_winding_share_its_tap_changer(compiled: Callable[[str], Circuit]) -> None:
    lines = [f"New RegControl.r{k} transformer=one winding=2 vreg=12{k}" for k in (0, 1)]
    found = controls(compiled, *lines)
    assert [one.changer for one in found.regulators] == [0, 0]
    assert len(found.tapped) == 1


def test_a_capacitor_control_carries_its_settings(compiled: Callable[[str], Circuit]) -> None:
    line = (
        "New CapControl.c capacitor=bank element=transformer.three terminal=2 type=kvar ptratio=20 ctratio=50"
    )
    more = "onsetting=200 offsetting=-100 delay=30 delayoff=40 deadtime=60 voltoverride=yes vmin=110 vmax=130"
    found = controls(compiled, f"{line} {more} ptphase=avg ctphase=max")
    (control,), (bank,) = found.capacitors, found.banks
    assert (bank.name, bank.size, bank.steps, bank.closed) == ("Capacitor.bank", 1, 1, True)
    assert control.kind is CapacitorKind.KVAR
    assert (control.on, control.off, control.pt_ratio, control.ct_ratio) == (200.0, -100.0, 20.0, 50.0)
    assert (control.on_delay_s, control.off_delay_s, control.dead_s) == (30.0, 40.0, 60.0)
    assert (control.phase, control.current_phase) == (MEAN, HIGHEST)
    assert control.override is not None
    assert (control.override.lowest, control.override.highest) == (110.0, 130.0)
    assert len(control.override.pairs) == 3


def test_leading_power_factors_lie_between_one_and_two(compiled: Callable[[str], Circuit]) -> None:
    line = "New CapControl.c capacitor=bank element=transformer.three terminal=2 type=pf"
    (control,) = controls(compiled, f"{line} onsetting=0.92 offsetting=-0.97 pctminkvar=40").capacitors
    assert (control.on, control.off) == (0.92, pytest.approx(1.03))
    assert (control.first_kvar, control.further_kvar) == (120.0, 150.0)


def test_controls_are_asked_in_the_order_of_the_model(compiled: Callable[[str], Circuit]) -> None:
    found = controls(
        compiled,
        "New CapControl.c capacitor=bank element=transformer.three terminal=2 type=voltage",
        "New RegControl.r transformer=one winding=2",
        "New Fuse.f monitoredobj=line.l",
    )
    assert found.order == (1, 0)
    assert [name.lower() for name in found.held] == ["fuse.f"]
    assert len(found) == 2


def test_disabled_controls_are_not_there(compiled: Callable[[str], Circuit]) -> None:
    assert len(controls(compiled, "New RegControl.r transformer=one winding=2 enabled=no")) == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("New RegControl.x transformer=three winding=2 bus=d.1 ptphase=2", "another phase"),
        ("New RegControl.x transformer=three winding=1 bus=d.1", "delta winding"),
        ("New CapControl.x capacitor=bank element=load.l type=kvar", "Load.l is not among the lines"),
        ("New StorageController.x element=line.l", "not followed"),
    ],
)
def test_what_cannot_be_followed_is_named_with_the_reason(
    compiled: Callable[[str], Circuit], line: str, reason: str
) -> None:
    storage = "New Storage.s bus1=d.1 phases=1 kv=7.2 kwrated=1" if "Storage" in line else ""
    (missing,) = controls(compiled, storage, line).uncovered
    assert missing.element.lower().endswith(".x")
    assert reason in missing.reason


def test_reading_leaves_taps_and_steps_where_they_were(compiled: Callable[[str], Circuit]) -> None:
    """The matrices of the branch table, read before, are those at the model's taps and steps."""
    circuit = compiled(
        HEAD
        + "New RegControl.r transformer=three winding=2\n"
        + "New CapControl.c capacitor=bank element=transformer.three terminal=2 type=voltage\n"
    )
    assert circuit.controls is not None
    assert circuit.batch is not None
    (tapped,), (switched,) = circuit.controls.tapped, circuit.controls.switched
    network = circuit.batch.network
    assert abs(tapped.matrix([1.0125]) - block_of(network, tapped.branch)).max() < 1e-9
    assert abs(switched.matrix(1, closed=True) - block_of(network, switched.branch)).max() == 0.0
    assert [bank.steps for bank in circuit.controls.banks] == [1]


def test_controls_travel_with_the_circuit(compiled: Callable[[str], Circuit]) -> None:
    circuit = compiled(HEAD + "New RegControl.r transformer=one winding=2\n")
    again = pickle.loads(pickle.dumps(circuit))  # noqa: S301
    assert again.controls.regulators == circuit.controls.regulators  # type: ignore[union-attr]
