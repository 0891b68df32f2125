"""Load shapes as the engine itself follows them, step by step."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dss import DSS

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit
from hcr.powerflow.opendss import model_shapes

MODEL = """
clear
new circuit.s basekv=0.4 bus1=src r1=1e-6 x1=1e-6 r0=1e-6 x0=1e-6
new loadshape.hourly npts=3 interval=1 mult=[0.5 1 0.25]
new loadshape.minutes npts=4 minterval=15 mult=[1 2 3 4]
new loadshape.points npts=4 interval=0 hour=[0 1 1.5 3] mult=[0 1 0.5 2]
new loadshape.one npts=1 interval=1 mult=[0.7]
new load.a bus1=src kv=0.4 kw=10 pf=1 daily=hourly
"""


@pytest.mark.parametrize("name", ["hourly", "minutes", "points", "one"])
def test_a_shape_is_what_a_load_follows(name: str, compiled: Callable[[str], Circuit], tmp_path: Path):
    circuit = compiled(MODEL)
    engine = DSS.NewContext()
    engine.AllowChangeDir = False
    engine.Text.Command = f'compile "{tmp_path / "Master.dss"}"'
    engine.Text.Command = f"edit load.a daily={name}"
    engine.Text.Command = "set mode=daily number=1 stepsize=300s controlmode=off"
    drawn = []
    for _ in range(30):
        engine.ActiveCircuit.Solution.Solve()
        engine.ActiveCircuit.SetActiveElement("load.a")
        drawn.append(engine.ActiveCircuit.ActiveCktElement.TotalPowers[0] / 10)
    hours = np.arange(1, 31) / 12
    found = model_shapes(circuit.model, [name])[name].at(hours)
    np.testing.assert_allclose(found, drawn, atol=1e-4)


def test_a_shape_that_is_not_there_is_refused_with_those_that_are(compiled: Callable[[str], Circuit]):
    with pytest.raises(ModelError, match=r"no load shape 'sun'.*hourly, minutes, points, one"):
        model_shapes(compiled(MODEL).model, ["sun"])
