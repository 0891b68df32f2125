"""Two services on one directory notice."""

import subprocess
import sys
from pathlib import Path

from hcr.service.place import Place
from hcr.service.serving import serving

WAITS = """
import sys
from pathlib import Path
from hcr.service.place import Place
from hcr.service.serving import serving
with serving(Place(Path(sys.argv[1]))) as alone:
    print(alone, flush=True)
    sys.stdin.read()
"""


def test_the_second_of_two_is_told(tmp_path: Path) -> None:
    with serving(Place(tmp_path)) as first, serving(Place(tmp_path)) as second:
        assert (first, second) == (True, False)
    with serving(Place(tmp_path)) as third:
        assert third


def test_a_service_that_was_killed_serves_no_more(tmp_path: Path) -> None:
    words = [sys.executable, "-c", WAITS, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        with serving(Place(tmp_path)) as alone:
            assert not alone
        other.kill()
        other.wait()
    with serving(Place(tmp_path)) as alone:
        assert alone
