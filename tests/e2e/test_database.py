"""The whole way with the ledger in PostgreSQL: commands here, a service for others, and what `ps` shows."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx


def command_lines() -> str:
    """Return the command lines of all processes, as anybody can read them."""
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(entry.read_text(errors="replace"))
        except OSError:
            continue
    return "\n".join(lines)


def secrets_of(address: Any) -> set[str]:
    return {address.password, address.parts.password}


def written_below(directory: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in (directory / ".hcr").glob("*.log"))


def test_a_package_runs_here_on_a_database_that_the_environment_names(
    new_desk: Callable[..., Any], new_database: Callable[[], Any]
) -> None:
    desk, address = new_desk("here"), new_database()
    outcome = desk.hcr("work-package", "run", "forecast", "demo", "--watch", HCR_DATABASE_URL=address.text)
    assert outcome.code == 0, outcome.stderr
    listed = desk.hcr("work-package", "list", HCR_DATABASE_URL=address.text)
    assert "COMPLETED" in listed.stdout
    assert not (desk.directory / ".hcr" / "ledger.sqlite").exists()
    told = outcome.stderr + written_below(desk.directory)
    assert not any(secret in told for secret in secrets_of(address))


def test_a_service_on_a_database_shows_its_password_to_nobody(
    new_desk: Callable[..., Any], new_database: Callable[[], Any], free_port: int
) -> None:
    desk, remote, address = new_desk("server"), new_desk("remote", feeders=False), new_database()
    process = desk.start("serve", "--port", str(free_port), "--database", address.text)
    wait_until_ready(process, free_port)
    remote.connect_to(free_port)
    outcome = remote.start("work-package", "run", "forecast", "demo", "--watch")
    seen = set()
    while outcome.poll() is None:
        lines = command_lines()
        seen |= {"worker"} if f"{desk.directory}" in lines and "hcr.service.worker" in lines else set()
        seen |= {secret for secret in secrets_of(address) if secret in lines}
        time.sleep(0.1)
    ended = remote.finish(outcome)
    assert ended.code == 0, ended.stderr
    assert seen == {"worker"}
    process.terminate()
    said = "".join(process.communicate(timeout=30))
    assert "The ledger is postgresql://planner@" in said
    assert not any(secret in said + written_below(desk.directory) for secret in secrets_of(address))


def test_a_database_that_cannot_be_reached_is_told_without_a_trace(new_desk: Callable[..., Any]) -> None:
    url = "postgresql://me:s3cret@127.0.0.1:1/hcr"
    outcome = new_desk().hcr("work-package", "list", HCR_DATABASE_URL=url)
    assert outcome.code == 5
    assert "postgresql://me@127.0.0.1:1/hcr cannot be used" in outcome.stderr
    assert "See that PostgreSQL runs there" in outcome.stderr
    assert "s3cret" not in outcome.stderr


def wait_until_ready(process: Any, port: int) -> None:
    deadline = time.monotonic() + 60
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()[1]
            try:
                if client.get(f"http://127.0.0.1:{port}/internal/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
    raise AssertionError("the service does not come up")
