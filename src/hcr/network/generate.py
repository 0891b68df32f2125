"""Makes synthetic feeders: MV and LV networks of the Australian kind, with load data."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from hcr.network.feeder import (
    CUSTOMERS_FILE,
    FEEDER_FILE,
    LOAD_DATA_FILE,
    MODEL_FOLDER,
    Customer,
    write_customers,
)
from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.synthetic_layout import draw_layout
from hcr.network.synthetic_load_data import write_load_data
from hcr.network.synthetic_meters import MeteredVoltages
from hcr.network.synthetic_model import LV_KV, LV_PHASE_KV, write_model
from hcr.network.synthetic_plan import CustomerSite, FeederLayout, load_id
from hcr.network.synthetic_truth import HiddenTruth, draw_truth
from hcr.network.synthetic_years import CustomerYears

__all__ = ["FeederRecipe", "generate_feeder"]


def generate_feeder(recipe: FeederRecipe, folder: Path) -> None:
    """Write a feeder into an empty folder: model, feeder.yaml, customers.csv, load data and truth.yaml.

    The network, the load data, the hidden tap positions and the meters draw from independent streams of the
    seed. Equal recipes give byte-identical files.
    """
    recipe.check()
    network_seed, load_seed, truth_seed, meter_seed = np.random.SeedSequence(recipe.seed).spawn(4)
    layout = draw_layout(recipe, np.random.Generator(np.random.PCG64(network_seed)))
    truth = draw_truth(layout, recipe, truth_seed, meter_seed)
    model_folder = folder / MODEL_FOLDER
    model_folder.mkdir(parents=True)
    write_model(layout, recipe, model_folder)
    _write_yaml(folder / FEEDER_FILE, _feeder_facts(layout, recipe))
    _write_customers(folder / CUSTOMERS_FILE, recipe, layout.customers)
    years = CustomerYears.drawn(recipe, layout.customers, load_seed)
    readings = _readings(layout, recipe, truth, years)
    write_load_data(folder / LOAD_DATA_FILE, recipe=recipe, years=years, readings=readings)
    _write_yaml(folder / "truth.yaml", truth.facts(recipe, layout.customers))


def _readings(
    layout: FeederLayout, recipe: FeederRecipe, truth: HiddenTruth, years: CustomerYears
) -> MeteredVoltages | None:
    """What the voltage meters read; None where the recipe has none."""
    if truth.metered is None:
        return None
    from hcr.network.synthetic_voltages import true_voltages  # the engines: only when needed

    return truth.metered.meters.read(true_voltages(layout, recipe, truth, years))


def _feeder_facts(layout: FeederLayout, recipe: FeederRecipe) -> dict[str, object]:
    return {
        "mrid": recipe.mrid,
        "name": f"Synthetic feeder {recipe.mrid}",
        "master": "model/Master.dss",
        "utc_offset": recipe.utc_offset,
        "voltage_levels_kv": [float(recipe.mv_kv), LV_KV],
        "frequency_hz": 50.0,
        "head": {"element": f"Line.{layout.mv_spans[0].name}", "terminal": 1},
        "origin": {
            "kind": "generated",
            "customers": recipe.customers,
            "seed": recipe.seed,
            "mv_kv": float(recipe.mv_kv),
            "year": recipe.year,
            "pv_share": float(recipe.pv_share),
            **recipe.chosen(),
        },
    }


def _write_yaml(path: Path, content: dict[str, object]) -> None:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_customers(path: Path, recipe: FeederRecipe, sites: Sequence[CustomerSite]) -> None:
    customers = [
        Customer(load_id(recipe.mrid, site), site.element, float(site.pv_kw), float(site.pv_inverter_kva))
        for site in sites
    ]
    more = {
        "phases": [site.phases for site in sites],
        "nominal_v": [f"{1000.0 * LV_PHASE_KV:g}"] * len(sites),
        "transformer": [f"Transformer.{site.transformer}" for site in sites],
    }
    write_customers(path, customers, more)
