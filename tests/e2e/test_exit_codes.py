"""What goes wrong before a model is solved: the exit code, the place, and what to do; never a traceback."""

import re
from collections.abc import Callable
from typing import Any

import pytest

RUN = ("work-package", "run", "forecast", "demo")
FILE = "run_configurations/forecast/demo.yaml"


def test_an_unknown_key_is_found_at_its_line(desk: Any) -> None:
    text = (desk.directory / FILE).read_text()
    desk.write(FILE, text.replace("scenarios:", "scenarois:"))
    outcome = desk.hcr(*RUN)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert re.search(r"demo\.yaml:4:3 .*scenarois", outcome.stderr), outcome.stderr
    assert "scenarios" in outcome.stderr


def test_an_unknown_feeder_is_found_at_its_line_with_a_proposal(desk: Any) -> None:
    text = (desk.directory / FILE).read_text()
    desk.write(FILE, text.replace("[maple]", "[mapel]"))
    outcome = desk.hcr(*RUN)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert re.search(r"demo\.yaml:3:\d+ .*feeder 'mapel' is not in the library", outcome.stderr), (
        outcome.stderr
    )
    assert "did you mean 'maple'?" in outcome.stderr


def test_every_fault_of_a_request_is_shown_at_once(desk: Any) -> None:
    faults = ("--set", "forecastConfig.feeders=[oak, elm]", "--set", "forecastConfig.scenarios=[other]")
    outcome = desk.hcr(*RUN, *faults)
    assert outcome.code == 2
    for name in ("'oak'", "'elm'", "'other'"):
        assert name in outcome.stderr


def test_a_missing_configuration_lists_those_there_are(desk: Any) -> None:
    outcome = desk.hcr("work-package", "run", "forecast", "x", "-n", "summer")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "`summer`" in outcome.stderr
    assert "`demo`" in outcome.stderr


def test_broken_yaml_is_found_at_its_line(desk: Any) -> None:
    desk.write(FILE, "forecastConfig:\n  feeders: [maple\n")
    outcome = desk.hcr(*RUN)
    assert outcome.code == 2
    assert re.search(r"demo\.yaml:\d+:\d+", outcome.stderr), outcome.stderr


def test_broken_json_is_found_at_its_line(desk: Any) -> None:
    desk.write("auth_config.json", '{"eas_server": {\n  "host": }}')
    outcome = desk.hcr("work-package", "list")
    assert outcome.code == 2
    assert re.search(r"Error: .*auth_config\.json cannot be read", outcome.stderr), outcome.stderr
    assert re.search(r"auth_config\.json:2:\d+", outcome.stderr)


def test_a_server_that_is_down(desk: Any, free_port: int) -> None:
    desk.connect_to(free_port)
    outcome = desk.hcr("work-package", "show", "x")
    assert outcome.code == 5
    assert f"http://127.0.0.1:{free_port}" in outcome.stderr
    assert "port" in outcome.stderr


@pytest.mark.parametrize("verb", ["show", "monitor", "cancel", "results"])
def test_an_unknown_package(desk: Any, verb: str) -> None:
    outcome = desk.hcr("work-package", verb, "no-such-id")
    assert (outcome.code, outcome.stdout) == (6, "")
    assert "no-such-id" in outcome.stderr


def test_a_port_that_is_taken(desk: Any, server: Any) -> None:
    outcome = desk.hcr("serve", "--port", str(server.port))
    assert outcome.code == 2
    assert f"cannot listen on 127.0.0.1, port {server.port}" in outcome.stderr.lower()


def test_no_open_door_to_other_machines_without_a_token(desk: Any, free_port: int) -> None:
    outcome = desk.hcr("serve", "--host", "0.0.0.0", "--port", str(free_port))
    assert outcome.code == 2
    assert "HCR_SERVICE_TOKEN" in outcome.stderr


def test_waiting_has_an_end(desk: Any) -> None:
    year = "forecastConfig.timePeriod.endTime=2025-12-31T00:00"
    outcome = desk.hcr(*RUN, "--set", year, "--watch", "--timeout", "0.5")
    assert outcome.code == 124, outcome.stderr
    package_id = outcome.stdout.strip()
    assert f"work-package monitor {package_id}" in outcome.stderr
    assert desk.hcr("work-package", "cancel", package_id).code == 0


def test_a_dry_run_sends_nothing(desk: Any) -> None:
    outcome = desk.hcr(*RUN, "--dry-run")
    assert outcome.code == 0, outcome.stderr
    assert '"maple"' in outcome.stdout
    assert "1 feeders x 1 scenarios x 1 years = 1 models" in outcome.stderr
    assert not (desk.directory / ".hcr" / "ledger.sqlite").exists()


def test_the_older_spelling_of_the_command_works(new_desk: Callable[..., Any]) -> None:
    desk = new_desk("work-package")
    assert desk.hcr("work_package", "list").code == 0
