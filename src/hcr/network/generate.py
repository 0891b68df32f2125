"""Makes synthetic feeders: an MV and LV network of the Australian kind with a year of load data."""

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
from hcr.network.synthetic_load_data import load_id, write_load_data
from hcr.network.synthetic_model import LV_KV, LV_PHASE_KV, NOMINAL_POSITION, write_model
from hcr.network.synthetic_plan import CustomerSite, FeederLayout

__all__ = ["FeederRecipe", "generate_feeder"]

HIDDEN_POSITIONS = (2, 3, 4, 5, 6, 7)
HIDDEN_POSITION_SHARE = (0.05, 0.22, 0.38, 0.25, 0.07, 0.03)


def generate_feeder(recipe: FeederRecipe, folder: Path) -> None:
    """Write a feeder into an empty folder: model, feeder.yaml, customers.csv, load data and truth.yaml.

    The network, the load data and the hidden tap positions draw from three independent streams of the seed.
    Equal recipes give byte-identical files.
    """
    recipe.check()
    network_seed, load_seed, truth_seed = np.random.SeedSequence(recipe.seed).spawn(3)
    layout = draw_layout(recipe, np.random.Generator(np.random.PCG64(network_seed)))
    model_folder = folder / MODEL_FOLDER
    model_folder.mkdir(parents=True)
    write_model(layout, recipe, model_folder)
    _write_yaml(folder / FEEDER_FILE, _feeder_facts(layout, recipe))
    _write_customers(folder / CUSTOMERS_FILE, recipe, layout.customers)
    write_load_data(folder / LOAD_DATA_FILE, recipe=recipe, customers=layout.customers, seed=load_seed)
    truth_rng = np.random.Generator(np.random.PCG64(truth_seed))
    _write_yaml(folder / "truth.yaml", _hidden_truth(layout, recipe, truth_rng))


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
        },
    }


def _hidden_truth(layout: FeederLayout, recipe: FeederRecipe, rng: np.random.Generator) -> dict[str, object]:
    """What a calibration has to find: the model says position 4 everywhere, the street says otherwise."""
    positions = rng.choice(HIDDEN_POSITIONS, size=len(layout.transformers), p=HIDDEN_POSITION_SHARE)
    return {
        "mrid": recipe.mrid,
        "seed": recipe.seed,
        "nominal_position": NOMINAL_POSITION,
        "tap_positions": {
            site.element: int(position) for site, position in zip(layout.transformers, positions, strict=True)
        },
    }


def _write_yaml(path: Path, content: dict[str, object]) -> None:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_customers(path: Path, recipe: FeederRecipe, sites: Sequence[CustomerSite]) -> None:
    customers = [
        Customer(load_id(recipe, site), site.element, float(site.pv_kw), float(site.pv_inverter_kva))
        for site in sites
    ]
    more = {
        "phases": [site.phases for site in sites],
        "nominal_v": [f"{1000.0 * LV_PHASE_KV:g}"] * len(sites),
        "transformer": [f"Transformer.{site.transformer}" for site in sites],
    }
    write_customers(path, customers, more)
