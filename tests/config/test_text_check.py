"""Texts that cannot be meant, and those that look like it but can."""

import pytest

from hcr.config.text_check import doubt, number_doubt, python_member
from hcr.contract.enums import HcFeederScenarioAllocationStrategy, HcSolveMode


@pytest.mark.parametrize(
    "text",
    [
        "None",
        "<FEEDER_MRID_1>",
        "<load id>",
        " <x> ",
        "Feeder Mrid",
        "Another Feeder Mrid",
        "...",
        "changeme",
    ],
)
def test_doubtful_texts(text: str) -> None:
    assert doubt(text) is not None


@pytest.mark.parametrize(
    "text", ["none", "feeder-1", "(?P<name>x)", "a<b", "<>", "", "base", "Feeder Mrid 7"]
)
def test_texts_without_doubt(text: str) -> None:
    assert doubt(text) is None


@pytest.mark.parametrize("text", ["20.0. 100.0. 150.0", "1 2", "-1.5 2."])
def test_several_numbers_in_one_text(text: str) -> None:
    assert number_doubt(text) is not None


@pytest.mark.parametrize("text", ["20.0", "abc", "", "1, 2", "x 1"])
def test_texts_that_are_something_else(text: str) -> None:
    assert number_doubt(text) is None


def test_python_names_of_members() -> None:
    strategy = HcFeederScenarioAllocationStrategy
    assert python_member("FeederScenarioAllocationStrategy.ADDITIVE", strategy) == "ADDITIVE"
    assert python_member("FeederScenarioAllocationStrategy.OTHER", strategy) is None
    assert python_member("ADDITIVE", strategy) is None
    assert python_member("Any.YEARLY", HcSolveMode) == "YEARLY"
