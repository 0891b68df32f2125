"""A feeder of the library: an OpenDSS model, who its customers are, and their load data.

A feeder is a folder:

    feeder.yaml           mRID, entry file of the model, head, time offset, where it came from
    model/…               the OpenDSS model
    customers.csv         which element is which customer
    load_data.parquet     half-hourly import and export per customer (optional)
"""

import csv
import functools
import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import yaml

from hcr.errors import FeederError

FEEDER_FILE = "feeder.yaml"
CUSTOMERS_FILE = "customers.csv"
LOAD_DATA_FILE = "load_data.parquet"
MODEL_FOLDER = "model"

UTC_OFFSET = re.compile(r"([+-])(0[0-9]|1[0-4]):([0-5][0-9])")
MRID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}")
"""What can name a feeder, and so its folder."""

MRID_RULE = "1 to 100 letters, digits, `_`, `.` and `-`, neither `.` nor `-` first"


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer: a load element, and the PV behind its meter.

    Attributes
    ----------
    load_id : identifier of the connection; overrides and load data name it.
    element : full name of the Load element.
    pv_kw : PV panels [kW DC]; pv_inverter_kva : PV inverter [kVA].
    """

    load_id: str
    element: str
    pv_kw: float = 0.0
    pv_inverter_kva: float = 0.0


@dataclass(frozen=True, slots=True)
class Head:
    """Where the feeder is metered: an element and the terminal that faces the source."""

    element: str
    terminal: int = 1


@dataclass(frozen=True, slots=True)
class Feeder:
    """What the library knows of a feeder, its load data excepted."""

    mrid: str
    folder: Path
    master: Path
    utc_offset: timedelta
    customers: tuple[Customer, ...]
    head: Head | None = None
    name: str = ""
    origin: Mapping[str, object] = field(default_factory=dict)
    rewrites: tuple[str, ...] = ()

    @property
    def load_data(self) -> Path:
        """Return the path of the load data; the file need not exist."""
        return self.folder / LOAD_DATA_FILE

    @property
    def utc_offset_text(self) -> str:
        """Return the offset from UTC as `+10:00`."""
        minutes = round(abs(self.utc_offset) / timedelta(minutes=1))
        sign = "-" if self.utc_offset < timedelta(0) else "+"
        return f"{sign}{minutes // 60:02}:{minutes % 60:02}"

    def load_data_digest(self) -> str:
        """Return the SHA-256 of the load data, empty where there is none."""
        return file_digest(self.load_data) if self.load_data.is_file() else ""

    def model_digest(self) -> str:
        """Return the SHA-256 over the names and contents of the model's files."""
        return folder_digest(self.folder / MODEL_FOLDER)


def read_feeder(folder: Path) -> Feeder:
    """Return the feeder stored in a folder.

    Raises
    ------
    FeederError
        A file is missing or broken; the message names it.
    """
    path = folder / FEEDER_FILE
    facts = _read_facts(path)
    head = facts.get("head")
    master = folder / str(facts.get("master", "model/Master.dss"))
    if not master.is_file():
        raise _broken(path, f"`master` names {master.relative_to(folder)}, which does not exist")
    rewrites = facts.get("rewrites") or []
    origin = facts.get("origin") or {}
    return Feeder(
        mrid=str(facts.get("mrid") or folder.name),
        folder=folder,
        master=master,
        utc_offset=_utc_offset(facts.get("utc_offset", "+00:00"), path),
        customers=read_customers(folder / CUSTOMERS_FILE),
        head=_head(head, path) if head else None,
        name=str(facts.get("name") or ""),
        origin=origin if isinstance(origin, dict) else {},
        rewrites=tuple(str(line) for line in rewrites) if isinstance(rewrites, list) else (),
    )


def read_customers(path: Path) -> tuple[Customer, ...]:
    """Return the customers of a `customers.csv` with columns load_id, element and, optionally, PV.

    Raises
    ------
    FeederError
        The file is missing, a column or value is wrong, or a load_id occurs twice.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            missing = {"load_id", "element"} - set(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _broken(path, f"it cannot be read ({error})") from error
    if missing:
        raise _broken(path, f"column {min(missing)} is missing")
    seen: set[str] = set()
    customers = []
    for line, row in enumerate(rows, 2):
        customer = _customer(path, line, row)
        if customer.load_id in seen:
            raise _broken(path, f"line {line} repeats load_id {customer.load_id}")
        seen.add(customer.load_id)
        customers.append(customer)
    return tuple(customers)


def write_customers(
    path: Path, customers: Sequence[Customer], more: Mapping[str, Sequence[object]] | None = None
) -> None:
    """Write a `customers.csv`; `more` are columns for people, by name, with a value a customer."""
    further = more or {}
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("load_id", "element", "pv_kw", "pv_inverter_kva", *further))
        for one, *values in zip(customers, *further.values(), strict=True):
            writer.writerow((one.load_id, one.element, one.pv_kw, one.pv_inverter_kva, *values))


def parse_utc_offset(text: str, path: Path) -> timedelta:
    """Return the offset of local standard time from UTC, written as `+10:00`."""
    match = UTC_OFFSET.fullmatch(text)
    if not match:
        raise _broken(path, f"`utc_offset` is {text!r}, not of the form +10:00")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return -offset if match[1] == "-" else offset


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 over relative names and contents of all files below a folder."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(bytes.fromhex(file_digest(path)))
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file; one that looks as when it was last read is not read again."""
    seen = path.stat()
    return _digest_as_of(path, (seen.st_ino, seen.st_size, seen.st_mtime_ns))


@functools.lru_cache(maxsize=1024)
def _digest_as_of(path: Path, _: tuple[int, ...]) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_facts(path: Path) -> dict[str, object]:
    try:
        facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _broken(path, f"it cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _broken(path, f"it is not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(facts, dict):
        raise _broken(path, "it must be a mapping with `mrid` and `master`")
    return facts


def _utc_offset(value: object, path: Path) -> timedelta:
    if isinstance(value, int):  # YAML 1.1 reads a bare +10:00 as 600, in base 60
        return timedelta(minutes=value)
    return parse_utc_offset(str(value), path)


def _head(value: object, path: Path) -> Head:
    if isinstance(value, str):
        return Head(value)
    if isinstance(value, dict) and isinstance(value.get("element"), str):
        terminal = value.get("terminal", 1)
        if terminal in (1, 2):
            return Head(value["element"], int(terminal))
    raise _broken(path, "`head` must name an `element` and a `terminal` (1 or 2)")


def _customer(path: Path, line: int, row: Mapping[str, str | None]) -> Customer:
    load_id, element = (row.get("load_id") or "").strip(), (row.get("element") or "").strip()
    if not load_id or not element:
        raise _broken(path, f"line {line} needs a load_id and an element")
    try:
        pv_kw, inverter = (float(row.get(key) or 0.0) for key in ("pv_kw", "pv_inverter_kva"))
    except ValueError as error:
        raise _broken(path, f"line {line} has a PV size that is no number") from error
    if not (0 <= pv_kw < math.inf and 0 <= inverter < math.inf):
        raise _broken(path, f"line {line} has a PV size below zero")
    return Customer(load_id, element, pv_kw, inverter)


def _broken(path: Path, why: str) -> FeederError:
    return FeederError(
        f"feeder {path.parent.name}: {path.name} cannot be used",
        why=why,
        remedy=f"Correct {path}, or import the feeder again.",
    )
