"""The controls of a circuit that move taps and capacitor steps while a year is walked through.

A control looks at voltages, currents or powers of one element and moves one tap changer or one capacitor
bank. Settings are those of OpenDSS's RegControl and CapControl; voltages are in volts of the control's own
circuit, behind its voltage transformer, as the devices are set in the field.
"""

from dataclasses import dataclass

from hcr.powerflow.control_kinds import CapacitorKind
from hcr.powerflow.passive import Uncovered
from hcr.powerflow.switched import BankBlock, TappedBlock


@dataclass(frozen=True, slots=True)
class TapChanger:
    """A transformer winding whose tap a control moves.

    Attributes
    ----------
    name : transformer and winding, such as `Transformer.reg1.2`.
    lowest, highest, present : taps [pu]; `present` is where the model has it.
    steps : number of steps between the lowest and the highest tap.
    """

    name: str
    lowest: float
    highest: float
    steps: int
    present: float

    @property
    def increment(self) -> float:
        """Return one step [pu]."""
        return (self.highest - self.lowest) / self.steps if self.steps else 0.0


@dataclass(frozen=True, slots=True)
class Bank:
    """A capacitor bank that a control switches.

    Attributes
    ----------
    name : such as `Capacitor.c83`.
    size : number of steps; steps : those in service, from the first; closed : whether the bank is connected.
        A bank can be connected with no step in service.
    """

    name: str
    size: int
    steps: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Target:
    """What a regulator aims at, volts at the control.

    Attributes
    ----------
    volts : middle of the band; band : its whole width [V].
    drop_r, drop_x : line drop compensation, volts at the rated current of the current transformer [V].
    drop_z : the same by magnitudes alone [V]; where it is not 0, the other two are not used.
    """

    volts: float
    band: float
    drop_r: float = 0.0
    drop_x: float = 0.0
    drop_z: float = 0.0


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a regulator does when power flows the other way.

    Attributes
    ----------
    target : what it aims at then.
    threshold_w : power beyond which it turns [W]; delay_s : how long it waits before [s].
    neutral : it moves to tap 1 instead, `neutral_delay_s` later [s].
    cogeneration : it goes on looking forward, with the other target.
    """

    target: Target
    threshold_w: float
    delay_s: float
    neutral: bool = False
    neutral_delay_s: float = 2.0
    cogeneration: bool = False


@dataclass(frozen=True, slots=True)
class RegControl:
    """A voltage regulator.

    Attributes
    ----------
    name : such as `RegControl.creg1a`.
    changer : tap changer that it moves.
    pairs : nodes across which it measures, one pair for each phase; `GROUND` for the reference.
    phase : pair it goes by, from 1, or `HIGHEST` or `LOWEST` of all.
    limited : nodes of its own whose voltage `limit` bounds when remote; limit : highest voltage [V], 0 for
        none.
    terminal : conductors of the branch table at the winding it looks at, the phases first.
    pt_ratio : volts of the network to a volt of the control; measured_ratio : the same for `pairs`, which
        may be on another bus; ct_primary : rated current of the current transformer [A].
    base_v : rated voltage of a phase of the winding [V].
    target, reversal : what it aims at; None where it does not mind the direction.
    remote : it measures another bus than its own, without line drop compensation.
    backwards : the tap moves against the voltage: it is on another winding than the one measured.
    delay_s : from leaving the band to the first move [s]; inverse : shorter the further out.
    most_steps : most steps in one move; 0 blocks the regulator.
    """

    name: str
    changer: int
    pairs: tuple[tuple[int, int], ...]
    phase: int
    limited: tuple[int, int]
    limit: float
    terminal: tuple[int, ...]
    pt_ratio: float
    measured_ratio: float
    ct_primary: float
    base_v: float
    target: Target
    reversal: Reversal | None
    remote: bool
    backwards: bool
    delay_s: float
    inverse: bool
    most_steps: int


@dataclass(frozen=True, slots=True)
class VoltageOverride:
    """Voltages at which a bank switches whatever its control says, volts at the control.

    `pairs` are the nodes across which it measures.
    """

    lowest: float
    highest: float
    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CapControl:
    """A control of a capacitor bank.

    Attributes
    ----------
    name : such as `CapControl.c1`.
    bank : bank that it switches; kind : what it goes by.
    terminal : conductors of the branch table at the terminal that it watches.
    pairs : nodes across which it measures voltage; phase : `SINGLE`, or `MEAN`, `HIGHEST`, `LOWEST` of all.
    currents : conductors of the branch table whose currents it measures; current_phase : as `phase`.
    pt_ratio, ct_ratio : volts and amperes of the network to one of the control.
    on, off : settings at which a step is switched on and off: volts, amperes, kvar, hours of the day, or
        power factor, where 1 to 2 stand for leading ones.
    on_delay_s, off_delay_s : [s]; dead_s : shortest time between opening and closing [s].
    first_kvar, further_kvar : reactive power below which a power-factor control does not switch on the first
        step, or a further one [kvar].
    """

    name: str
    bank: int
    kind: CapacitorKind
    terminal: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    phase: int
    currents: tuple[int, ...]
    current_phase: int
    pt_ratio: float
    ct_ratio: float
    on: float
    off: float
    on_delay_s: float
    off_delay_s: float
    dead_s: float
    override: VoltageOverride | None = None
    first_kvar: float = 0.0
    further_kvar: float = 0.0


@dataclass(frozen=True, slots=True)
class Controls:
    """The controls of a circuit.

    Attributes
    ----------
    changers, banks : what they move.
    regulators, capacitors : the controls, in the engine's order of each class.
    order : in which the engine asks them: numbers of `regulators`, then of `capacitors` after them.
    tapped, switched : primitive matrices of the branches whose taps and steps move.
    held : protection and switches, which are taken to stay as the model has them.
    uncovered : controls that the batch engine does not follow, with the reasons.
    """

    changers: tuple[TapChanger, ...] = ()
    banks: tuple[Bank, ...] = ()
    regulators: tuple[RegControl, ...] = ()
    capacitors: tuple[CapControl, ...] = ()
    order: tuple[int, ...] = ()
    tapped: tuple[TappedBlock, ...] = ()
    switched: tuple[BankBlock, ...] = ()
    held: tuple[str, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()

    def __len__(self) -> int:
        return len(self.order)
