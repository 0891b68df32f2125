import pytest

from hcr.errors import UsageError
from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.meter_faults import MeterFaults


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
        ("transformers", 0),
        ("transformers", 11),
        ("transformers", 1.5),
        ("days", 0),
        ("days", 366),
        ("days", 1.5),
    ],
)
def test_an_impossible_value_is_refused_by_name_with_a_remedy(key: str, value: object) -> None:
    values: dict[str, object] = {"mrid": "f", "customers": 10, "seed": 1} | {key: value}
    with pytest.raises(UsageError, match=key) as caught:
        FeederRecipe(**values).check()  # type: ignore[arg-type]
    assert repr(value) in str(caught.value)
    assert caught.value.remedy.endswith(".")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("customers", "fewest"), [(80, 1), (81, 2), (2000, 25)])
def test_a_transformer_has_at_most_eighty_customers_and_at_least_one(customers: int, fewest: int) -> None:
    for transformers in (fewest, customers):
        FeederRecipe("f", customers, 1, transformers=transformers).check()
    for transformers in (fewest - 1, customers + 1):
        with pytest.raises(UsageError, match="transformers") as caught:
            FeederRecipe("f", customers, 1, transformers=transformers).check()
        assert f"{fewest} to {customers}" in caught.value.remedy


def test_the_faults_of_the_meters_are_checked_too() -> None:
    with pytest.raises(UsageError, match="noise"):
        FeederRecipe("f", 1, 1, voltages=MeterFaults(noise=-0.1)).check()


def test_only_what_was_chosen_is_told() -> None:
    assert FeederRecipe("f", 9, 1).chosen() == {}
    recipe = FeederRecipe("f", 9, 1, transformers=2, days=3, voltages=MeterFaults(wrong=0.0))
    assert recipe.chosen() == {
        "transformers": 2,
        "days": 3,
        "voltages": {"noise": 0.005, "wrong": 0.0, "missing": 0.1, "drift": 0.006},
    }


@pytest.mark.parametrize("offset", ["+10:00", "+09:30", "-03:30", "+00:00"])
def test_an_offset_is_written_with_its_sign(offset: str) -> None:
    FeederRecipe("f", 1, 1, utc_offset=offset).check()


@pytest.mark.parametrize("mrid", ["f" * 100, "_f", "7.2-b"])
def test_what_the_library_takes_for_a_name_is_a_name_here(mrid: str) -> None:
    FeederRecipe(mrid, 1, 1).check()
    with pytest.raises(UsageError, match="mrid"):
        FeederRecipe("f" * 101, 1, 1).check()
