"""Scenarios of the input database, as the service answers them."""

from dataclasses import dataclass

from hcr.client.wire_values import fields_of, integer_of, items_of, text_of


@dataclass(frozen=True, slots=True)
class ScenarioConfiguration:
    """Which forecasts and allocations make up a scenario; empty where it has none."""

    id: str
    scenario_name: str
    demand_forecasts_scenario: str
    demand_forecast_poe: str
    demand_forecast_level: str
    pv_forecasts_scenario: str
    pv_forecast_level: str
    pv_allocation_id: str
    bess_forecasts_scenario: str
    bess_forecast_level: str
    bess_allocation_id: str
    ev_forecasts_scenario: str
    ev_forecast_level: str
    ev_allocation_id: str

    @classmethod
    def read(cls, value: object) -> "ScenarioConfiguration":
        """The scenario of an answer."""
        fields = fields_of(value)
        return cls(
            id=text_of(fields.get("id")),
            scenario_name=text_of(fields.get("scenarioName")),
            demand_forecasts_scenario=text_of(fields.get("demandForecastsScenario")),
            demand_forecast_poe=text_of(fields.get("demandForecastPoe")),
            demand_forecast_level=text_of(fields.get("demandForecastLevel")),
            pv_forecasts_scenario=text_of(fields.get("pvForecastsScenario")),
            pv_forecast_level=text_of(fields.get("pvForecastLevel")),
            pv_allocation_id=text_of(fields.get("pvAllocationId")),
            bess_forecasts_scenario=text_of(fields.get("bessForecastsScenario")),
            bess_forecast_level=text_of(fields.get("bessForecastLevel")),
            bess_allocation_id=text_of(fields.get("bessAllocationId")),
            ev_forecasts_scenario=text_of(fields.get("evForecastsScenario")),
            ev_forecast_level=text_of(fields.get("evForecastLevel")),
            ev_allocation_id=text_of(fields.get("evAllocationId")),
        )


@dataclass(frozen=True, slots=True)
class ScenarioConfigurationPage:
    """Some of the scenarios; `total` counts all that match."""

    total: int
    offset: int
    scenario_configurations: tuple[ScenarioConfiguration, ...]

    @classmethod
    def read(cls, value: object) -> "ScenarioConfigurationPage":
        """The page of an answer."""
        fields = fields_of(value)
        scenarios = tuple(
            ScenarioConfiguration.read(item) for item in items_of(fields.get("scenarioConfigs"))
        )
        total = integer_of(fields.get("totalCount"))
        return cls(
            len(scenarios) if total is None else total, integer_of(fields.get("offset")) or 0, scenarios
        )
