"""The package `fuzzing`, and services to attack."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fuzzing.campaign import Campaign

    from hcr.service.database_url import DatabaseUrl


def _make_known() -> None:
    """Import the package beside this file: the folder of the tests is on no search path."""
    folder = Path(__file__).with_name("fuzzing")
    spec = importlib.util.spec_from_file_location(
        "fuzzing", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzzing"] = module
    spec.loader.exec_module(module)


_make_known()


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Campaign]":
    """A service in a process of its own that nothing was sent to yet."""
    from fuzzing.campaign import campaign

    with campaign(tmp_path_factory.mktemp("attacked")) as made:
        yield made


@pytest.fixture
def attacked_on_postgresql(tmp_path: Path, new_database: "Callable[[], DatabaseUrl]") -> "Iterator[Campaign]":
    """The same with its ledger in PostgreSQL."""
    from fuzzing.campaign import campaign

    with campaign(tmp_path, new_database()) as made:
        yield made
