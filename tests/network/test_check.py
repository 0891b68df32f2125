from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hcr.network.check import Finding, check_feeder
from hcr.network.feeder import read_feeder
from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.generate import generate_feeder
from hcr.results.parquet import write_parquet

BASES = "Set voltagebases=[11]\nCalcvoltagebases\n"
MODEL = """New Circuit.x basekv=11 bus1=src
New Line.l1 bus1=src bus2=b length=1
New Line.l2 bus1=b bus2=c length=1 c1=0 c0=0
New Load.a bus1=c kv=11 kw=10 kvar=1
"""
Checked = Callable[..., list[Finding]]


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Return a function that makes a feeder of a model and gives its findings; `a` has load data."""

    def check(model: str, *, customers: str = "a,Load.a\n", head: str = "") -> list[Finding]:
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "Master.dss").write_text(model, encoding="utf-8")
        (tmp_path / "customers.csv").write_text(f"load_id,element\n{customers}", encoding="utf-8")
        (tmp_path / "feeder.yaml").write_text(f"mrid: x\n{head}", encoding="utf-8")
        zero = np.zeros(1)
        stamp = np.array(["2025-01-01T00:30"], "datetime64[us]")
        channels = dict.fromkeys(("import_w", "import_var", "export_w", "export_var"), zero)
        write_parquet(tmp_path / "load_data.parquet", {"load_id": np.array(["a"]), "time": stamp} | channels)
        return check_feeder(read_feeder(tmp_path))

    return check


def only(findings: list[Finding]) -> tuple[str, str, str]:
    (one,) = findings
    return one.severity, one.code, one.message


def test_a_sound_model_has_no_findings(checked: Checked) -> None:
    assert checked(MODEL + BASES) == []


def test_a_generated_feeder_has_no_findings(tmp_path: Path) -> None:
    generate_feeder(FeederRecipe("syn", customers=20, seed=3), tmp_path / "syn")
    assert check_feeder(read_feeder(tmp_path / "syn")) == []


def test_an_isolated_bus_is_found(checked: Checked) -> None:
    severity, code, message = only(checked(MODEL + "New Line.l3 bus1=far bus2=away length=1\n" + BASES))
    assert (severity, code) == ("warning", "isolated_buses")
    assert "far, away" in message


def test_missing_voltage_bases_are_an_error(checked: Checked) -> None:
    severity, code, message = only(checked(MODEL))
    assert (severity, code) == ("error", "missing_voltage_bases")
    assert message.startswith("3 buses")


def test_a_dead_phase_is_found(checked: Checked) -> None:
    found = checked(MODEL.replace("kw=10", "kw=1 phases=1 bus1=c.1 kv=6.35") + BASES + "open line.l2 1 3\n")
    codes = {one.code: one.message for one in found}
    assert "dead_nodes" in codes
    assert "c.3" in codes["dead_nodes"]


@pytest.mark.parametrize("kv", ["0.4", "6.35", "12.5"])
def test_a_mistyped_load_voltage_is_found(checked: Checked, kv: str) -> None:
    severity, code, message = only(checked(MODEL.replace("kv=11 kw", f"kv={kv} kw") + BASES))
    assert (severity, code) == ("warning", "load_voltage")
    assert "load.a" in message


def test_customers_without_data_and_data_without_customer_are_found(checked: Checked) -> None:
    found = checked(MODEL + BASES, customers="other,Load.a\n")
    assert [(one.severity, one.code) for one in found] == [
        ("warning", "no_load_data"),
        ("warning", "stray_load_data"),
    ]


def test_a_customer_whose_element_is_not_in_the_model_is_an_error(checked: Checked) -> None:
    severity, code, message = only(checked(MODEL + BASES, customers="a,Load.z\n"))
    assert (severity, code) == ("error", "unknown_elements")
    assert "Load.z" in message


def test_a_head_that_is_not_in_the_model_is_an_error(checked: Checked) -> None:
    assert only(checked(MODEL + BASES, head="head: Line.nowhere\n"))[:2] == ("error", "unknown_head")


def test_a_model_that_the_engine_refuses_is_a_finding(checked: Checked) -> None:
    severity, code, message = only(checked(MODEL + "New Lod.x\n"))
    assert (severity, code) == ("error", "model")
    assert "Lod" in message


def test_a_model_without_a_solution_is_a_finding(checked: Checked) -> None:
    found = checked(MODEL.replace("kw=10", "kw=1e7 vminpu=0.001 vlowpu=0.0001") + BASES)
    assert only(found)[:2] == ("error", "not_converged")


def test_rewrites_are_told_last(checked: Checked) -> None:
    found = checked(MODEL, head="rewrites: ['x.dss:1: took out y']\n")
    assert [one.severity for one in found] == ["error", "info"]


def test_long_lists_are_cut_short(checked: Checked) -> None:
    lines = "".join(f"New Line.x{n} bus1=f{n} bus2=g{n} length=1\n" for n in range(5))
    assert "and 5 more" in only(checked(MODEL + lines + BASES))[2]
