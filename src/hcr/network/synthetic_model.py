"""Writes the layout of a synthetic feeder as an OpenDSS model."""

from collections.abc import Iterable
from pathlib import Path

from hcr.network.feeder_recipe import FeederRecipe
from hcr.network.line_construction import (
    CONDUCTORS,
    CONSTRUCTIONS,
    SERVICE_1_PHASE,
    SERVICE_3_PHASE,
    Conductor,
    Construction,
)
from hcr.network.synthetic_plan import CustomerSite, FeederLayout, Span, TransformerSite

LV_KV = 0.433
LV_PHASE_KV = 0.25
EMERGENCY_RATIO = 1.5
TAP_POSITIONS = 8
NOMINAL_POSITION = 4
TAP_STEP = 0.025
REDIRECTED = (
    "WireData.dss",
    "LineGeometry.dss",
    "Transformers.dss",
    "Lines.dss",
    "Services.dss",
    "Loads.dss",
)
NODES = {"A": "1.4", "B": "2.4", "C": "3.4", "ABC": "1.2.3.4"}
SHORT_CIRCUIT_MVA = {11.0: 150.0, 22.0: 250.0}
SHORT_CIRCUIT_MVA_PER_CUSTOMER = 0.06  # a larger feeder hangs on a stronger busbar
NOMINAL_CUSTOMER_KW = 0.9  # average demand of a customer; the load data brings the real one
NOMINAL_COMMERCIAL_KW = 3.0
NOMINAL_POWER_FACTOR = 0.97


def tap_ratio(position: int) -> float:
    """Primary tap of a position [pu]; a higher position has fewer primary turns, so a higher LV voltage."""
    return 1.0 - TAP_STEP * (position - NOMINAL_POSITION)


def write_model(layout: FeederLayout, recipe: FeederRecipe, folder: Path) -> None:
    """Write Master.dss and the files it redirects to; every transformer stands at its nominal position."""
    files = {
        "Master.dss": _master(layout, recipe),
        "WireData.dss": [_wire(conductor) for conductor in CONDUCTORS],
        "LineGeometry.dss": [line for construction in CONSTRUCTIONS for line in _geometry(construction)],
        "Transformers.dss": [line for t in layout.transformers for line in _transformer(t, recipe.mv_kv)],
        "Lines.dss": [_mv_line(span) for span in layout.mv_spans] + [_lv_line(s) for s in layout.lv_spans],
        "Services.dss": [line for customer in layout.customers for line in _service(customer)],
        "Loads.dss": [_load(customer) for customer in layout.customers],
        "Buscoords.csv": [f"{bus},{p.x_m:.1f},{p.y_m:.1f}" for bus, p in sorted(layout.places.items())],
    }
    for name, lines in files.items():
        _write_lines(folder / name, lines)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _master(layout: FeederLayout, recipe: FeederRecipe) -> list[str]:
    fault_mva = max(SHORT_CIRCUIT_MVA[recipe.mv_kv], SHORT_CIRCUIT_MVA_PER_CUSTOMER * recipe.customers)
    return [
        f"! Synthetic feeder {recipe.mrid}: {recipe.customers} customers, seed {recipe.seed}.",
        "Clear",
        "Set DefaultBaseFrequency=50",
        f"New Circuit.{_circuit_name(recipe.mrid)} bus1={layout.source_bus} phases=3",
        f"~ basekv={recipe.mv_kv:g} pu=1.0 MVAsc3={fault_mva:g} MVAsc1={0.8 * fault_mva:g} x1r1=8 x0r0=4",
        *(f"Redirect {name}" for name in REDIRECTED),
        f"Set VoltageBases=[{recipe.mv_kv:g}, {LV_KV:g}]",
        "CalcVoltageBases",
        "Buscoords Buscoords.csv",
    ]


def _circuit_name(mrid: str) -> str:
    """The mRID without dots, which OpenDSS takes for the end of a name."""
    return mrid.replace(".", "_")


def _wire(conductor: Conductor) -> str:
    # The engine's default earth model (Deri) starts from Rdc and leaves Rac aside: both are given hot.
    resistance = conductor.resistance_ohm_km
    return (
        f"New WireData.{conductor.name} Runits=km Rdc={resistance:.5g} Rac={resistance:.5g}"
        f" GMRunits=mm GMRac={conductor.gmr_mm:.5g} Radunits=mm diam={conductor.diameter_mm:g}"
        f" NormAmps={conductor.rating_a:g} EmergAmps={EMERGENCY_RATIO * conductor.rating_a:g}"
    )


def _geometry(construction: Construction) -> list[str]:
    wires = construction.wires
    lines = [f"New LineGeometry.{construction.name} Nconds={wires} Nphases={wires}"]
    places = zip(construction.x_m, construction.height_m, strict=True)
    lines += [
        f"~ Cond={number} Wire={construction.conductor.name} x={x:g} h={height:g} units=m"
        for number, (x, height) in enumerate(places, start=1)
    ]
    return lines


def _transformer(site: TransformerSite, mv_kv: float) -> list[str]:
    """The transformer (Dyn11) and the earth of its star point."""
    kind = site.type
    rating = f"kVA={kind.rating_kva:g} %R={kind.resistance_percent / 2.0:.4f}"
    no_load_loss_percent = 100.0 * kind.no_load_loss_kw / kind.rating_kva
    return [
        f"New Transformer.{site.name} Phases=3 Windings=2 LeadLag=Lead Xhl={kind.reactance_percent:.4f}",
        f"~ %NoLoadLoss={no_load_loss_percent:.4f} %Imag={kind.no_load_current_percent:g}",
        f"~ NormHkVA={kind.rating_kva:g} EmergHkVA={EMERGENCY_RATIO * kind.rating_kva:g}",
        f"~ Wdg=1 Bus={site.mv_bus}.1.2.3 Conn=Delta kV={mv_kv:g} {rating}",
        f"~ NumTaps={TAP_POSITIONS - 1} MinTap={tap_ratio(TAP_POSITIONS):g} MaxTap={tap_ratio(1):g}",
        f"~ Tap={tap_ratio(NOMINAL_POSITION):g}",
        f"~ Wdg=2 Bus={site.lv_bus}.1.2.3.4 Conn=Wye kV={LV_KV:g} {rating}",
        _earth(site.name, site.lv_bus, site.earth_ohm),
    ]


def _earth(name: str, bus: str, resistance_ohm: float) -> str:
    """An electrode between the neutral of a bus and remote earth (multiple earthed neutral, AS/NZS 3000)."""
    return f"New Reactor.earth_{name} Phases=1 Bus1={bus}.4 Bus2={bus}.0 R={resistance_ohm:g} X=0"


def _mv_line(span: Span) -> str:
    return (
        f"New Line.{span.name} Phases=3 Bus1={span.from_bus}.1.2.3 Bus2={span.to_bus}.1.2.3"
        f" Geometry={span.construction.name} Length={span.length_m:g} Units=m"
    )


def _lv_line(span: Span) -> str:
    return (
        f"New Line.{span.name} Phases=4 Bus1={span.from_bus}.1.2.3.4 Bus2={span.to_bus}.1.2.3.4"
        f" Geometry={span.construction.name} Length={span.length_m:g} Units=m"
    )


def _service(customer: CustomerSite) -> list[str]:
    """The service line and the earth electrode of the customer."""
    nodes = NODES[customer.phases]
    construction = SERVICE_3_PHASE if customer.phases == "ABC" else SERVICE_1_PHASE
    return [
        f"New Line.service_{customer.name} Phases={construction.wires}",
        f"~ Bus1={customer.pole_bus}.{nodes} Bus2={customer.bus}.{nodes}",
        f"~ Geometry={construction.name} Length={customer.service_m:g} Units=m",
        _earth(customer.name, customer.bus, customer.earth_ohm),
    ]


def _load(customer: CustomerSite) -> str:
    phases, kv = (3, LV_KV) if customer.phases == "ABC" else (1, LV_PHASE_KV)
    kw = NOMINAL_COMMERCIAL_KW if customer.commercial else NOMINAL_CUSTOMER_KW
    return (
        f"New Load.{customer.name} Phases={phases} Bus1={customer.bus}.{NODES[customer.phases]} Conn=Wye"
        f" kV={kv:g} kW={kw:g} PF={NOMINAL_POWER_FACTOR:g} Model=1 VminPU=0.8 VmaxPU=1.15"
    )
