"""Packages that build on each other: an intervention names the package that it starts from."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select

from hcr.service.ledger import Ledger
from hcr.service.ledger_reading import reading
from hcr.service.ledger_schema import work_packages


def parent_id(request: Mapping[str, Any]) -> str | None:
    """Return the package that a request builds on, or None."""
    parent = (request.get("intervention") or {}).get("parentWorkPackageId")
    return parent if isinstance(parent, str) else None


def ancestors(ledger: Ledger, package: Row[Any]) -> list[Row[Any]]:
    """Return the packages that a package builds on, the nearest first; deleted ones end the line."""
    found: list[Row[Any]] = []
    seen = {package.id}
    above = parent_id(json.loads(package.request))
    while above is not None and above not in seen:
        row = ledger.package(above)
        if row is None:
            break
        seen.add(above)
        found.append(row)
        above = parent_id(json.loads(row.request))
    return found


def children(ledger: Ledger, package_id: str) -> list[Row[Any]]:
    """Return the packages that build on a package, in the order of submission."""
    columns = work_packages.c
    query = (
        select(work_packages)
        .where(columns.is_deleted.is_(False), columns.request.contains(package_id, autoescape=True))
        .order_by(columns.number)
    )
    with reading(ledger) as connection:
        rows = list(connection.execute(query))
    return [row for row in rows if parent_id(json.loads(row.request)) == package_id]
