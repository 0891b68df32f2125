import pytest

from hcr.errors import UsageError
from hcr.network.meter_faults import MeterFaults


def test_usual_faults_and_none_at_all_are_accepted() -> None:
    MeterFaults().check()
    MeterFaults(noise=0, wrong=0, missing=0, drift=0).check()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("noise", 0.06),
        ("wrong", 0.51),
        ("missing", 1.0),
        ("drift", -0.001),
        ("noise", float("nan")),
        ("wrong", "2"),
    ],
)
def test_an_impossible_share_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(UsageError, match=key) as caught:
        MeterFaults(**{key: value}).check()  # type: ignore[arg-type]
    assert repr(value) in str(caught.value)
    assert "0 to" in caught.value.remedy
