from dataclasses import replace
from pathlib import Path

import pytest

from hcr.errors import ModelError
from hcr.studies.interconnection.setup import set_up
from interconnection_feeder import SETTINGS, written


def test_what_is_left_out_is_out_whatever_its_class_and_case(tmp_path: Path) -> None:
    master = written(tmp_path)
    assert set_up(master, "village", SETTINGS).feeder.reclosers
    without = set_up(master, "village", replace(SETTINGS, leave_out=("recloser.REC",)))
    assert not without.feeder.reclosers


def test_what_is_not_in_the_model_cannot_be_left_out(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="zzz"):
        set_up(written(tmp_path), "village", replace(SETTINGS, leave_out=("Line.zzz",)))
