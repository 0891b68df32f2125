"""Command lines run in this process against a config directory that names the stub service."""

import contextlib
import fcntl
import io
import json
import os
import struct
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import pytest

from hcr.cli.main import main
from stub_service import StubService


@dataclass(frozen=True)
class Outcome:
    """What a command line left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> object:
        """What stdout says, read as JSON."""
        return json.loads(self.stdout)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the developer's machine reaches a test; tokens of logins go below `tmp_path`."""
    for name in os.environ:
        if name.startswith("HCR_") or name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def point_at() -> Callable[..., Path]:
    """Write an auth_config.json that names a stub service, and return the config directory."""

    def write(directory: Path, service: StubService, **more: object) -> Path:
        directory.mkdir(exist_ok=True)
        server = {"protocol": service.scheme, "host": "127.0.0.1", "port": service.port, **more}
        (directory / "auth_config.json").write_text(json.dumps({"eas_server": server}))
        return directory

    return write


@pytest.fixture
def directory(tmp_path: Path, service: StubService, point_at: Callable[..., Path]) -> Path:
    """A config directory for a service of our own kind."""
    return point_at(tmp_path / "config", service)


@pytest.fixture
def configure() -> Callable[[Path, dict[str, str]], None]:
    """Write run configurations, by their path below run_configurations/, into a config directory."""

    def write(directory: Path, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = directory / "run_configurations" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


@pytest.fixture
def hcr(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run `hcr` with some words and return exit code, stdout and stderr."""

    def run(*words: object) -> Outcome:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], TextIO]]:
    """Put a pipe in the place of stdin, whose other end stays open, after writing some text into it."""
    with contextlib.ExitStack() as opened:

        def write(text: str) -> TextIO:
            far, near = os.pipe()
            stdin = opened.enter_context(os.fdopen(far, encoding="utf-8"))
            opened.callback(os.close, near)
            os.write(near, text.encode())
            monkeypatch.setattr(sys, "stdin", stdin)
            return stdin

        yield write


@dataclass
class Terminal:
    """A pseudo-terminal in place of one of the standard streams; what is drawn on it is collected."""

    master: int
    stream: TextIO
    drawn: bytearray = field(default_factory=bytearray)

    def collect(self) -> None:
        """Read until the other side is closed."""
        while True:
            try:
                piece = os.read(self.master, 4096)
            except OSError:
                return
            if not piece:
                return
            self.drawn += piece

    @property
    def text(self) -> str:
        return self.drawn.decode().replace("\r\n", "\n")


def _open_terminal() -> tuple[int, TextIO]:
    """Return the near end of a pseudo-terminal of 160 columns, and its far end as a stream."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
    raw = os.fdopen(slave, "rb+", buffering=0)
    return master, io.TextIOWrapper(raw, encoding="utf-8", write_through=True)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run `hcr` with its three streams on pseudo-terminals, after typing some text."""

    def run(*words: object, typed: str = "") -> Outcome:
        names = ("stdin", "stdout", "stderr")
        streams = {name: Terminal(*_open_terminal()) for name in names}
        os.write(streams["stdin"].master, typed.encode())
        readers = [threading.Thread(target=streams[name].collect) for name in names[1:]]
        for reader in readers:
            reader.start()
        with monkeypatch.context() as patched:
            for name in names:
                patched.setattr(sys, name, streams[name].stream)
            code = main([str(word) for word in words])
        for one in streams.values():
            one.stream.close()
        for reader in readers:
            reader.join()
        for one in streams.values():
            os.close(one.master)
        return Outcome(code, streams["stdout"].text, streams["stderr"].text)

    return run
