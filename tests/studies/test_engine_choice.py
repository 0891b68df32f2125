from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hcr.errors import ModelError
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.library import Library
from hcr.studies.case import Case, build_case
from hcr.studies.engine_choice import AUTO, BATCH, OPENDSS, EngineChoice, choose_engine
from hcr.studies.task import LoadTime, SolveSettings, Task

NOON = datetime(2025, 1, 15, 12)
REGULATOR = "New RegControl.reg transformer=t001 winding=2 vreg=125 band=2 ptratio=2\n"
FUSE = "New Fuse.f monitoredobj=transformer.t001 fusecurve=klink ratedcurrent=6500\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The feeders `plain`; `odd`, which has a load of model 3; `regulated`; and `fused`."""
    root = tmp_path_factory.mktemp("library")
    made = Library(root, root / "cache")
    for mrid in ("plain", "odd", "regulated", "fused"):
        with made.adding(mrid) as folder:
            generate_feeder(FeederRecipe(mrid, customers=6, seed=3), folder)
            loads = folder / "model" / "Loads.dss"
            if mrid == "odd":
                loads.write_text(loads.read_text().replace("Model=1", "Model=3", 1))
            if mrid == "regulated":
                loads.write_text(loads.read_text() + REGULATOR)
            if mrid == "fused":
                loads.write_text(loads.read_text() + FUSE)
    return made


def case_of(library: Library, mrid: str, engine: str) -> Case:
    task = Task(
        mrid, "base", 2030, LoadTime(NOON, NOON + timedelta(hours=2)), solve=SolveSettings(engine=engine)
    )
    return build_case(library.open(mrid), task)


def test_the_batch_engine_is_taken_where_it_covers_the_feeder(library: Library) -> None:
    for engine in (AUTO, BATCH):
        choice = choose_engine(case_of(library, "plain", engine))
        assert choice == EngineChoice(BATCH)
        assert choice.warnings("plain") == ()


@pytest.mark.parametrize("mrid", ["plain", "odd", "regulated"])
def test_opendss_is_taken_when_it_is_asked_for(library: Library, mrid: str) -> None:
    choice = choose_engine(case_of(library, mrid, OPENDSS))
    assert choice == EngineChoice(OPENDSS)
    assert choice.warnings(mrid) == ()


def test_an_unknown_load_model_leads_to_opendss_and_is_named(library: Library) -> None:
    choice = choose_engine(case_of(library, "odd", AUTO))
    assert choice.engine == OPENDSS
    (warning,) = choice.warnings("odd")
    assert warning.lower() == "odd: solved in opendss, because of load.c0001: load model 3"


def test_the_batch_engine_refuses_what_it_does_not_cover(library: Library) -> None:
    with pytest.raises(ModelError) as refusal:
        choose_engine(case_of(library, "odd", BATCH))
    assert refusal.value.what == "feeder odd: the batch engine does not cover 1 elements"
    assert refusal.value.why.lower() == "load.c0001: load model 3"
    assert "--engine opendss" in refusal.value.remedy


def test_a_regulator_is_followed(library: Library) -> None:
    for engine in (AUTO, BATCH):
        assert choose_engine(case_of(library, "regulated", engine)) == EngineChoice(BATCH)


def test_protection_that_stays_as_it_is_is_told(library: Library) -> None:
    choice = choose_engine(case_of(library, "fused", AUTO))
    assert choice.engine == BATCH
    assert [name.lower() for name in choice.held] == ["fuse.f"]
    assert choice.warnings("fused") == (
        "fused: 1 fuses, relays and switch controls stay as the model has them",
    )
    assert choose_engine(case_of(library, "fused", OPENDSS)).warnings("fused") == ()


def test_a_customer_that_follows_a_shape_of_the_model_leads_to_opendss(
    library: Library, tmp_path: Path
) -> None:
    own = Library(tmp_path, tmp_path / "cache")
    with own.adding("shaped") as folder:
        generate_feeder(FeederRecipe("shaped", customers=4, seed=3), folder)
        (folder / "load_data.parquet").unlink()  # all customers keep what the model states
        loads = folder / "model" / "Loads.dss"
        loads.write_text(loads.read_text().replace("Model=1", "Model=1 yearly=default", 1))
    choice = choose_engine(case_of(own, "shaped", AUTO))
    assert [one.reason for one in choice.missing] == ["it follows the load shape default"]
    daily = replace(case_of(own, "shaped", AUTO).task.solve, mode="snapshot")
    case = case_of(own, "shaped", AUTO)
    assert choose_engine(replace(case, task=replace(case.task, solve=daily))).engine == BATCH
