"""Lines of the log, for people and for machines."""

import io
import json
import logging

import pytest

from hcr.service.door.log_lines import logging_as
from hcr.service.door.request_record import CURRENT, RequestRecord

log = logging.getLogger("hcr.service")


def test_a_line_for_machines_names_request_and_packages() -> None:
    stream = io.StringIO()
    token = CURRENT.set(RequestRecord("r1", "10.0.0.5", packages=("p1",)))
    with logging_as("json", stream=stream):
        log.info("told %s", "a\nb", extra={"fields": {"status": 200}})
        try:
            raise ValueError("wrong")
        except ValueError:
            log.exception("broken")
    CURRENT.reset(token)
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "info", "logger": "hcr.service", "message": "told a\nb",
        "request_id": "r1", "packages": ["p1"], "status": 200,
    }  # fmt: skip
    assert "ValueError: wrong" in second["exception"]


def test_a_line_for_people_stays_one_line() -> None:
    stream = io.StringIO()
    token = CURRENT.set(RequestRecord("r1", "10.0.0.5", packages=("p\n1",)))
    with logging_as("text", stream=stream):
        log.warning("evil\n2025-01-01 INFO hcr: forged \x1b[31m")
    CURRENT.reset(token)
    (line,) = stream.getvalue().splitlines()
    _, _, told = line.partition(" WARNING hcr.service: ")
    assert told == "evil 2025-01-01 INFO hcr: forged  [31m [request=r1 package=p 1]"


@pytest.mark.parametrize(("quiet", "lines"), [(False, 2), (True, 1)])
def test_quiet_leaves_out_what_went_well(quiet: bool, lines: int) -> None:
    stream = io.StringIO()
    with logging_as("text", quiet=quiet, stream=stream):
        log.info("well")
        log.warning("not well")
    log.warning("afterwards")
    assert len(stream.getvalue().splitlines()) == lines
    assert "[request" not in stream.getvalue()
