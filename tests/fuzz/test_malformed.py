"""Malformed requests over a socket: each is answered or its connection closed, and nothing breaks or leaks.

The whole suite is `pytest -m fuzz`; a slice of it, from another seed, always runs.
"""

import json
import re
import sys
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from fuzzing import envelopes, framing, routes
from fuzzing.corpus import Valid, corpus, schema
from fuzzing.judge import code
from fuzzing.values import swept
from fuzzing.wire import Attack, bearer, request

if TYPE_CHECKING:
    from fuzzing.campaign import Campaign

SEED, SEED_OF_SLICE = 20260101, 7

COUNTS = {"framing": 2500, "envelopes": 5000, "paths": 1500, "callers": 1000}
SLICES = {"framing": 40, "envelopes": 120, "paths": 60, "callers": 60}

SLOW = frozenset({"verifyWorkPackage"})
"""What takes a process each time."""

MOST_GROWTH_MB = 300.0
"""Memory that the service may gain [MB]: what the largest requests take for a moment stays with it."""

CONCERNING_PACKAGES = frozenset(
    {"getWorkPackageById", "getWorkPackages", "getWorkPackageTree", "runWorkPackage", "cancelWorkPackage"}
    | {"deleteWorkPackage", "editWorkPackage", "retryWorkPackage", "getDurationCurves"}
    | {"generateNetworkPerformanceDiff"}
)
"""Operations that put what callers send into statements of SQL."""

KEPT = re.compile(
    r"ledger\.sqlite(-wal|-shm)?|tokens\.json|\.tokens\.json\.lock|audit\.log|worker\.log|service\.log"
    r"|results/done-package/tables/zone_summary\.parquet|exports/(lock|[0-9]+/request\.json)"
)
"""All files that may lie below `.hcr`; nobody solves packages here, so that no difference can be made."""


def attacks(family: str, seed: int, attacked: "Campaign") -> Iterator[Attack]:
    """Yield attacks of a family without end, the same ones for the same seed."""
    random, token = Random(f"{family} {seed}"), attacked.token("write")
    valid = [one for one in corpus() if seed != SEED_OF_SLICE or one.operation not in SLOW]
    make: dict[str, Callable[[], Attack]] = {
        "framing": lambda: framing.attack(random, token),
        "envelopes": lambda: envelopes.attack(random, token, valid),
        "paths": lambda: routes.path_attack(random, token),
        "callers": lambda: routes.caller_attack(random, attacked.told),
    }
    while True:
        yield make[family]()


def sweep(attacked: "Campaign", operations: Collection[str] = ()) -> Iterator[Attack]:
    """Yield valid requests with each text and number exchanged for each odd one."""
    for valid in {one.operation: one for one in corpus()}.values():  # the smaller ones
        if valid.operation in operations if operations else valid.operation not in SLOW:
            yield from (_asking(attacked, valid, one) for one in swept(valid.variables))


def _asking(attacked: "Campaign", valid: Valid, variables: object) -> Attack:
    body = json.dumps({"query": valid.query, "variables": variables}).encode()
    return Attack(f"sweep of {valid.operation}", request(body=body, headers=bearer(attacked.token("write"))))


def test_the_corpus_has_each_operation_and_asks_nothing_unknown(attacked: "Campaign") -> None:
    whole = schema()
    assert whole.query_type is not None
    assert whole.mutation_type is not None
    assert {one.operation for one in corpus()} == {*whole.query_type.fields, *whole.mutation_type.fields}
    for valid in corpus():
        errors = attacked.ask(valid.query, valid.variables).get("errors", [])
        assert [error for error in errors if code(error) in ("invalid", "internal", "too_large")] == [], valid


@pytest.mark.parametrize("family", SLICES)
def test_some_malformed_requests(attacked: "Campaign", family: str) -> None:
    attacked.attack(islice(attacks(family, SEED_OF_SLICE, attacked), SLICES[family]))
    assert_nothing_found(attacked)


def test_nothing_is_left_behind_by_a_few(attacked: "Campaign") -> None:
    assert_nothing_left_behind(attacked)


@pytest.mark.fuzz
def test_ten_thousand_malformed_requests(attacked: "Campaign", capsys: pytest.CaptureFixture[str]) -> None:
    attacked.attack(islice(attacks("envelopes", SEED_OF_SLICE, attacked), 300))  # what stays in memory anyway
    before, told = attacked.memory_mb(), []
    for family, count in COUNTS.items():
        attacked.attack(islice(attacks(family, SEED, attacked), count))
        told.append(f"{family} {count}: {attacked.memory_mb():.0f} MB, slowest {attacked.slowest}")
    attacked.attack(sweep(attacked))
    after = attacked.memory_mb()
    told.append(
        f"sent {attacked.sent}, memory {before:.0f} to {after:.0f} MB, {sorted(attacked.statuses.items())}"
    )
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *told, ""]))
    assert_nothing_found(attacked)
    assert_nothing_left_behind(attacked)
    assert attacked.sent >= 10_000
    assert after - before < MOST_GROWTH_MB


@pytest.mark.fuzz
def test_a_ledger_in_postgresql_takes_the_same(attacked_on_postgresql: "Campaign") -> None:
    attacked_on_postgresql.attack(islice(attacks("envelopes", SEED + 1, attacked_on_postgresql), 1000))
    attacked_on_postgresql.attack(sweep(attacked_on_postgresql, CONCERNING_PACKAGES))
    assert_nothing_found(attacked_on_postgresql)


def assert_nothing_found(attacked: "Campaign") -> None:
    assert attacked.found == [], "\n".join(attacked.found)
    log = attacked.log.read_text()
    assert "Task exception was never retrieved" not in log
    assert "Exception in" not in log, log[log.index("Exception in") :][:2000]
    assert " ERROR " not in log, log[log.index(" ERROR ") :][:2000]


def assert_nothing_left_behind(attacked: "Campaign") -> None:
    """Nothing lies in or beside the directory but what valid requests made."""
    home = attacked.directory / ".hcr"
    files = [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()]
    assert [file for file in files if not KEPT.fullmatch(file)] == []
    assert sorted(path.name for path in attacked.directory.iterdir()) == [".hcr", "feeders"]
    assert sorted(path.name for path in attacked.directory.parent.iterdir()) == ["service.log", "site"]
    assert _below(attacked.directory / "feeders") == ["north/recipe.yaml", "south/recipe.yaml"]
    models = attacked.ask("{ pagedOpenDssModels(limit: 1) { totalCount } }")["data"]["pagedOpenDssModels"]
    assert models["totalCount"] == sum(file.endswith("/request.json") for file in files)


def _below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
