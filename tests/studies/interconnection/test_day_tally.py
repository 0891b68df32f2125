"""What a day leaves behind, of voltages and currents written by hand for a circuit of three buses."""

from itertools import pairwise

import numpy as np
import pytest

from hcr.errors import ModelError
from hcr.powerflow.circuit import Circuit, ComplexArray, FloatArray, Model
from hcr.powerflow.lanes import Solution
from hcr.powerflow.opendss import compile_circuit
from hcr.studies.interconnection.day import DayResult
from hcr.studies.interconnection.day_tally import DayTally, unsolved
from hcr.studies.interconnection.feeder import rated_by_opendss

MODEL = """
New Circuit.tally basekv=11 bus1=src
New Line.near bus1=src bus2=mid r1=1 x1=1 normamps=100 emergamps=200
New Line.unrated bus1=mid bus2=other r1=1 x1=1 normamps=0 emergamps=0
New Transformer.service buses=[mid lv] kvs=[11 0.4] kvas=[100 100]
Set voltagebases=[11 0.4]
Calcvoltagebases
"""


@pytest.fixture(scope="module")
def circuit(tmp_path_factory: pytest.TempPathFactory) -> Circuit:
    master = tmp_path_factory.mktemp("tally") / "Master.dss"
    master.write_text(MODEL, encoding="utf-8")
    return rated_by_opendss(compile_circuit(Model(master, (), "as written")))


def nominal(circuit: Circuit, steps: int) -> tuple[ComplexArray, ComplexArray]:
    """Return all voltages at nominal, all at the same angle, and no currents."""
    volts = np.repeat(circuit.nodes.base_v[:, None] + 0j, steps, axis=1)
    return volts, np.zeros((len(circuit.branches.elements.node), steps), complex)


def day(
    circuit: Circuit, volts: ComplexArray, amperes: ComplexArray, *, cuts: tuple[int, ...] = ()
) -> DayResult:
    """Return what a day of half hours comes to, told in blocks that end at some steps."""
    tally = DayTally(circuit, 0.5, buses=("MID", "lv"), reclosers=(("line.near", 2),))
    edges = (0, *cuts, volts.shape[1])
    for first, last in pairwise(edges):
        none = np.empty((0, last - first), complex)
        counts = np.ones(last - first, np.int64)
        tally.add(Solution(first, volts[:, first:last], amperes[:, first:last], none, counts))
    return tally.result()


def test_extremes_are_told_by_level_with_the_nodes_of_the_day(circuit: Circuit) -> None:
    volts, amperes = nominal(circuit, 3)
    names = circuit.nodes.names
    volts[names.index("mid.2"), 1] *= 0.94
    volts[names.index("src.3"), 2] *= 1.02
    volts[names.index("lv.1"), 0] *= 1.07
    found = day(circuit, volts, amperes)
    np.testing.assert_allclose(found.mv.lowest_pu, [1.0, 0.94, 1.0])
    np.testing.assert_allclose(found.mv.highest_pu, [1.0, 1.0, 1.02])
    assert (found.mv.lowest_at, found.mv.highest_at) == ("mid.2", "src.3")
    np.testing.assert_allclose(found.lv.highest_pu, [1.07, 1.0, 1.0])
    assert found.lv.highest_at == "lv.1"


def test_nodes_out_of_service_count_for_nothing(circuit: Circuit) -> None:
    volts, amperes = nominal(circuit, 2)
    volts[circuit.nodes.names.index("mid.1")] *= 0.0999
    found = day(circuit, volts, amperes)
    np.testing.assert_allclose(found.mv.lowest_pu, 1.0)


def test_a_level_that_is_dead_for_a_step_has_no_voltage_there(circuit: Circuit) -> None:
    volts, amperes = nominal(circuit, 2)
    volts[[name.startswith("lv.") for name in circuit.nodes.names], 1] = 0.0
    found = day(circuit, volts, amperes)
    np.testing.assert_allclose(found.lv.lowest_pu, [1.0, np.nan])
    np.testing.assert_allclose(found.lv.highest_pu, [1.0, np.nan])


def test_a_level_that_is_dead_all_day_has_nothing_to_judge(circuit: Circuit) -> None:
    volts, amperes = nominal(circuit, 2)
    volts[[circuit.nodes.base_v[at] < 1e3 for at in range(len(volts))]] = 0.0
    found = day(circuit, volts, amperes)
    assert (found.lv.lowest_pu.size, found.lv.highest_pu.size) == (0, 0)
    assert found.mv.lowest_pu.size == 2


def test_changes_are_those_of_the_mean_of_the_phases(circuit: Circuit) -> None:
    volts, amperes = nominal(circuit, 4)
    volts[circuit.nodes.names.index("mid.1"), 1] *= 1.03
    volts[[name.startswith("lv.") for name in circuit.nodes.names], 3] *= 0.98
    found = day(circuit, volts, amperes)
    assert found.monitored.buses == ("MID", "lv")
    np.testing.assert_allclose(found.monitored.change_percent, [1.0, 2.0])


def test_loadings_are_of_the_largest_phase_at_the_first_terminal(circuit: Circuit) -> None:
    volts, amperes = nominal(circuit, 3)
    table = circuit.branches.elements
    near = table.names.index("Line.near")
    first, second = table.conductors(near, 1), table.conductors(near, 2)
    amperes[first[1]] = [90.0, -120.0, 100.0]
    amperes[second[0]] = 500.0
    found = day(circuit, volts, amperes).loadings
    assert found.elements == ("Line.near", "Transformer.service")
    np.testing.assert_allclose(found.normal_percent, [120.0, 0.0])
    np.testing.assert_allclose(found.emergency_percent, [60.0, 0.0])
    np.testing.assert_allclose(found.hours_above_normal, [0.5, 0.0])


def test_power_through_a_recloser_is_that_into_its_metered_terminal(circuit: Circuit) -> None:
    volts, amperes = nominal(circuit, 2)
    table = circuit.branches.elements
    amperes[table.conductors(table.names.index("Line.near"), 2)[0]] = [10.0, 10.0j]
    found = day(circuit, volts, amperes)
    kv = 11.0 / np.sqrt(3.0)
    np.testing.assert_allclose(found.recloser_p_kw, [[10.0 * kv, 0.0]], atol=1e-9)
    np.testing.assert_allclose(found.recloser_q_kvar, [[0.0, -10.0 * kv]], atol=1e-9)


@pytest.mark.parametrize("cuts", [(1,), (3, 4), (1, 2, 3, 4, 5)])
def test_a_day_is_the_same_in_whatever_blocks_it_comes(circuit: Circuit, cuts: tuple[int, ...]) -> None:
    random = np.random.default_rng(4)
    volts, amperes = nominal(circuit, 6)
    volts *= 1.0 + 0.1 * random.standard_normal(volts.shape)
    amperes += 300.0 * random.standard_normal(amperes.shape)
    whole, parts = day(circuit, volts, amperes), day(circuit, volts, amperes, cuts=cuts)
    for one, other in zip(values(whole), values(parts), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (whole.mv.lowest_at, whole.lv.highest_at) == (parts.mv.lowest_at, parts.lv.highest_at)


def values(found: DayResult) -> list[FloatArray]:
    return [
        *(found.mv.lowest_pu, found.mv.highest_pu, found.lv.lowest_pu, found.lv.highest_pu),
        *(found.monitored.change_percent, found.loadings.normal_percent, found.loadings.hours_above_normal),
        *(found.recloser_p_kw, found.recloser_q_kvar),
    ]


def test_a_day_of_one_step_has_no_changes(circuit: Circuit) -> None:
    found = day(circuit, *nominal(circuit, 1))
    np.testing.assert_array_equal(found.monitored.change_percent, [0.0, 0.0])


def test_what_is_not_there_cannot_be_watched(circuit: Circuit) -> None:
    with pytest.raises(ModelError, match=r"bus nowhere of tally cannot be watched"):
        DayTally(circuit, 0.5, buses=("nowhere",), reclosers=())
    with pytest.raises(ModelError, match=r"terminal 3 of line\.near of tally cannot be watched"):
        DayTally(circuit, 0.5, buses=(), reclosers=(("line.near", 3),))


def test_a_day_without_a_solution_has_nothing_else() -> None:
    found = unsolved(0.5)
    assert not found.converged
    assert all(not part.size for part in values(found))
