"""The process that makes the files of one OpenDSS export.

python -m hcr.service.model_export_process DIR NUMBER
"""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hcr import __version__
from hcr.errors import HcrError
from hcr.network.library import Library
from hcr.replacement import replacing
from hcr.service.executor import NICENESS
from hcr.service.model_export import ExportFolder, ModelExports, empty
from hcr.service.package_plan import StoredRequest, tasks_of
from hcr.service.place import Place
from hcr.service.tap_settings import read_tap_settings

log = logging.getLogger("hcr.service")


def start_maker(place: Place) -> Callable[[], bool]:
    """Start a process that makes exports and outlives this one; return what tells whether it runs."""
    place.home.mkdir(parents=True, exist_ok=True)
    words = ["-P", "-m", "hcr.service.model_export_process", str(place.directory.resolve())]
    with place.worker_log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=place.home,
            start_new_session=True,
        )
    return lambda: process.poll() is None


def make_exports(place: Place) -> None:
    """Make the files of all exports that wait, or note why that is impossible; nothing if somebody does."""
    exports = ModelExports(place, start_maker)
    with exports.working() as mine:
        while mine and (waiting := exports.waiting()):
            _make(waiting[0], place)


def _make(folder: ExportFolder, place: Place) -> None:
    request = folder.request
    if request is not None and folder.begin():
        try:
            _write(folder, request, place.library)
        except HcrError as error:
            folder.fail(f"{error} — {error.remedy}" if error.remedy else str(error))
        except Exception as error:
            log.exception("export %s broke", folder.number)
            why = f"the export broke with {type(error).__name__}"
            folder.fail(f"{why}; {place.worker_log.name} has the reason")
    if folder.request is None:  # deleted meanwhile
        empty(folder)


def _write(folder: ExportFolder, request: Mapping[str, Any], library: Library) -> None:
    from hcr.service.exported_model import write_model  # numpy and OpenDSS: in this process only
    from hcr.studies.case import build_case

    taps = read_tap_settings(request.get("taps"))
    (task,) = tasks_of(StoredRequest("forecast", request["study"], taps=taps))
    feeder = library.open(task.feeder)
    case = build_case(feeder, task, circuits=library.circuits)
    about = {
        "generationSpec": request["generationSpec"],
        "warnings": [*request["warnings"], *case.warnings],
        "model_digest": case.circuit.model.digest,
        "load_data_digest": case.load_data_digest,
        "utc_offset": feeder.utc_offset_text,
        "hcr": __version__,
        "taps": json.loads(request["taps"]) if taps else None,
    }
    with replacing(folder.archive) as part:
        write_model(part, case, about)


def main(arguments: list[str]) -> int:
    """Make the exports of the config directory named first."""
    os.nice(NICENESS)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    make_exports(Place(Path(arguments[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
