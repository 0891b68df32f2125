"""Small OpenDSS models, written and compiled."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hcr.powerflow.circuit import Circuit, Model
from hcr.powerflow.opendss import compile_circuit


@pytest.fixture
def compiled(tmp_path: Path) -> Callable[[str], Circuit]:
    """Return a function that writes a model's text and compiles it."""

    def compile_text(text: str) -> Circuit:
        master = tmp_path / "Master.dss"
        master.write_text(text, encoding="utf-8")
        return compile_circuit(Model(master, (), "as written"))

    return compile_text
