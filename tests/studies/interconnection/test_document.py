import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hcr.errors import ConfigError
from hcr.results.layout import TaskSpan
from hcr.studies.interconnection.document import result_document, result_of_document, write_document
from interconnection_sample import sample

TASK = TaskSpan("base", "a/b", 2025, datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC))


def test_a_result_comes_back_from_its_document():
    assert result_of_document(json.loads(json.dumps(result_document(sample()), allow_nan=False))) == sample()


def test_a_document_is_written_whole_beside_the_tables(tmp_path: Path):
    written = write_document(sample(), tmp_path, task=TASK)
    assert (written.table, written.rows) == ("interconnection", 1)
    assert written.path == "interconnection/base/a%2Fb/2025/interconnection.json"
    content = (tmp_path / written.path).read_bytes()
    assert hashlib.sha256(content).hexdigest() == written.sha256
    assert result_of_document(json.loads(content)) == sample()
    assert write_document(sample(), tmp_path, task=TASK) == written
    assert [path.name for path in (tmp_path / written.path).parent.iterdir()] == ["interconnection.json"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": "other"}, "its format and version are other and 1"),
        ({"version": 2}, "its format and version are hcr-interconnection-result and 2"),
        ({"result": None}, "result"),
        ({"result": {"feeder": "radial"}}, "result.engine"),
    ],
)
def test_what_is_no_such_document_is_refused(change: dict[str, object], why: str):
    with pytest.raises(ConfigError, match=why):
        result_of_document({**result_document(sample()), **change})
