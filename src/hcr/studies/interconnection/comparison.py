"""What the buses of a queue can take alone, and within each sequence (interconnection method, part 1c)."""

from collections.abc import Sequence

from hcr.studies.interconnection.judge import Judge
from hcr.studies.interconnection.queue import Queue
from hcr.studies.interconnection.sequence import Course, Site, recalculated, whole_kw
from hcr.studies.interconnection.settings import StudySettings
from hcr.studies.interconnection.study_result import Compared, StudyUnit


class Comparison:
    """Compares one sequence after another; in which order buses are evaluated depends on those before."""

    def __init__(self, judge: Judge, settings: StudySettings) -> None:
        self._judge, self._settings = judge, settings
        self._listing: tuple[Site, ...] = ()

    def of(self, course: Course, upgraded: Course, units: Sequence[StudyUnit]) -> tuple[Compared, ...]:
        """Return what the queue's buses can take in a sequence before its violation, and after upgrades.

        Parameters
        ----------
        course : the sequence up to its violation; upgraded : the same with upgrades; units : the queue.
        """
        sites = tuple(dict.fromkeys((unit.kind, unit.bus) for unit in units))
        self._listing = _listed(course, self._listing or sites[::-1])
        last = course.rounds[-1]
        before = course.queue if last.passed else course.queue.rewound(course.queue.round - 1)
        within, _ = recalculated(
            before, course.draws, _open_sites(course, self._listing), self._judge, self._settings
        )
        after = None
        if upgraded.rounds[-1].upgrades:
            after, _ = recalculated(upgraded.queue, course.draws, sites, self._judge, self._settings)
        return tuple(_compared(course, within, after, site) for site in sites)


def _compared(course: Course, within: Queue, after: Queue | None, site: Site) -> Compared:
    kind, bus = site
    alone = course.queue.capacity(kind, bus, at_round=0)
    upgraded = after.capacity(kind, bus) if after else None
    return Compared(
        bus,
        kind,
        alone.size.kw if alone else 0.0,
        whole_kw(within, site),
        upgraded.size.kw if upgraded else None,
    )


def _open_sites(course: Course, listing: Sequence[Site]) -> tuple[Site, ...]:
    """Return the sites that are evaluated again: that of the violating unit, and those without a unit yet."""
    connected_units = course.queue.units[: len(course.rounds)]
    last = connected_units[-1]
    trigger = [(last.kind, last.bus)] if course.violated else []
    reached = {(unit.kind, unit.bus) for unit in connected_units}
    return (*trigger, *(site for site in listing if site not in reached))


def _listed(course: Course, listing: Sequence[Site]) -> tuple[Site, ...]:
    """Return the sites in the order in which they are evaluated: that of the violating unit first.

    The order stays for the sequences that follow, as in the published study.
    """
    last = course.queue.units[len(course.rounds) - 1]
    site = last.kind, last.bus
    return (site, *(one for one in listing if one != site)) if course.violated else tuple(listing)
