"""One model as OpenDSS files: the feeder's own, and what a task changes in them.

Master.dss          the entry file: redirects to all others, sets time mode and limits
model/…             the feeder's files as they came
Edits.dss           what the options change, and the Generators that carry customers' exports
LoadShapes.dss      power of each customer, an interval a point
Loads.dss           which element follows which shape
shapes/<n>.csv      the points: kW, kvar
export.json         what was asked for, digests of the inputs, warnings
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from hcr.powerflow.circuit import IntArray
from hcr.powerflow.lanes import SolveOptions
from hcr.powerflow.opendss_names import quoted
from hcr.studies.case import Case

MODEL_FOLDER = "model"


def write_model(path: Path, case: Case, about: Mapping[str, object]) -> None:
    """Write a case as a zip file of OpenDSS scripts; solved there, it gives what a run would give.

    Parameters
    ----------
    about : facts for `export.json`.
    """
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for file in _model_files(case):
            archive.write(file, f"{MODEL_FOLDER}/{file.relative_to(case.feeder.master.parent).as_posix()}")
        archive.writestr("Master.dss", _lines(_master(case)))
        archive.writestr("Edits.dss", _lines(case.circuit.model.edits))
        archive.writestr("LoadShapes.dss", _lines(_shapes(case)))
        archive.writestr("Loads.dss", _lines(_followers(case)))
        order = _point_order(case)
        for row in range(len(case.injections.elements)):
            archive.writestr(f"shapes/{row}.csv", _points(case, row, order))
        archive.writestr("export.json", json.dumps(about, indent=2, sort_keys=True) + "\n")


def _model_files(case: Case) -> list[Path]:
    return sorted(path for path in case.feeder.master.parent.rglob("*") if path.is_file())


def _master(case: Case) -> Iterator[str]:
    """Yield the entry file: all parts, then how and when to solve."""
    task, injections = case.task, case.injections
    begin = float(injections.hours[0]) - injections.step_hours  # the engine adds a step, then solves
    hour = int(np.floor(begin + 1e-9))
    yield f"! feeder {task.feeder}, scenario {task.scenario}, year {task.year}"
    yield f'Redirect "{MODEL_FOLDER}/{case.feeder.master.name}"'
    yield from ("Redirect Edits.dss", "Redirect LoadShapes.dss", "Redirect Loads.dss")
    yield (
        f"Set mode={task.solve.mode} number={injections.lanes} stepsize={injections.step_hours * 3600:.10g}s "
        f"controlmode=static hour={hour} sec={max(0.0, (begin - hour) * 3600):.10g}"
    )
    yield (
        f"Set maxiterations={task.solve.max_iterations} maxcontroliter={task.solve.max_control_iterations} "
        f"tolerance={SolveOptions().tolerance:g}"
    )


def _shapes(case: Case) -> Iterator[str]:
    """Yield a load shape for each element; its points are kW and kvar themselves."""
    injections = case.injections
    for row in range(len(injections.elements)):
        yield (
            f"New LoadShape.hcr_{row} npts={injections.lanes} interval={injections.step_hours:.10g} "
            f"useactual=yes mult=(file=shapes/{row}.csv, col=1) qmult=(file=shapes/{row}.csv, col=2)"
        )
    yield "New GrowthShape.hcr_none npts=1 year=[0] mult=[1.0]"


def _followers(case: Case) -> Iterator[str]:
    """Yield an edit for each element: it takes the points of its shape, and nothing else changes them."""
    for row, element in enumerate(case.injections.elements):
        growth = " growth=hcr_none" if element.lower().startswith("load.") else ""
        yield f"Edit {quoted(element)} daily=hcr_{row} yearly=hcr_{row}{growth} status=variable"


def _point_order(case: Case) -> IntArray:
    """Return the lane of each point: the engine finds a point by the hour of the year, modulo the length."""
    injections = case.injections
    first = round(float(injections.hours[0]) / injections.step_hours) - 1
    return np.roll(np.arange(injections.lanes), first % injections.lanes)


def _points(case: Case, row: int, order: IntArray) -> str:
    watts, var = case.injections.power_w[row][order], case.injections.power_var[row][order]
    return "".join(f"{p * 1e-3:.12g},{q * 1e-3:.12g}\n" for p, q in zip(watts, var, strict=True))


def _lines(lines: "Iterator[str] | tuple[str, ...]") -> str:
    return "\n".join(lines) + "\n"
