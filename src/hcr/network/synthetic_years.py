"""The metered years of a synthetic feeder's customers, each made when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.synthetic_demand import MeterYear, make_meter_year
from hcr.network.synthetic_plan import CustomerSite
from hcr.network.synthetic_weather import STEPS_PER_DAY, Weather, make_weather


@dataclass(frozen=True, slots=True)
class CustomerYears:
    """What the meters see in the days of the recipe.

    Every customer draws a whole year from a stream of its own, so its half hours depend neither on how
    customers are batched nor on how many days are wanted.
    """

    customers: tuple[CustomerSite, ...]
    steps: int
    weather: Weather
    seeds: tuple[np.random.SeedSequence, ...]

    @classmethod
    def drawn(
        cls, recipe: FeederRecipe, customers: Sequence[CustomerSite], seed: np.random.SeedSequence
    ) -> "CustomerYears":
        """Return the years that follow from a seed, which is spent."""
        weather_seed, *customer_seeds = seed.spawn(1 + len(customers))
        weather = make_weather(recipe.year, np.random.default_rng(weather_seed))
        return cls(tuple(customers), recipe.days * STEPS_PER_DAY, weather, tuple(customer_seeds))

    def __len__(self) -> int:
        return len(self.customers)

    def of(self, number: int) -> MeterYear:
        """Return what the meter of a customer sees, each (steps,)."""
        rng = np.random.Generator(np.random.PCG64(self.seeds[number]))
        return make_meter_year(self.customers[number], self.weather, rng).until(self.steps)
