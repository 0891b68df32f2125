"""The files of an export, and what OpenDSS makes of them."""

import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from dss import DSS

from hcr.network.feeder import Feeder, read_feeder
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.service.exported_model import write_model
from hcr.studies.case import Case, build_case
from hcr.studies.task import LoadTime, TapPosition, Task

NOON = LoadTime(datetime(2025, 1, 1, 12), None)
TAP = TapPosition("Transformer.t001", 1, 0.95, 6)


@pytest.fixture
def feeder(tmp_path: Path) -> Feeder:
    folder = tmp_path / "tiny"
    folder.mkdir()
    generate_feeder(FeederRecipe("tiny", 3, 1, days=1), folder)
    return read_feeder(folder)


def unpacked(case: Case, folder: Path) -> Path:
    folder.mkdir()
    write_model(folder / "model.zip", case, {})
    with zipfile.ZipFile(folder / "model.zip") as archive:
        archive.extractall(folder)
    return folder


def lv_volts(folder: Path) -> np.ndarray:
    """Return the voltages of the transformer's secondary, solved in OpenDSS [V]."""
    engine = DSS.NewContext()
    engine.AllowChangeDir = False
    engine.Text.Command = f'redirect "{folder / "Master.dss"}"'
    engine.ActiveCircuit.Solution.Solve()
    engine.ActiveCircuit.SetActiveBus("t001_lv")
    return np.array(engine.ActiveCircuit.ActiveBus.VMagAngle[:6:2])


def test_taps_are_among_the_edits(feeder: Feeder, tmp_path: Path) -> None:
    case = build_case(feeder, Task("tiny", "base", 2025, NOON, taps=(TAP,)))
    folder = unpacked(case, tmp_path / "moved")
    edits = (folder / "Edits.dss").read_text(encoding="utf-8").splitlines()
    assert 'edit "Transformer.t001" wdg=1 tap=0.95' in edits


def test_an_exported_model_has_the_voltages_of_its_taps(feeder: Feeder, tmp_path: Path) -> None:
    as_modelled, moved = (
        lv_volts(unpacked(build_case(feeder, Task("tiny", "base", 2025, NOON, taps=taps)), tmp_path / name))
        for name, taps in (("model", ()), ("moved", (TAP,)))
    )
    assert moved / as_modelled == pytest.approx(1 / 0.95, abs=2e-3)
