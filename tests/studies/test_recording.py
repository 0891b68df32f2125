from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from hcr.errors import NotConvergedError
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.library import Library
from hcr.studies.case import Case, build_case
from hcr.studies.engine_choice import BATCH, OPENDSS, EngineChoice
from hcr.studies.recording import options_of, record, solutions
from hcr.studies.task import LoadTime, ModelSettings, Override, SolveSettings, Task

NOON = datetime(2025, 1, 15, 12)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("library")
    made = Library(root, root / "cache")
    with made.adding("street") as folder:
        generate_feeder(FeederRecipe("street", customers=8, seed=3), folder)
    return made


@pytest.fixture
def hopeless(library: Library) -> Case:
    """A case whose second entry has no solution: 1 GW a customer, constant power down to 0.01 pu."""
    feeder = library.open("street")
    heavy = tuple(Override(one.load_id, load_w=(1e3, 1e9)) for one in feeder.customers)
    model = ModelSettings(load_model=1, load_v_min_pu=0.01)
    return build_case(feeder, Task("street", "base", 2030, LoadTime(NOON, None, heavy), model=model))


@pytest.fixture
def hours(library: Library) -> Case:
    return build_case(
        library.open("street"), Task("street", "base", 2030, LoadTime(NOON, NOON + timedelta(hours=3)))
    )


def test_the_batch_engine_names_feeder_time_and_node(hopeless: Case):
    with pytest.raises(NotConvergedError) as failure:
        list(solutions(hopeless, EngineChoice(BATCH)))
    what, _, node = failure.value.what.partition(", node ")
    assert what == "feeder street: the power flow did not converge at 2030-01-15 12:00"
    assert node in hopeless.circuit.nodes.names
    assert failure.value.lane == 1
    assert failure.value.why == "no solution within 100 iterations"
    assert "maxIter" in failure.value.remedy


def test_opendss_names_feeder_and_time(hopeless: Case):
    with pytest.raises(NotConvergedError) as failure:
        list(solutions(hopeless, EngineChoice(OPENDSS)))
    assert failure.value.what == "feeder street: the power flow did not converge at 2030-01-15 12:00"
    assert failure.value.lane == 1
    assert failure.value.why


def test_a_power_that_is_no_number_is_named(hours: Case):
    broken = hours.injections.power_w.copy()
    broken[0, 2] = np.nan
    case = replace(hours, injections=replace(hours.injections, power_w=broken))
    with pytest.raises(NotConvergedError, match=r"2030-01-15 13:30, node .*: the power of .* is not"):
        record(case, EngineChoice(BATCH))


def test_both_engines_record_the_same(hours: Case):
    batch, opendss = (record(hours, EngineChoice(engine)) for engine in (BATCH, OPENDSS))
    assert batch.choice.engine == BATCH
    for ours, theirs in zip(batch.series, opendss.series, strict=True):
        for name in ("mean_pu", "max_pu", "min_pu"):
            np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=0, atol=1e-6)
        np.testing.assert_allclose(ours.power_kw, theirs.power_kw, rtol=1e-6, atol=1e-6)


def test_settings_reach_the_engine(hours: Case):
    settings = SolveSettings(mode="daily", max_iterations=7, max_control_iterations=9)
    case = replace(hours, task=replace(hours.task, solve=settings))
    options = options_of(case, EngineChoice(BATCH))
    assert (options.mode, options.max_iterations, options.max_control_iterations) == ("daily", 7, 9)
    assert (options.engine, options.controls) == (BATCH, True)
    assert options_of(case, EngineChoice(OPENDSS)).engine == OPENDSS
