"""The reference of the result tables, `docs/results.md`, from their definitions.

Refresh it with `python -m hcr.results.reference > docs/results.md`.
"""

import sys

from hcr.results.catalogue import TABLES
from hcr.results.layout import MANIFEST_FILE
from hcr.results.table import Column, Table

INTRODUCTION = f"""\
# Result tables

Generated from the definitions in `src/hcr/results`; refresh with
`python -m hcr.results.reference > docs/results.md`.

Names, order and units follow the result tables of the Evolve hosting-capacity module. There is one
deliberate difference: the files do not hold the column `work_package_id`. The folder of the package carries
it, so that equal inputs give byte-identical files whoever submitted them. [Reading](#reading) shows how to
add it.

## Layout

A package has a folder of its own, named after its ID:

```
<work_package_id>/
  {MANIFEST_FILE}                                                   what was asked and how it was computed
  <table>/<scenario>/<feeder>/<year>/<from>_<to>.parquet          raw tables
  metrics/<table>/<scenario>/<feeder>/<from>_<to>.parquet              metric tables
  <table>/<scenario>/<feeder>/<year>/<table>.parquet                   plain tables
  interconnection/<scenario>/<feeder>/<year>/interconnection.json      all that an interconnection study found
```

`<from>` and `<to>` are the begin of the first and the end of the last interval in UTC, as `yyyy-MM-dd-HH-mm`,
labelled in the modelled year. Characters of a scenario or feeder that do not belong in a folder name are
percent-encoded; the columns `scenario` and `feeder` hold the names as they are. A file is written under a
temporary name and then renamed: it is whole or absent.

## Conventions

- Times are UTC and interval-ending: 13:30 is 13:00 to 13:30. Seasons and times of day are local.
- `kwh` and `kvarh` of the raw tables are mean kW and kvar in the interval, as upstream names them.
- Power at a zone's head is positive downstream (import) and negative upstream (export).
- Voltages are per unit of `v_base`, the nominal phase-to-phase voltage; phase volts are pu · v_base / √3.
- UUIDs are text. NULL means: not there, not asked for, or not computed; the column says which.
"""

FORMULAS = """\
## Symbols

| symbol | meaning |
|---|---|
| t, φ | interval, phase |
| h | length of an interval [h] |
| P | power at the zone's head, import positive [kW] |
| Z | power drawn by the loads inside the zone [kW] |
| G | power produced by the generators and PV systems inside the zone [kW] |
| ON, OE | power beyond the normal and the emergency rating, of the most overloaded branch of the zone [kW] |
| a, x, n | mean, largest and smallest voltage over the zone's nodes of a phase [pu] |
| m | number of phases present in the zone |
| VH1, VH2 | upper limit, normal and emergency: 253 and 260 V phase to neutral |
| VL1, VL2 | lower limit, normal and emergency: 216 and 207 V phase to neutral |
| H(v) | clip((v - VH1) / (VH2 - VH1), 0, 1) |
| L(v) | clip((VL1 - v) / (VL1 - VL2), 0, 1) |
| W | min(1, H(max over φ of a) + L(min over φ of a)) |
| [ ] | 1 where the condition holds, else 0 |
| VCR, CVVR, CECV, CO2 | prices of lost load, voltage violation, curtailed export, emissions [$/MWh] |

**Limits.** On low-voltage bases of 380 to 440 V the limits hold in volts, so 253 V is 1.0955 pu on 400 V. On
medium voltage they are volts / 230, so 253 V is 1.100 pu. Bases outside the 230 V world, such as 208 or
480 V, are read like medium voltage; that is our reading, no source states it.

**Events.** An event begins where an interval breaks a limit and the one before does not. That is decided on
the whole series; an event counts in the slice that holds its first interval.

**Seasons.** Summer December to February (29 February too), autumn from March, winter from June, spring from
September. Day 07:00 to 16:59, night 17:00 to 06:59, solar_day 10:00 to 15:00, by the interval's end, both
ends inside. A slice without an interval has no row.

**Ratings.** The normal rating of a transformer is 100 % of its nameplate, the emergency rating 150 %; the
manifest records it.
"""

READING = """\
## Reading

Any Parquet reader will do. With DuckDB, all scenarios and feeders of one package:

```sql
SELECT zone, year, max_voltage_v, hours_over_normal
FROM read_parquet('results/<work_package_id>/zone_summary/**/*.parquet')
ORDER BY hours_over_normal DESC;
```

Several packages, with `work_package_id` taken from the path:

```sql
SELECT regexp_extract(filename, '([^/\\\\]+)[/\\\\]zone_summary[/\\\\]', 1) AS work_package_id, *
FROM read_parquet('results/*/zone_summary/**/*.parquet', filename = true);
```

For metric tables the folder is `metrics/<table>`:

```sql
SELECT regexp_extract(filename, '([^/\\\\]+)[/\\\\]metrics[/\\\\]', 1) AS work_package_id, *
FROM read_parquet('results/*/metrics/network_performance_metrics_enhanced/**/*.parquet', filename = true)
WHERE season = 'annual';
```

Join tables over years by `year` of `link_to_input`, not by the year of a UTC timestamp: a local 1 January can
be 31 December in UTC.
"""


def markdown() -> str:
    """Return the reference as Markdown."""
    tables = "\n".join(_section(table) for table in TABLES)
    return "\n".join((INTRODUCTION, FORMULAS, "## Tables\n", tables, READING))


def _section(table: Table) -> str:
    note = " Extension of hcr." if table.extension else ""
    head = f"### {table.name}\n\n{table.meaning} Placed as a {table.place} table.{note}\n"
    rows = "\n".join(_row(column) for column in table.columns)
    return f"{head}\n| column | type | unit | meaning |\n|---|---|---|---|\n{rows}\n"


def _row(column: Column) -> str:
    meaning = column.meaning.replace("|", "\\|")
    return f"| {column.name} | {column.type} | {column.unit} | {meaning} |"


if __name__ == "__main__":
    sys.stdout.write(markdown())
