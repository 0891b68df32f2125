import pytest

from hcr.errors import UsageError
from hcr.network.feeder_recipe import FeederRecipe


def test_a_plain_recipe_is_accepted() -> None:
    FeederRecipe("feeder-1", customers=1, seed=0).check()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mrid", ""),
        ("mrid", "two words"),
        ("mrid", "../elsewhere"),
        ("mrid", "it's"),
        ("customers", 0),
        ("customers", -5),
        ("customers", 20_001),
        ("seed", -1),
        ("mv_kv", 33.0),
        ("mv_kv", float("nan")),
        ("year", 1969),
        ("pv_share", -0.01),
        ("pv_share", 1.01),
        ("pv_share", float("nan")),
        ("utc_offset", "10"),
        ("utc_offset", "+25:00"),
        ("utc_offset", "UTC"),
    ],
)
def test_an_impossible_value_is_refused_by_name_with_a_remedy(key: str, value: object) -> None:
    values: dict[str, object] = {"mrid": "f", "customers": 10, "seed": 1} | {key: value}
    with pytest.raises(UsageError, match=key) as caught:
        FeederRecipe(**values).check()  # type: ignore[arg-type]
    assert repr(value) in str(caught.value)
    assert caught.value.remedy.endswith(".")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "hours"), [("+10:00", 10.0), ("+09:30", 9.5), ("-03:30", -3.5), ("+00:00", 0.0)]
)
def test_utc_offset_in_hours(text: str, hours: float) -> None:
    assert FeederRecipe("f", 1, 1, utc_offset=text).utc_offset_hours() == hours
