"""`hcr DIR feeder …`: the feeder library of this config directory."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hcr.cli.output import Output, output_options
from hcr.cli.session import Session, embedded_extra
from hcr.cli.voltage_options import voltage_options
from hcr.errors import FeederError

if TYPE_CHECKING:
    from hcr.network.check import Finding
    from hcr.network.feeder import Feeder
    from hcr.network.library import Library
    from hcr.network.meter_faults import MeterFaults


@click.group()
def feeder() -> None:
    """The feeder library: OpenDSS models with their customers and load data."""


@feeder.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--mrid", required=True, help="mRID under which studies name the feeder.")
@click.option(
    "--load-data", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Parquet or CSV file."
)
@click.option(
    "--customers", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A customers.csv."
)
@click.option(
    "--head", help="Element at which the feeder is metered, such as Line.l1; the source if not given."
)
@click.option(
    "--utc-offset", default="+00:00", show_default=True, help="Local standard time of the load data."
)
@click.option("--replace", is_flag=True, help="Take the place of a feeder with this mRID.")
@click.pass_obj
def import_(
    session: Session,
    *,
    path: Path,
    mrid: str,
    load_data: Path | None,
    customers: Path | None,
    head: str | None,
    utc_offset: str,
    replace: bool,
) -> None:
    """Copy an OpenDSS model into the library: its entry file, or a folder with Master.dss.

    Your files stay as they are. Spellings that the engine refuses are rewritten in the copy, and listed.
    """
    with embedded_extra("the feeder library"):
        from hcr.network.importing import ImportOptions, import_feeder

    options = ImportOptions(load_data, customers, head, utc_offset, replace)
    imported = import_feeder(_library(session), path, mrid, options)
    click.echo(mrid)
    session.say(f"Imported {imported.files} files with {imported.customers} customers as feeder {mrid!r}.")
    _say(session, imported.findings)


@feeder.command()
@click.option("--mrid", required=True, help="mRID under which studies name the feeder.")
@click.option("--customers", type=int, required=True, help="How many customers.")
@click.option("--seed", type=int, required=True, help="Same seed, same feeder.")
@click.option("--mv-kv", type=float, default=22.0, show_default=True, help="Medium voltage: 11 or 22 kV.")
@click.option("--year", type=int, default=2025, show_default=True, help="Year of the load data.")
@click.option("--pv-share", type=float, default=0.35, show_default=True, help="Share of customers with PV.")
@click.option("--transformers", type=int, help="How many transformers; what the customers need if not given.")
@click.option(
    "--days", type=int, default=365, show_default=True, help="Days of load data, from 1 January on."
)
@voltage_options
@click.option("--replace", is_flag=True, help="Take the place of a feeder with this mRID.")
@click.pass_obj
def generate(
    session: Session,
    *,
    mrid: str,
    customers: int,
    seed: int,
    mv_kv: float,
    year: int,
    pv_share: float,
    transformers: int | None,
    days: int,
    voltages: "MeterFaults | None",
    replace: bool,
) -> None:
    """Build a synthetic feeder of the Australian kind, with a year of half-hourly load and PV.

    With --voltages also what meters at the customers read, with hidden taps, source level and wrong meters;
    truth.yaml in the feeder's folder tells all of them.
    """
    with embedded_extra("the feeder library"):
        from hcr.network.generate import FeederRecipe, generate_feeder

    recipe = FeederRecipe(
        mrid=mrid,
        customers=customers,
        seed=seed,
        mv_kv=mv_kv,
        year=year,
        pv_share=pv_share,
        transformers=transformers,
        days=days,
        voltages=voltages,
    )
    recipe.check()
    with _library(session).adding(mrid, replace=replace) as folder:
        generate_feeder(recipe, folder)
    click.echo(mrid)
    session.say(f"Generated feeder {mrid!r} with {customers} customers.")


@feeder.command("list")
@output_options
@click.pass_obj
def list_feeders(session: Session, *, output: Output) -> None:
    """List the feeders of the library."""
    library = _library(session)
    columns = ("mrid", "origin", "customers", "load_data")
    output.many([_listed(library, mrid) for mrid in library.mrids()], columns)


@feeder.command()
@click.argument("mrid")
@output_options
@click.pass_obj
def show(session: Session, *, mrid: str, output: Output) -> None:
    """Show what the library knows of a feeder."""
    output.one(_shown(_library(session).open(mrid)))


@feeder.command()
@click.argument("mrids", metavar="[MRID]…", nargs=-1)
@click.pass_obj
def check(session: Session, *, mrids: tuple[str, ...]) -> None:
    """Name what is wrong with feeders, all of them if none is named; exit code 2 where studies would fail."""
    library = _library(session)
    broken = []
    for mrid in mrids or library.mrids():
        findings = _findings(library, mrid)
        worst = [one for one in findings if one.severity == "error"]
        broken += [mrid] if worst else []
        click.echo(f"{mrid}: {len(worst)} errors, {len(findings) - len(worst)} other findings")
        for finding in findings:
            click.echo(f"  {finding}")
    if broken:
        raise FeederError(
            f"{len(broken)} feeders cannot be studied as they are: {', '.join(broken)}",
            remedy="Mend what is listed as an error above, and import the feeder again.",
        )


def _findings(library: "Library", mrid: str) -> "list[Finding]":
    """Return what is wrong with a feeder; that its files are broken is a finding like others."""
    from hcr.network.check import Finding, check_feeder

    try:
        return check_feeder(library.open(mrid))
    except FeederError as error:
        return [Finding("error", "feeder", str(error), error.remedy)]


def _library(session: Session) -> "Library":
    with embedded_extra("the feeder library"):
        from hcr.service.place import Place

    return Place(session.directory).library


def _listed(library: "Library", mrid: str) -> dict[str, object]:
    """Return a feeder's line; a broken one is listed as such, a recipe is not generated for a list."""
    if library.is_recipe(mrid):
        return {"mrid": mrid, "origin": "recipe", "customers": None, "load_data": None}
    try:
        one = library.open(mrid)
    except FeederError as error:
        return {"mrid": mrid, "origin": f"broken: {error.why}", "customers": None, "load_data": None}
    return {
        "mrid": mrid,
        "origin": str(one.origin.get("kind", "")),
        "customers": len(one.customers),
        "load_data": one.load_data.is_file(),
    }


def _shown(one: "Feeder") -> dict[str, object]:
    from hcr.network.load_data import covered_period

    first, last = covered_period(one.load_data) if one.load_data.is_file() else (None, None)
    return {
        "mrid": one.mrid,
        "name": one.name,
        "model": str(one.master),
        "head": one.head.element if one.head else "the source",
        "utc_offset": one.utc_offset_text,
        "customers": len(one.customers),
        "customers_with_pv": sum(customer.pv_kw > 0 for customer in one.customers),
        "pv_kw": round(sum(customer.pv_kw for customer in one.customers), 3),
        "load_data_from": f"{first:%Y-%m-%dT%H:%M}" if first else None,
        "load_data_to": f"{last:%Y-%m-%dT%H:%M}" if last else None,
        "origin": dict(one.origin),
        "rewrites": list(one.rewrites),
    }


def _say(session: Session, findings: "list[Finding]") -> None:
    for finding in findings:
        if finding.severity == "info":
            session.say(f"  {finding}")
        else:
            session.warn(f"{finding}".partition(": ")[2])
