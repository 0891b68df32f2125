from pathlib import Path

import numpy as np
import pytest

from hcr.network.exports import export_edit, export_name
from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.synthetic_layout import draw_layout
from hcr.network.synthetic_model import write_model
from hcr.powerflow.circuit import Model
from hcr.powerflow.opendss import compile_circuit
from hcr.powerflow.opendss_names import quoted


def test_a_generator_stands_beside_its_load(tmp_path: Path) -> None:
    recipe = FeederRecipe("f", 5, 2)
    write_model(draw_layout(recipe, np.random.default_rng(2)), recipe, tmp_path)
    bare = compile_circuit(Model(tmp_path / "Master.dss", (), ""))

    edits = tuple(export_edit(bare, place, (0.7, 2.0)) for place in (0, 3))
    circuit = compile_circuit(Model(tmp_path / "Master.dss", edits, ""))

    names = circuit.injectors.elements.names
    assert [name.lower() for name in names[5:]] == [f"generator.{export_name(place)}" for place in (0, 3)]
    assert names[:5] == bare.injectors.elements.names
    for load, generator in ((0, 5), (3, 6)):
        assert circuit.injectors.connection(generator, circuit.nodes) == (
            circuit.injectors.connection(load, circuit.nodes)
        )
        assert circuit.injectors.rated_v[generator] == circuit.injectors.rated_v[load]
        assert circuit.injectors.phases[generator] == circuit.injectors.phases[load]


@pytest.mark.parametrize("bus", ["lv 1", "lv,1", "lv=1", "lv'1", 'lv"1'])
def test_a_generator_stands_at_a_bus_of_any_name(tmp_path: Path, bus: str) -> None:
    master = tmp_path / "Master.dss"
    load = f"new load.l bus1={quoted(f'{bus}.2.0')} phases=1 kv=0.24 kw=1"
    master.write_text(f"clear\nnew circuit.c bus1={quoted(bus)} basekv=0.415\n{load}\n", encoding="utf-8")
    bare = compile_circuit(Model(master, (), ""))

    circuit = compile_circuit(Model(master, (export_edit(bare, 0, (0.7, 2.0)),), ""))

    assert circuit.injectors.elements.buses[1] == (bus,)
    assert circuit.injectors.connection(1, circuit.nodes) == f"{bus}.2.0"
