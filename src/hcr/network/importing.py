"""Bring an OpenDSS model into the feeder library.

The model is copied with every file it refers to; a short list of spellings is rewritten in the copy; the
engine solves the copy once before the feeder is accepted. The planner's own files are never touched.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from hcr.errors import ConfigError, FeederError, ModelError, Problem, UsageError
from hcr.network.check import Finding, check_feeder
from hcr.network.dss_text import Line, file_names, is_utf8, model_files
from hcr.network.feeder import (
    CUSTOMERS_FILE,
    FEEDER_FILE,
    LOAD_DATA_FILE,
    MODEL_FOLDER,
    UTC_OFFSET,
    Customer,
    read_customers,
    read_feeder,
    write_customers,
)
from hcr.network.file_finder import FileFinder
from hcr.network.library import Library
from hcr.network.load_data_import import import_load_data
from hcr.network.rewrites import rewrite_lines
from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.opendss import compile_circuit


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a planner knows beyond the model.

    Attributes
    ----------
    load_data : Parquet or CSV file in the columns of `load_data.parquet`.
    customers : `customers.csv`; without one, every load of the model is a customer named as the load.
    head : full name of the element at which the feeder is metered.
    utc_offset : of local standard time, such as +10:00.
    replace : take the place of a feeder of the same mRID.
    """

    load_data: Path | None = None
    customers: Path | None = None
    head: str | None = None
    utc_offset: str = "+00:00"
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import."""

    mrid: str
    files: int
    customers: int
    findings: list[Finding] = field(default_factory=list)


def import_feeder(
    library: Library, source: Path, mrid: str, options: ImportOptions | None = None
) -> Imported:
    """Return what was imported; the feeder is in the library then, whole, or not at all.

    Parameters
    ----------
    source : entry file of the model, or a folder that holds `Master.dss`.

    Raises
    ------
    ConfigError
        A file that the model refers to does not exist.
    ModelError
        The engine refuses the model, or finds no solution for it.
    FeederError
        The customers or the load data cannot be used, or the head is not in the model.
    UsageError
        The mRID is taken, or cannot name a folder; the offset from UTC cannot be read.
    """
    chosen = options or ImportOptions()
    if not UTC_OFFSET.fullmatch(chosen.utc_offset):
        raise UsageError(
            f"{chosen.utc_offset!r} is no offset from UTC", remedy="Write it as --utc-offset=+10:00."
        )
    master = entry_file(source)
    finder = FileFinder()
    files = model_files(master, finder)
    with library.adding(mrid, replace=chosen.replace) as folder:
        top = Path(os.path.commonpath([path.parent for path in files]))
        applied = _copy_model(files, finder, top=top, target=folder / MODEL_FOLDER)
        copy = folder / MODEL_FOLDER / master.relative_to(top)
        circuit = compile_circuit(Model(copy, (), ""))
        customers = read_customers(chosen.customers) if chosen.customers else customers_of(circuit)
        write_customers(folder / CUSTOMERS_FILE, customers)
        if chosen.load_data:
            import_load_data(chosen.load_data, folder / LOAD_DATA_FILE)
        facts = _facts(mrid, circuit, copy.relative_to(folder), chosen, applied)
        facts["origin"] = {"kind": "imported", "entry": master.name}
        text = yaml.safe_dump(facts, sort_keys=False, allow_unicode=True)
        (folder / FEEDER_FILE).write_text(text, encoding="utf-8")
        findings = check_feeder(read_feeder(folder))
        _refuse_unsolvable(findings)
    return Imported(mrid, len(files), len(customers), findings)


def entry_file(source: Path) -> Path:
    """Return the entry file of a model given by file or folder.

    Raises
    ------
    ConfigError
        There is no such file.
    """
    if source.is_file():
        return source.resolve()
    if source.is_dir():
        entries = [path for path in sorted(source.iterdir()) if path.name.lower() == "master.dss"]
        if entries:
            return entries[0].resolve()
        problem = Problem("holds no Master.dss", file=str(source), hint="name the model's entry file itself")
    else:
        problem = Problem("does not exist", file=str(source))
    raise ConfigError("there is no model to import", [problem])


def customers_of(circuit: Circuit) -> tuple[Customer, ...]:
    """Return one customer for each load of the model, named as the load."""
    names = circuit.injectors.elements.names
    loads = [name for index, name in enumerate(names) if circuit.injectors.is_load(index)]
    return tuple(Customer(name.partition(".")[2], name) for name in loads)


def _copy_model(
    files: Mapping[Path, list[Line] | None], finder: FileFinder, *, top: Path, target: Path
) -> list[str]:
    done: list[str] = []
    for path, lines in sorted(files.items()):
        copy, raw = target / path.relative_to(top), path.read_bytes()
        copy.parent.mkdir(parents=True, exist_ok=True)
        if lines is None:
            copy.write_bytes(raw)
            continue
        text, applied = rewrite_lines(path.name, lines, file_names(path, lines, finder))
        done += [str(one) for one in applied]
        if not is_utf8(raw):
            done.append(f"{path.name}: written as UTF-8, read as Windows-1252")
        copy.write_bytes(raw if is_utf8(raw) and not applied else text.encode())
    return done


def _facts(
    mrid: str, circuit: Circuit, master: Path, options: ImportOptions, rewrites: list[str]
) -> dict[str, object]:
    levels = sorted(
        {round(float(base) * 3**0.5 / 1e3, 4) for base in circuit.nodes.base_v if base > 0}, reverse=True
    )
    facts: dict[str, object] = {
        "mrid": mrid,
        "name": circuit.name,
        "master": master.as_posix(),
        "utc_offset": options.utc_offset,
        "frequency_hz": circuit.frequency_hz,
        "voltage_levels_kv": levels,
    }
    if options.head:
        facts["head"] = {"element": options.head, "terminal": 1}
    if rewrites:
        facts["rewrites"] = rewrites
    return facts


def _refuse_unsolvable(findings: list[Finding]) -> None:
    for finding in findings:
        if finding.severity != "error":
            continue
        if finding.code == "unknown_head":
            raise FeederError("the model is not imported", why=finding.message, remedy=finding.remedy)
        if finding.code in ("model", "engine", "not_converged"):
            raise ModelError("the model is not imported", why=finding.message, remedy=finding.remedy)
