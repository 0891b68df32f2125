"""Rows of the tables of an interconnection study, as records: for files, for the report and for people."""

from collections.abc import Callable, Iterable, Iterator

from hcr.studies.interconnection.metrics import Margin
from hcr.studies.interconnection.resource import Size
from hcr.studies.interconnection.study_result import (
    BusCapacity,
    MapBus,
    SequenceResult,
    StudyResult,
    StudyRound,
    StudyUnit,
)

Record = dict[str, object]


def records_of(result: StudyResult) -> dict[str, list[Record]]:
    """Return the rows of every table of a study, by the table's name without `interconnection_`."""
    return {name: list(rows(result)) for name, rows in _ROWS.items()}


def trigger_cost_usd(sequence: SequenceResult) -> float:
    """Return what the upgrades cost that a sequence's first violating unit triggered [USD]."""
    return float(sum(one.cost_usd for one in sequence.rounds if one.unit == sequence.trigger))


def deciding(violations: tuple[Margin, ...]) -> Margin | None:
    """Return the limit that is exceeded most, relative to its bound; the first of equals."""
    return max(violations, key=_excess, default=None)


def _excess(margin: Margin) -> float:
    return -margin.margin / abs(margin.bound) if margin.bound else -margin.margin


def _summary(result: StudyResult) -> Iterator[Record]:
    yield {
        "engine": result.engine,
        "buses": len(result.buses),
        "candidates": len(result.candidates),
        "monitors": len(result.monitors),
        "islands": len(result.islands),
        "units": len(result.units),
        "queue_kw": float(sum(unit.size.kw for unit in result.units)),
        "sequences": len(result.sequences),
        "scenario_days": result.scenario_days,
        "warnings": len(result.warnings),
    }


def _base_margins(result: StudyResult) -> Iterator[Record]:
    for one in result.base:
        yield {**_margin(one), "passed": one.passed}


def _hosting_capacity(result: StudyResult) -> Iterator[Record]:
    places = {bus.name: bus for bus in result.buses}
    for one in result.independent:
        yield {**_capacity(one), **_place(places.get(one.bus))}


def _capacity(one: BusCapacity) -> Record:
    worst = deciding(one.violations)
    return {
        "bus": one.bus,
        "kind": one.kind.value,
        **_size(one.size),
        "passing_kw": one.search.passing_kw,
        "failing_kw": one.search.failing_kw,
        "end": one.search.end.value,
        "limit": worst.metric.value if worst else None,
        "element": worst.element if worst else None,
        "value": worst.value if worst else None,
        "bound": worst.bound if worst else None,
        "measured_in": worst.unit if worst else None,
        "limits": len(one.violations),
        "start_kw": one.start_kw,
        "trials": one.search.trials,
    }


def _place(bus: MapBus | None) -> Record:
    if bus is None:
        return dict.fromkeys(("kv", "phases", "x", "y"))
    return {"kv": bus.kv, "phases": bus.phases, "x": bus.x, "y": bus.y}


def _units(result: StudyResult) -> Iterator[Record]:
    for unit in result.units:
        known = {"unit": unit.number, "name": unit.name, "bus": unit.bus, "kind": unit.kind.value}
        yield {**known, **_size(unit.size)}


def _sequences(result: StudyResult) -> Iterator[Record]:
    units = {unit.number: unit for unit in result.units}
    for one in result.sequences:
        cost = trigger_cost_usd(one)
        trigger = units.get(one.trigger) if one.trigger is not None else None
        kw = trigger.size.kw if trigger else None
        yield {
            "sequence": one.index,
            "order": ",".join(str(number) for number in one.order),
            "trigger": one.trigger,
            "trigger_bus": trigger.bus if trigger else None,
            "trigger_kw": kw,
            "installed_kw": one.installed_kw,
            "trigger_cost_usd": cost,
            "cost_usd": float(one.cost_usd),
            "usd_per_trigger_kw": cost / kw if kw else None,
            "usd_per_installed_kw": cost / one.installed_kw if trigger and one.installed_kw else None,
            "ended": one.ended,
        }


def all_rounds(result: StudyResult) -> Iterator[tuple[int | None, StudyRound]]:
    """Yield every round with the unit that had left the queue: those of sequences, then of withdrawals."""
    for sequence in result.sequences:
        yield from ((None, one) for one in sequence.rounds)
    for withdrawn in result.withdrawals:
        yield from ((withdrawn.unit, one) for one in withdrawn.rounds)


def _rounds(result: StudyResult) -> Iterator[Record]:
    buses = {unit.number: unit.bus for unit in result.units}
    for withdrawn, one in all_rounds(result):
        yield {
            "withdrawn": withdrawn,
            "sequence": one.sequence,
            "round": one.round,
            "unit": one.unit,
            "bus": buses.get(one.unit),
            "asked_kw": one.asked_kw,
            "installed_kw": one.installed_kw,
            "left_kw": one.left_kw,
            "passed": one.passed,
            "violations": len(one.violations),
            "upgrades": len(one.upgrades),
            "cost_usd": float(one.cost_usd),
            "cleared": one.cleared,
            "note": one.note,
        }


def _violations(result: StudyResult) -> Iterator[Record]:
    nowhere: Record = dict.fromkeys(("withdrawn", "sequence", "round", "bus"))
    for margin in result.base:
        if not margin.passed:
            yield {"found_in": "base", **nowhere, **_margin(margin)}
    for capacity in result.independent:
        place = {**nowhere, "bus": capacity.bus}
        yield from ({"found_in": "hosting_capacity", **place, **_margin(one)} for one in capacity.violations)
    buses = {unit.number: unit.bus for unit in result.units}
    for withdrawn, one in all_rounds(result):
        when = {"withdrawn": withdrawn, "sequence": one.sequence, "round": one.round}
        place = {**when, "bus": buses.get(one.unit)}
        yield from ({"found_in": "round", **place, **_margin(margin)} for margin in one.violations)


def _upgrades(result: StudyResult) -> Iterator[Record]:
    for withdrawn, one in all_rounds(result):
        for made in one.upgrades:
            yield {
                "withdrawn": withdrawn,
                "sequence": one.sequence,
                "round": one.round,
                "unit": one.unit,
                "kind": made.kind.value,
                "element": made.element,
                "old": made.old,
                "new": made.new,
                "measured_in": made.unit,
                "length_ft": made.length_ft,
                "cost_usd": made.cost_usd,
                "edits": "; ".join(made.edits),
            }


def _comparison(result: StudyResult) -> Iterator[Record]:
    for sequence in result.sequences:
        for one in sequence.comparison:
            yield {
                "sequence": sequence.index,
                "bus": one.bus,
                "kind": one.kind.value,
                "independent_kw": one.independent_kw,
                "sequence_kw": one.sequence_kw,
                "upgraded_kw": one.upgraded_kw,
            }


def _payments(result: StudyResult) -> Iterator[Record]:
    kw = {unit.number: unit.size.kw for unit in result.units}
    for one in result.payments:
        yield {
            "sequence": one.sequence,
            "rule": one.rule,
            "unit": one.unit,
            "cost_usd": one.cost_usd,
            "share": one.share,
            "standard_error_usd": one.standard_error_usd,
            "usd_per_kw": one.cost_usd / kw[one.unit] if kw.get(one.unit) else None,
            "note": one.note,
        }


def _gains(result: StudyResult) -> Iterator[Record]:
    units: dict[int, StudyUnit] = {unit.number: unit for unit in result.units}
    for one in result.gains:
        gain = one.gain
        yield {
            "unit": one.unit,
            "bus": units[one.unit].bus if one.unit in units else None,
            "kw": gain.kw,
            "before_kw": gain.before_kw,
            "after_kw": gain.after_kw,
            "gain_kw": gain.after_kw - gain.before_kw,
        }


def _withdrawals(result: StudyResult) -> Iterator[Record]:
    for one in result.withdrawals:
        before = dict(one.before_usd)
        for unit, after in one.after_usd:
            known = {"withdrawn": one.unit, "unit": unit, "before_usd": before.get(unit), "after_usd": after}
            yield {**known, "change_usd": after - before[unit] if unit in before else None}


def _margin(one: Margin) -> Record:
    return {
        "limit": one.metric.value,
        "element": one.element,
        "value": one.value,
        "bound": one.bound,
        "margin": one.margin,
        "tolerance": one.tolerance,
        "measured_in": one.unit,
    }


def _size(size: Size) -> Record:
    return {"kw": size.kw, "kva": size.kva, "kwh": size.kwh}


_ROWS: dict[str, Callable[[StudyResult], Iterable[Record]]] = {
    "summary": _summary,
    "base_margins": _base_margins,
    "hosting_capacity": _hosting_capacity,
    "units": _units,
    "sequences": _sequences,
    "rounds": _rounds,
    "violations": _violations,
    "upgrades": _upgrades,
    "comparison": _comparison,
    "payments": _payments,
    "gains": _gains,
    "withdrawals": _withdrawals,
}
