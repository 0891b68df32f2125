"""Streets whose truth is known: on paper, where a simulation is one multiplication, and generated ones."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.generate import generate_feeder
from hcr.network.library import Library
from hcr.network.meter_faults import MeterFaults
from hcr.network.tap_changer import NoTaps, TapChanger
from hcr.powerflow.circuit import FloatArray
from hcr.results.parquet import read_parquet, write_parquet
from hcr.studies.calibration.calibrate import Calibrated, calibrate
from hcr.studies.calibration.findings import Positions
from hcr.studies.calibration.metering import Metering, Taps, nominal_band
from hcr.studies.calibration.street import Street, read_street
from hcr.studies.task import CalibrationSettings, LoadTime, SolveSettings, Task

USUAL = tuple(1.0 - 0.025 * (position - 4) for position in range(1, 9))
NOMINAL_V = 240.0


def usual_tap(name: str) -> TapChanger:
    """Return a tap of the usual kind at its nominal position."""
    return TapChanger(f"Transformer.{name}", 1, True, USUAL, 1.0)


@dataclass(frozen=True)
class PaperStreet:
    """Meters on paper.

    Attributes
    ----------
    metering : what a method sees; truth : true position of each group; before : those of the model.
    shape_v : (customers, times) float, voltages that a simulation gives at the model's positions [V].
    """

    metering: Metering
    truth: Positions
    before: Positions
    shape_v: FloatArray

    def simulate(self, positions: Positions) -> FloatArray:
        """Return voltages at given positions: each tap multiplies those of its customers."""
        volts = self.shape_v.copy()
        for group, position in positions.items():
            tap = self.metering.taps[group]
            assert isinstance(tap, TapChanger)
            volts[self.metering.group == group] *= tap.gain(position)
        return volts


@pytest.fixture
def street() -> Callable[..., PaperStreet]:
    """Return a maker of paper streets."""

    def make(
        truth: tuple[int | None, ...],
        *,
        customers: int = 12,
        times: int = 24,
        level: float = 0.0,
        noise: float = 0.005,
        seed: int = 0,
    ) -> PaperStreet:
        """Return a street of so many customers a group; a truth of None is a transformer without taps."""
        rng = np.random.default_rng(seed)
        groups = len(truth)
        taps: tuple[Taps, ...] = tuple(
            NoTaps(f"Transformer.t{at}", "its model has no taps") if one is None else usual_tap(f"t{at}")
            for at, one in enumerate(truth)
        )
        group = np.repeat(np.arange(groups), customers)
        drop = rng.uniform(0.0, 0.05, (groups * customers, 1)) * rng.uniform(0.2, 1.0, (1, times))
        shape = NOMINAL_V * (1.0 - drop)
        known = {at: one for at, one in enumerate(truth) if one is not None}
        nominal = np.full(len(group), NOMINAL_V)
        plain = Metering(shape, nominal_band(nominal), group, taps, np.zeros(groups, int))
        paper = PaperStreet(plain, known, dict.fromkeys(known, 4), shape)
        read = paper.simulate(known) * np.exp(level) * (1.0 + noise * rng.standard_normal(shape.shape))
        return PaperStreet(
            Metering(read, nominal_band(nominal), group, taps, np.zeros(groups, int)),
            known,
            paper.before,
            shape,
        )

    return make


DAY = datetime(2025, 1, 1)
HOURS = tuple(DAY + timedelta(hours=hour) for hour in range(1, 25))
FOUR = HOURS[3:4]

TYPES = {"load_id": "VARCHAR", "time": "TIMESTAMP"}


@dataclass(frozen=True)
class Town:
    """A generated feeder of 100 customers and four transformers, with a day of readings, to be edited.

    Attributes
    ----------
    truth : true position of each transformer, by its full name.
    """

    library: Library
    results: Path
    truth: dict[str, int]

    @property
    def folder(self) -> Path:
        return self.library.root / "town"

    @property
    def customers(self) -> list[dict[str, str]]:
        """Return load id and transformer of each customer."""
        with (self.folder / "customers.csv").open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def edit(self, text: str) -> None:
        """Add commands to the end of the model."""
        with (self.folder / "model" / "Master.dss").open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    def change_readings(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Replace the load data by what a function makes of its columns."""
        path = self.folder / "load_data.parquet"
        columns = read_parquet(path)
        columns |= {
            name: np.ma.filled(values.astype(float), np.nan)
            for name, values in columns.items()
            if name not in TYPES
        }
        write_parquet(path, change(columns), TYPES)

    def silence(self, load_ids: set[str]) -> None:
        """Take away the voltages of some customers."""

        def without(columns: dict[str, Any]) -> dict[str, Any]:
            silent = np.isin(columns["load_id"].astype(str), list(load_ids))
            return columns | {"v_v": np.where(silent, np.nan, columns["v_v"])}

        self.change_readings(without)

    def task(
        self, method: str = "joint", times: tuple[datetime, ...] = HOURS, engine: str = "auto", **more: Any
    ) -> Task:
        return Task(
            *("town", "base", 2025, LoadTime(times[0], None)),
            solve=SolveSettings(engine=engine),
            calibration=CalibrationSettings("winter", times, method, given_taps="taps" in more),
            **more,
        )

    def street(self, task: Task | None = None) -> Street:
        return read_street(self.library.open("town"), task or self.task())

    def calibrate(self, task: Task | None = None) -> Calibrated:
        return calibrate(task or self.task(), self.library, self.results)

    def found(self, calibrated: Calibrated) -> dict[str, int | None]:
        """Return the positions found, by full name of the transformer."""
        taps = calibrated.street.metering.taps
        return {taps[tap.group].transformer: tap.found for tap in calibrated.findings.taps}  # type: ignore[union-attr]

    def table(self, name: str) -> dict[str, Any]:
        """Return a table that was written."""
        return read_parquet(next(self.results.rglob(f"*{name}*.parquet")))


@pytest.fixture(scope="session")
def generated_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated") / "town"
    folder.mkdir()
    generate_feeder(FeederRecipe("town", 100, 1, transformers=4, days=1, voltages=MeterFaults()), folder)
    return folder


@pytest.fixture
def town(generated_town: Path, tmp_path: Path) -> Town:
    """Return a copy that a test may edit."""
    shutil.copytree(generated_town, tmp_path / "feeders" / "town")
    truth = yaml.safe_load((generated_town / "truth.yaml").read_text(encoding="utf-8"))["tap_positions"]
    return Town(Library(tmp_path / "feeders", tmp_path / "cache"), tmp_path / "results", truth)
