"""What other users see of a command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from hcr.cli.concealment import conceal

SCRIPT = """
import sys
from pathlib import Path
from hcr.cli.concealment import conceal
print(conceal(sys.argv[2]), Path("/proc/self/cmdline").read_text().split(chr(0))[-4:-1], sys.argv[2])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process write its command line")
def test_a_word_is_overwritten_and_the_rest_stays() -> None:
    line = [sys.executable, "-c", SCRIPT, "before", "postgresql://me:s3cret@db/hcr", "after"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    assert said == f"True ['before', '{'*' * 29}', 'after'] postgresql://me:s3cret@db/hcr\n"


def test_a_word_that_is_not_there_is_not_hidden() -> None:
    assert not conceal("a word that nobody typed")


def test_where_the_system_keeps_no_such_files_nothing_happens(tmp_path: Path) -> None:
    assert not conceal("secret", tmp_path)
    (tmp_path / "stat").write_text("1 (a) b) S 1")
    assert not conceal("secret", tmp_path)
