"""What keeps a circuit from the batch engine, on small models."""

from collections.abc import Callable

import numpy as np
import pytest

from hcr.powerflow.circuit import Circuit
from hcr.powerflow.coverage import SHOWN, protection_held, sentence, uncovered_elements
from hcr.powerflow.lanes import Injections
from hcr.powerflow.passive import Uncovered

MODEL = """
New Circuit.feeder basekv=11 bus1=source
New Loadshape.day npts=2 interval=12 mult=[0.5 1]
New Line.cable bus1=source bus2=end length=2 units=km
{elements}
Set voltagebases=[11]
Calcvoltagebases
{settings}
"""


@pytest.fixture
def feeder(compiled: Callable[[str], Circuit]) -> Callable[..., Circuit]:
    def make(*elements: str, settings: str = "") -> Circuit:
        return compiled(MODEL.format(elements="\n".join(elements), settings=settings))

    return make


def reasons(circuit: Circuit, *given: str, mode: str = "yearly") -> list[str]:
    zero = np.zeros((len(given), 1))
    lane = Injections(np.array([1.0]), given, zero, zero, 1.0)
    return [str(one) for one in uncovered_elements(circuit, lane, mode=mode)]


def test_plain_loads_are_covered(feeder: Callable[..., Circuit]) -> None:
    assert reasons(feeder("New Load.a bus1=end kv=11 kw=5")) == []
    assert reasons(feeder("New Load.a bus1=end kv=11 kw=5"), "Load.a") == []


def test_a_load_model_that_the_engine_lacks_is_named(feeder: Callable[..., Circuit]) -> None:
    (reason,) = reasons(feeder("New Load.a bus1=end kv=11 kw=5 model=3"), "Load.a")
    assert reason.lower() == "load.a: load model 3"


def test_an_element_that_follows_a_shape_is_named_unless_it_is_given(feeder: Callable[..., Circuit]) -> None:
    circuit = feeder(
        "New Load.a bus1=end kv=11 kw=5 yearly=day",
        "New Load.b bus1=end kv=11 kw=5",
        "New Load.c bus1=end kv=11",
    )
    (reason,) = reasons(circuit, "load.B")
    assert reason.lower() == "load.a: it follows the load shape day"
    assert reasons(circuit, "load.a") == []


def test_the_mode_chooses_the_shape(feeder: Callable[..., Circuit]) -> None:
    circuit = feeder("New Load.a bus1=end kv=11 kw=5 yearly=day")
    assert len(reasons(circuit, mode="yearly")) == 1
    assert reasons(circuit, mode="daily") == []
    assert reasons(circuit, mode="snapshot") == []


def test_a_circuit_that_was_not_read_for_the_engine_is_named_whole(feeder: Callable[..., Circuit]) -> None:
    from dataclasses import replace

    bare = replace(feeder("New Load.a bus1=end kv=11 kw=5"), batch=None)
    assert reasons(bare) == ["feeder: it was not compiled for the batch engine"]


REGULATED = "New Transformer.reg windings=2 buses=(source mid) kvs=(11 11) kvas=(5000 5000)"


def test_regulators_are_covered(feeder: Callable[..., Circuit]) -> None:
    control = "New RegControl.reg transformer=reg winding=2 vreg=105 band=2 ptratio=60"
    assert reasons(feeder(REGULATED, control)) == []


def test_a_control_that_the_engine_does_not_follow_is_named(feeder: Callable[..., Circuit]) -> None:
    circuit = feeder(
        "New Generator.g bus1=end kv=11 kw=5", "New GenDispatcher.gd element=line.cable genlist=[g]"
    )
    (reason,) = reasons(circuit, "Generator.g")
    assert reason.lower().startswith("gendispatcher.gd: ")


def test_protection_stays_as_it_is(feeder: Callable[..., Circuit]) -> None:
    circuit = feeder("New Fuse.f monitoredobj=line.cable fusecurve=klink ratedcurrent=65")
    assert reasons(circuit) == []
    assert [name.lower() for name in protection_held(circuit)] == ["fuse.f"]
    assert protection_held(feeder(REGULATED)) == ()


def test_a_sentence_names_a_few_and_counts_the_rest() -> None:
    many = [Uncovered(f"Load.{at}", "load model 3") for at in range(SHOWN + 2)]
    assert sentence(many[:1]) == "Load.0: load model 3"
    assert sentence(many).endswith("Load.2: load model 3; and 2 more")
    assert sentence(()) == ""
