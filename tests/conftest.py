"""Public networks that tests compare with; a test that needs one skips where it is not there."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def i2x_models() -> Path:
    """Return the folder of the network models in PyPI's `i2x` wheel; the package itself is never imported."""
    found = importlib.util.find_spec("i2x")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the wheel i2x, which carries the network models, is not installed")
    return Path(found.submodule_search_locations[0]) / "models"


@pytest.fixture(scope="session")
def shared_networks() -> Path:
    """Return the folder of networks with reference solutions that may lie beside the project."""
    folder = Path(__file__).parents[2] / "shared" / "networks"
    if not folder.is_dir():
        pytest.skip("the networks with reference solutions are not beside the project")
    return folder
