import numpy as np

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.synthetic_layout import draw_layout
from hcr.network.synthetic_years import CustomerYears


def years(days: int) -> CustomerYears:
    recipe = FeederRecipe("f", 6, 3, days=days)
    customers = draw_layout(recipe, np.random.default_rng(3)).customers
    return CustomerYears.drawn(recipe, customers, np.random.SeedSequence(3))


def test_a_day_is_the_same_however_many_there_are() -> None:
    short, whole = years(2), years(365)
    assert (short.steps, whole.steps) == (96, 17520)
    for number in range(len(short)):
        few, many = short.of(number), whole.of(number)
        for name in ("import_w", "import_var", "export_w", "pv_w"):
            assert (getattr(few, name) == getattr(many, name)[:96]).all()


def test_a_customer_is_the_same_each_time_and_unlike_the_others() -> None:
    found = years(1)
    assert (found.of(2).import_w == found.of(2).import_w).all()
    assert (found.of(2).import_w != found.of(3).import_w).any()
