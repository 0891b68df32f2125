"""Programs of two machines are compared by name."""

import pytest

from hcr.errors import ClusterError
from hcr.service.cluster.order import check_programs, programs


def test_the_same_programs_pass() -> None:
    check_programs(programs(), programs(), "the worker")


def test_programs_that_differ_are_named() -> None:
    theirs = {**programs(), "numba": "0.1", "duckdb": "missing"}
    with pytest.raises(ClusterError) as caught:
        check_programs(programs(), theirs, "the worker on node7")
    assert str(caught.value).startswith("the worker on node7 has other programs than this service: duckdb")
    assert "numba 0.1 instead of" in caught.value.why
    assert "numpy" not in caught.value.why


def test_all_that_tables_depend_on_is_compared() -> None:
    assert {"Python", "processor", "hcr", "dss-python", "numpy", "numba", "duckdb"} <= programs().keys()
    assert "missing" not in programs().values()
