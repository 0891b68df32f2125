"""Public networks that tests compare with, and the fixtures of the modules beside this one.

A test that needs a network which is not there skips, and says so.
"""

import importlib.util
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

from hcr.network.importing import import_feeder
from hcr.network.library import Library

settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")


def _module(name: str) -> ModuleType:
    """Import a module beside this one under its own name: the folder of the tests is on no search path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_NAMES = (
    "stub_service",
    "oauth_authority",
    "postgresql_server",
    "interconnection_sample",
    "interconnection_feeder",
)
_SHARED = {name: _module(name) for name in _NAMES}


def pytest_configure(config: pytest.Config) -> None:
    """Make the fixtures of the modules beside this one known to all tests."""
    for name, module in _SHARED.items():
        config.pluginmanager.register(module, name)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Commands started meanwhile take Ctrl-C, even where it is ignored for this run.

    A shell has jobs in the background ignore Ctrl-C, their children inherit that, and `hcr` keeps to it.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def i2x_models() -> Path:
    """Return the folder of the network models in PyPI's `i2x` wheel; the package itself is never imported."""
    found = importlib.util.find_spec("i2x")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the wheel i2x, which carries the network models, is not installed")
    return Path(found.submodule_search_locations[0]) / "models"


@pytest.fixture(scope="session")
def radial(i2x_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the entry file of a public network, imported: as written, it spoils the engine's memory."""
    folder = tmp_path_factory.mktemp("radial")
    library = Library(folder, folder / "cache")
    import_feeder(library, i2x_models / "radial" / "HCABase.dss", "radial")
    return library.open("radial").master


@pytest.fixture(scope="session")
def shared_networks() -> Path:
    """Return the folder of networks with reference solutions that may lie beside the project."""
    folder = Path(__file__).parents[2] / "shared" / "networks"
    if not folder.is_dir():
        pytest.skip("the networks with reference solutions are not beside the project")
    return folder


@pytest.fixture
def uninstalled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make a library missing to whatever is imported next, and have `modules` of ours imported anew.

    After the test both `sys.modules` and the packages' own attributes are as they were: a package that was
    imported anew would otherwise stay the attribute of its parent, beside the old one in `sys.modules`.
    """

    def forget(library: str, *modules: str) -> None:
        for name in [name for name in sys.modules if name.startswith(modules)]:
            parent, _, child = name.rpartition(".")
            if hasattr(sys.modules[parent], child):
                monkeypatch.setattr(sys.modules[parent], child, getattr(sys.modules[parent], child))
        for name in [name for name in sys.modules if name.startswith(modules)]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, library, None)

    return forget
