"""Where a service keeps its things: the feeder library, the ledger, the results."""

from dataclasses import dataclass
from pathlib import Path

from hcr.network.library import Library
from hcr.service.database_url import DatabaseUrl


@dataclass(frozen=True, slots=True)
class Place:
    """A config directory seen as the home of a service.

    DIR/feeders/<mrid>/          the feeder library
    DIR/.hcr/ledger.sqlite       packages and tasks, unless `database` names one that keeps them
    DIR/.hcr/results/<id>/       tables and manifest of a package
    DIR/.hcr/differences/<id>/   differences between two packages
    DIR/.hcr/exports/<number>/   models exported as OpenDSS files
    DIR/.hcr/feeders/<mrid>/     synthetic feeders, generated from their recipes
    DIR/.hcr/circuits/           circuits of feeders, compiled before
    DIR/.hcr/worker.log          what the worker process said
    DIR/.hcr/service.log         faults of the embedded service
    DIR/.hcr/tokens.json         hashes of the tokens that open the service
    DIR/.hcr/service.lock        held by a service that serves this directory
    DIR/.hcr/audit.log           who changed what through the service, and who was turned away
    """

    directory: Path
    database: DatabaseUrl | None = None

    @property
    def home(self) -> Path:
        """Return the folder that holds everything the service writes."""
        return self.directory / ".hcr"

    @property
    def ledger(self) -> Path | DatabaseUrl:
        """Return where the ledger is: its file, or its database."""
        return self.database or self.home / "ledger.sqlite"

    @property
    def worker_log(self) -> Path:
        """Return the path of the worker's log."""
        return self.home / "worker.log"

    @property
    def service_log(self) -> Path:
        """Return the path of the embedded service's log."""
        return self.home / "service.log"

    @property
    def tokens(self) -> Path:
        """Return the path of the tokens that open the service."""
        return self.home / "tokens.json"

    @property
    def audit_log(self) -> Path:
        """Return the path of the audit log."""
        return self.home / "audit.log"

    @property
    def library(self) -> Library:
        """Return the feeder library."""
        return Library(self.directory / "feeders", self.home / "feeders", self.home / "circuits")

    def results(self, package_id: str) -> Path:
        """Return the folder of a package's results."""
        return self.results_home / package_id

    @property
    def results_home(self) -> Path:
        """Return the folder with the results of all packages."""
        return self.home / "results"

    @property
    def removed(self) -> Path:
        """Return the folder of results that are being removed; on the same disk as they were."""
        return self.results_home / ".removed"

    @property
    def differences(self) -> Path:
        """Return the folder of the differences between packages."""
        return self.home / "differences"

    @property
    def exports(self) -> Path:
        """Return the folder of the OpenDSS exports."""
        return self.home / "exports"
