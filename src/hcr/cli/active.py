"""All packages that are not done, looked at together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hcr.cli.watch import Patience, Standing, Watched, Watcher
from hcr.errors import NotFoundError

if TYPE_CHECKING:
    from hcr.cli.session import Session
    from hcr.client.answers import WorkPackage
    from hcr.client.api import HostingCapacityApi


@dataclass(frozen=True, slots=True)
class ActivePackages:
    """The packages that were active when the service was asked."""

    packages: tuple["WorkPackage", ...]

    @classmethod
    def look(cls, api: "HostingCapacityApi") -> "ActivePackages":
        """Return the active packages; one that ends in between is left out."""
        found = []
        for package_id in api.active_work_packages():
            try:
                found.append(api.work_package(package_id))
            except NotFoundError:
                continue
        return cls(tuple(found))

    @property
    def is_final(self) -> bool:
        """True when nothing is active."""
        return not self.packages

    def standing(self) -> Standing:
        """Return how they stand, all in one line."""
        totals = [package.totals for package in self.packages if package.totals]
        done, total = sum(one.finished for one in totals), sum(one.total for one in totals)
        names = ", ".join(f"{one.name or one.id} {one.status.lower()}" for one in self.packages)
        text = (
            f"{len(self.packages)} active: {names}; {done} of {total} models done" if names else "none active"
        )
        return Standing(text, done, total)


def follow_active(session: "Session", api: "HostingCapacityApi", patience: Patience) -> ActivePackages:
    """Return what is active at the end, which is nothing."""
    watched = Watched(
        "some work package",
        lambda: ActivePackages.look(api),
        ActivePackages.standing,
        session.command("work-package progress --poll"),
    )
    return Watcher(session, patience).follow(watched)
