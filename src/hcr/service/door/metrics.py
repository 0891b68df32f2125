"""What Prometheus reads: requests by operation and outcome, their duration, packages and tasks by state.

Each application has a registry of its own, so that several in one process do not meet.
"""

import logging
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from hcr.contract.enums import WorkPackageState
from hcr.errors import LedgerError
from hcr.service.database import readers_of
from hcr.service.ledger_schema import tasks, work_packages
from hcr.service.states import TaskState

BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Bounds of the duration histogram [s]; public clients wait 5 s for an answer."""

log = logging.getLogger("hcr.service")


class Metrics:
    """Counts requests, and reads the ledger when somebody asks."""

    def __init__(self, engine: Engine) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "hcr_requests",
            "Requests answered, by operation and outcome",
            ["operation", "outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "hcr_request_duration_seconds",
            "Time from the request to the end of its answer",
            ["operation"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._registry.register(_Ledger(readers_of(engine)))

    def note(self, operation: str, outcome: str, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(operation, outcome).inc()
        self._seconds.labels(operation).observe(seconds)

    def text(self) -> bytes:
        """Return all metrics in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Ledger(Collector):
    def __init__(self, readers: Engine) -> None:
        self._readers = readers

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing: the ledger is not read before somebody asks."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return packages and tasks by state; where the ledger cannot be read, only that."""
        up = GaugeMetricFamily("hcr_ledger_up", "1 where the ledger can be read, else 0")
        try:
            counted = self._counted()
        except (LedgerError, SQLAlchemyError, OSError):
            log.exception("the ledger cannot be read for metrics")
            counted = []
        up.add_metric([], float(bool(counted)))
        return [up, *counted]

    def _counted(self) -> list[GaugeMetricFamily]:
        alive = work_packages.c.is_deleted.is_(False)
        packages = select(work_packages.c.status, func.count()).where(alive).group_by(work_packages.c.status)
        inside = tasks.join(work_packages, work_packages.c.id == tasks.c.package_id)
        of_tasks = (
            select(tasks.c.state, func.count()).select_from(inside).where(alive).group_by(tasks.c.state)
        )
        with self._readers.connect() as connection:
            by_status = {str(state): int(number) for state, number in connection.execute(packages)}
            by_state = {str(state): int(number) for state, number in connection.execute(of_tasks)}
        statuses, states = [one.value for one in WorkPackageState], [one.value for one in TaskState]
        return [
            _gauge("hcr_packages", "Work packages by state", statuses, by_status),
            _gauge("hcr_tasks", "Tasks (models) by state", states, by_state),
        ]


def _gauge(name: str, text: str, states: list[str], counted: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=["state"])
    for state, number in (dict.fromkeys(states, 0) | counted).items():
        family.add_metric([state], number)
    return family
