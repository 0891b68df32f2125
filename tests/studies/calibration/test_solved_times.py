"""Times of a case in either engine: those without a solution are left out, and the other engine is asked."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hcr.errors import NotConvergedError
from hcr.studies.calibration.simulation import Simulation
from hcr.studies.calibration.solved_times import SolvedTimes, solve_times
from hcr.studies.calibration.street import changers
from hcr.studies.case import Case
from hcr.studies.engine_choice import EngineChoice

BATCH, OPENDSS = EngineChoice("batch"), EngineChoice("opendss")


def solved(town: Any, engine: str = "auto") -> tuple[SolvedTimes, np.ndarray]:
    """Return a street of a day solved, and the places of its customers."""
    street = town.street(town.task(engine=engine))
    simulation = Simulation(street)
    simulation({group: tap.position for group, tap in changers(street).items()})
    assert simulation.last is not None
    return simulation.last, street.customers.places


def with_heavy_draws(case: Case) -> Case:
    """Return a case whose loads the batch engine takes for ones that no network carries."""
    assert case.circuit.batch is not None
    draws = case.circuit.batch.draws
    heavy = replace(draws, share=draws.share * 1e5, low_v=draws.low_v * 1e-3, min_v=draws.min_v * 1e-3)
    return replace(case, circuit=replace(case.circuit, batch=replace(case.circuit.batch, draws=heavy)))


def overload(town: Any, *hours: int) -> None:
    """Have customers with complete readings draw more than the network carries at some of the 24 hours."""
    all_hours = np.array(town.task().calibration.times, "datetime64[us]")

    def heavier(columns: dict[str, Any]) -> dict[str, Any]:
        names, times = columns["load_id"].astype(str), columns["time"]
        counts = Counter(names[np.isin(times, all_hours)].tolist())
        complete = np.isin(names, [name for name, count in counts.items() if count == len(all_hours)])
        at = complete & np.isin(times, all_hours[list(hours)])
        return columns | {"import_w": np.where(at, 9e6, columns["import_w"])}

    town.change_readings(heavier)
    town.edit("batchedit load..* vminpu=0.01")


def test_opendss_solves_where_only_the_batch_engine_gives_up(town: Any) -> None:
    good, places = solved(town)

    other = solve_times(with_heavy_draws(good.case), BATCH, places)

    assert (other.choice.engine, other.failed) == ("opendss", ())
    error = "feeder town: the power flow did not converge at 2025-01-01 01:00"
    why = f"the batch engine: it has no solution where OpenDSS has one ({error})"
    assert [str(one) for one in other.choice.missing] == [why]
    np.testing.assert_allclose(other.volts, good.volts, rtol=1e-4)


def test_the_batch_engine_alone_gives_up_where_it_was_asked_for(town: Any) -> None:
    good, places = solved(town, "batch")
    with pytest.raises(NotConvergedError, match="town: the power flow did not converge at any time"):
        solve_times(with_heavy_draws(good.case), BATCH, places)


@pytest.mark.parametrize(("asked", "engine"), [("auto", "batch"), ("opendss", "opendss")])
def test_times_that_no_engine_solves_are_left_out(town: Any, asked: str, engine: str) -> None:
    overload(town, 4, 9)
    left, _ = solved(town, asked)
    assert (left.choice.engine, left.failed) == (engine, (4, 9))
    silent = np.isnan(left.volts).all(axis=0)
    assert np.flatnonzero(silent).tolist() == [4, 9]
    assert not np.isnan(left.volts[:, ~silent]).any()


def test_opendss_is_not_asked_for_ever(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hcr.studies.calibration.solved_times.PATIENCE", 2)
    overload(town, 4, 9)
    with pytest.raises(NotConvergedError, match="did not converge at 2 times"):
        solved(town, "opendss")
