"""From a request to its tasks: feeders x scenarios x years."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hcr.contract.generator_config import HcGeneratorConfigInput, HcModelConfigInput
from hcr.contract.inputs import (
    FeederConfigInput,
    FixedTimeInput,
    ForecastConfigInput,
    TimePeriodInput,
    WorkPackageInput,
)
from hcr.contract.load_time import FixedTimeLoadOverrideInput, TimePeriodLoadOverrideInput
from hcr.contract.result_processor_config import HcResultProcessorConfigInput
from hcr.studies.task import LoadTime, ModelSettings, Outputs, Override, SolveSettings, Task


def plan(package: WorkPackageInput, *, engine: str = "auto") -> list[Task]:
    """Return the tasks of a package, in the order of its lists, years last.

    Of tasks for the same feeder, scenario and year only the first is kept: they would write the same files.
    `options.review` refuses repeats that differ.

    Parameters
    ----------
    engine : `auto`, `batch` or `opendss`; see `engine_choice`.
    """
    model = model_settings(package.generator_config)
    solve = replace(solve_settings(package.generator_config, model), engine=engine)
    outputs = _outputs(package)
    tasks = [
        Task(feeder, scenario, year, load_time, model, solve, outputs)
        for feeders, scenarios, years, load_time in _blocks(package)
        for feeder in feeders
        for scenario in scenarios
        for year in years
    ]
    kept: dict[tuple[str, str, int], Task] = {}
    for task in tasks:
        kept.setdefault((task.feeder, task.scenario, task.year), task)
    return list(kept.values())


def kind_of(package: WorkPackageInput) -> str:
    """Return `forecast` or `feeder_override`."""
    return "feeder_override" if package.feeder_configs else "forecast"


Block = tuple[Sequence[str], Sequence[str], Sequence[int], LoadTime]


def _blocks(package: WorkPackageInput) -> Iterable[Block]:
    if package.forecast_config:
        config = package.forecast_config
        yield config.feeders, config.scenarios, config.years, _load_time(config)
    for one in package.feeder_configs.configs if package.feeder_configs else ():
        yield (one.feeder,), one.scenarios, one.years, _load_time(one)


def _load_time(config: ForecastConfigInput | FeederConfigInput) -> LoadTime:
    if isinstance(config.fixed_time, FixedTimeInput):
        fixed = config.fixed_time
        return LoadTime(fixed.load_time, None, tuple(_override(one) for one in fixed.overrides or ()))
    assert isinstance(config.time_period, TimePeriodInput)  # noqa: S101 - the contract demands one of the two
    period = config.time_period
    return LoadTime(
        period.start_time, period.end_time, tuple(_override(one) for one in period.overrides or ())
    )


def _override(given: FixedTimeLoadOverrideInput | TimePeriodLoadOverrideInput) -> Override:
    return Override(
        given.load_id,
        _tuple(given.load_watts_override),
        _tuple(given.load_var_override),
        _tuple(given.gen_watts_override),
        _tuple(given.gen_var_override),
    )


def model_settings(config: HcGeneratorConfigInput | None) -> ModelSettings:
    """Return how load data becomes elements, defaults included."""
    given = (config.model if config else None) or HcModelConfigInput()
    standard = ModelSettings()
    return ModelSettings(
        interval_minutes=round((given.load_interval_length_hours or 0.5) * 60),
        load_model=given.load_model,
        load_v_min_pu=given.load_v_min_pu,
        load_v_max_pu=given.load_v_max_pu,
        gen_v_min_pu=standard.gen_v_min_pu if given.gen_v_min_pu is None else given.gen_v_min_pu,
        gen_v_max_pu=standard.gen_v_max_pu if given.gen_v_max_pu is None else given.gen_v_max_pu,
        source_pu=given.vm_pu,
        power_factor_imports=given.p_factor_base_imports,
        power_factor_exports=given.p_factor_base_exports,
        fill_gaps=given.window_fill_missing_load is not False,
        default_load_w=_tuple(given.default_load_watts),
        default_load_var=_tuple(given.default_load_var),
        default_gen_w=_tuple(given.default_gen_watts),
        default_gen_var=_tuple(given.default_gen_var),
    )


def solve_settings(config: HcGeneratorConfigInput | None, model: ModelSettings) -> SolveSettings:
    """Return how the engine walks through time, defaults included."""
    given = config.solve if config else None
    if given is None:
        return SolveSettings(step_minutes=model.interval_minutes)
    standard = SolveSettings()
    return SolveSettings(
        mode=(given.mode or "YEARLY").lower(),
        step_minutes=given.step_size_minutes or model.interval_minutes,
        max_iterations=given.max_iter or standard.max_iterations,
        max_control_iterations=given.max_control_iter or standard.max_control_iterations,
    )


def _outputs(package: WorkPackageInput) -> Outputs:
    results = package.result_processor_config or HcResultProcessorConfigInput()
    writer = results.writer_config.output_writer_config if results.writer_config else None
    metrics = writer.enhanced_metrics_config if writer else None
    stored = results.stored_results
    meters = package.generator_config.model if package.generator_config else None
    placement = meters.meter_placement_config if meters else None
    return Outputs(
        enhanced_metrics=bool(metrics and metrics.populate_enhanced_metrics),
        duration_curves=bool(metrics and metrics.populate_duration_curves),
        constraints=bool(metrics and metrics.populate_constraints),
        energy_meters_raw=bool(stored and stored.energy_meters_raw),
        energy_meter_voltages_raw=bool(stored and stored.energy_meter_voltages_raw),
        customer_voltages=package.feeder_configs is not None,
        normal_load_thermal=bool(metrics and metrics.calculate_normal_for_load_thermal),
        emergency_load_thermal=bool(metrics and metrics.calculate_emerg_for_load_thermal),
        normal_gen_thermal=bool(metrics and metrics.calculate_normal_for_gen_thermal),
        emergency_gen_thermal=bool(metrics and metrics.calculate_emerg_for_gen_thermal),
        feeder_head=placement is None or placement.feeder_head is not False,
        transformers=placement is None or placement.dist_transformers is not False,
    )


def _tuple(values: Sequence[float] | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(float(value) for value in values)
