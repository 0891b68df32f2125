"""A place with feeders in name only, requests for them, and a tiny feeder that can be solved."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.service.ledger import Ledger
from hcr.service.ledger_entry import NewPackage
from hcr.service.place import Place
from hcr.service.resolvers import Service


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A config directory whose library holds the feeders `north` and `south`; nothing opens them."""
    for mrid in ("north", "south"):
        folder = tmp_path / "feeders" / mrid
        folder.mkdir(parents=True)
        (folder / "recipe.yaml").write_text("customers: 5\nseed: 1\n")
    return Place(tmp_path)


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    opened = Ledger(place.ledger)
    yield opened
    opened.close()


@pytest.fixture
def service(place: Place) -> Iterator[Service]:
    """A service whose packages wait: nobody works on them."""
    opened = Service(place, lambda ledger, place: None)
    yield opened
    opened.close()


@pytest.fixture
def forecast() -> Callable[..., dict[str, object]]:
    """Return the wire form of a forecast over one day."""

    def make(*feeders: str, years: tuple[int, ...] = (2025,), **more: object) -> dict[str, object]:
        day = {"startTime": "2025-01-15T00:00:00", "endTime": "2025-01-16T00:00:00"}
        config = {"feeders": list(feeders), "scenarios": ["base"], "years": list(years), "timePeriod": day}
        return {"forecastConfig": config, **more}

    return make


@pytest.fixture
def package(forecast: Callable[..., dict[str, object]]) -> Callable[..., NewPackage]:
    """Return a package to be entered, with one task a feeder and year."""

    def make(
        package_id: str = "p1", *feeders: str, name: str = "", years: tuple[int, ...] = (2025,)
    ) -> NewPackage:
        named = feeders or ("north", "south")
        tasks = [(feeder, "base", year) for feeder in named for year in years]
        return NewPackage(package_id, name or package_id, "forecast", forecast(*named, years=years), tasks)

    return make


@pytest.fixture(scope="session")
def tiny_feeder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a feeder with 5 customers and a year of load data."""
    folder = tmp_path_factory.mktemp("library") / "tiny"
    folder.mkdir()
    generate_feeder(FeederRecipe(mrid="tiny", customers=5, seed=3), folder)
    return folder
