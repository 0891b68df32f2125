"""Catalogue of conductors, pole-top constructions and distribution transformers of synthetic feeders.

Sources
-------
Bare conductors: stranding, diameter and d.c. resistance at 20 °C as in AS 1531 (AAC) and AS 3607 (ACSR/GZ),
printed in the makers' catalogues under the same names (Pluto, Mercury, Mars, Libra; Banana, Apple).
Bundled LV cables: AS/NZS 3560.1, d.c. resistance at 20 °C of IEC 60228 class 2 aluminium; usual ratings in
air.
Ratings of bare conductors: steady-state heat balance of IEEE Std 738 for a conductor at 75 °C, air at 40 °C,
1 m/s wind across the conductor, sun of 1000 W/m², emissivity and absorptivity 0.5, rounded to 5 A.
Transformers: load and no-load losses chosen so that the efficiency at half load and unity power factor is the
minimum of AS 2374.1.2 (98.62 % at 63 kVA to 99.13 % at 500 kVA); 4 % impedance.
"""

from dataclasses import dataclass

ALUMINIUM_TEMPERATURE_COEFFICIENT = 0.00403  # per kelvin at 20 °C, IEC 60889
OPERATING_TEMPERATURE_C = 50.0  # what a conductor well below its rating has on a summer day
SOLID_LAYER_GMR = 0.726  # geometric mean radius / outer radius of seven equal strands
STEEL_CORED_GMR = 0.50  # lower for one aluminium layer over steel: the core adds internal inductance


@dataclass(frozen=True, slots=True)
class Conductor:
    """One wire: resistance at 20 °C [ohm/km], outer diameter [mm], continuous rating [A].

    `gmr_ratio` is the geometric mean radius over the outer radius.
    """

    name: str
    resistance_20_ohm_km: float
    diameter_mm: float
    rating_a: float
    gmr_ratio: float = SOLID_LAYER_GMR

    @property
    def resistance_ohm_km(self) -> float:
        """Resistance at operating temperature [ohm/km]; skin effect is below 1 % at these sizes."""
        rise_k = OPERATING_TEMPERATURE_C - 20.0
        return self.resistance_20_ohm_km * (1.0 + ALUMINIUM_TEMPERATURE_COEFFICIENT * rise_k)

    @property
    def gmr_mm(self) -> float:
        """Geometric mean radius [mm]."""
        return self.gmr_ratio * self.diameter_mm / 2.0


@dataclass(frozen=True, slots=True)
class Construction:
    """Where the wires hang: across the line `x_m`, above ground `height_m` [m]; the neutral comes last."""

    name: str
    conductor: Conductor
    x_m: tuple[float, ...]
    height_m: tuple[float, ...]

    @property
    def wires(self) -> int:
        """Number of wires, the neutral included."""
        return len(self.x_m)


@dataclass(frozen=True, slots=True)
class TransformerType:
    """A three-phase distribution transformer: rating [kVA], losses [kW], impedance, no-load current [%]."""

    rating_kva: float
    load_loss_kw: float
    no_load_loss_kw: float
    impedance_percent: float = 4.0
    no_load_current_percent: float = 1.2

    @property
    def resistance_percent(self) -> float:
        """Series resistance of both windings together [%]."""
        return 100.0 * self.load_loss_kw / self.rating_kva

    @property
    def reactance_percent(self) -> float:
        """Leakage reactance [%]."""
        return float((self.impedance_percent**2 - self.resistance_percent**2) ** 0.5)


PLUTO = Conductor("pluto_19_375", 0.137, 18.8, 540.0, 0.758)  # 19 equal strands
MERCURY = Conductor("mercury_7_450", 0.258, 13.5, 365.0)
MARS = Conductor("mars_7_375", 0.370, 11.3, 290.0)
LIBRA = Conductor("libra_7_300", 0.579, 9.0, 220.0)
BANANA = Conductor("banana_6_1_375", 0.433, 11.3, 270.0, STEEL_CORED_GMR)
APPLE = Conductor("apple_6_1_300", 0.677, 9.0, 205.0, STEEL_CORED_GMR)
# Compacted cores: nearly solid, hence the higher geometric mean radius.
CORE_150 = Conductor("abc_core_150", 0.206, 14.1, 285.0, 0.77)
CORE_95 = Conductor("abc_core_95", 0.320, 11.3, 215.0, 0.77)
CORE_50 = Conductor("abc_core_50", 0.641, 8.2, 140.0, 0.77)
CORE_25 = Conductor("abc_core_25", 1.20, 6.0, 97.0, 0.77)
# An 80 mm x 5 mm aluminium tube: carries a substation bay that feeds more than one trunk.
TUBE = Conductor("tube_80_5", 0.0245, 80.0, 2000.0, 0.94)

CONDUCTORS = (PLUTO, MERCURY, MARS, LIBRA, BANANA, APPLE, CORE_150, CORE_95, CORE_50, CORE_25, TUBE)


def _flat_mv(name: str, conductor: Conductor) -> Construction:
    """Three MV wires on a 2.2 m crossarm, the middle one off centre to clear the pole."""
    return Construction(name, conductor, (-1.1, -0.35, 1.1), (9.5, 9.5, 9.5))


def _flat_lv(name: str, conductor: Conductor) -> Construction:
    """Three LV phases and the neutral on a 2 m crossarm; the neutral is wired last, beside the pole."""
    return Construction(name, conductor, (-0.9, 0.35, 0.9, -0.35), (7.0, 7.0, 7.0, 7.0))


def _bundle(name: str, core: Conductor, insulation_mm: float) -> Construction:
    """Four twisted cores in a square, 6.5 m above ground."""
    pitch = (core.diameter_mm + 2.0 * insulation_mm) / 1000.0
    return Construction(name, core, (0.0, pitch, pitch, 0.0), (6.5, 6.5, 6.5 + pitch, 6.5 + pitch))


def _pair(name: str, core: Conductor, insulation_mm: float) -> Construction:
    """One phase core and the neutral core side by side, 5 m above ground."""
    pitch = (core.diameter_mm + 2.0 * insulation_mm) / 1000.0
    return Construction(name, core, (0.0, pitch), (5.0, 5.0))


MV_BUSBAR = Construction("mv_busbar", TUBE, (-0.8, 0.0, 0.8), (5.0, 5.0, 5.0))
MV_PLUTO = _flat_mv("mv_pluto", PLUTO)
MV_MERCURY = _flat_mv("mv_mercury", MERCURY)
MV_BANANA = _flat_mv("mv_banana", BANANA)
MV_APPLE = _flat_mv("mv_apple", APPLE)
LV_MERCURY = _flat_lv("lv_mercury", MERCURY)
LV_MARS = _flat_lv("lv_mars", MARS)
LV_LIBRA = _flat_lv("lv_libra", LIBRA)
LV_ABC_150 = _bundle("lv_abc_4x150", CORE_150, 1.7)
LV_ABC_95 = _bundle("lv_abc_4x95", CORE_95, 1.7)
LV_ABC_50 = _bundle("lv_abc_4x50", CORE_50, 1.5)
SERVICE_3_PHASE = _bundle("service_4x25", CORE_25, 1.3)
SERVICE_1_PHASE = _pair("service_2x25", CORE_25, 1.3)

CONSTRUCTIONS = (
    MV_BUSBAR,
    MV_PLUTO,
    MV_MERCURY,
    MV_BANANA,
    MV_APPLE,
    LV_MERCURY,
    LV_MARS,
    LV_LIBRA,
    LV_ABC_150,
    LV_ABC_95,
    LV_ABC_50,
    SERVICE_3_PHASE,
    SERVICE_1_PHASE,
)

TRANSFORMER_TYPES = (
    TransformerType(63.0, 1.05, 0.18),
    TransformerType(100.0, 1.51, 0.25),
    TransformerType(200.0, 2.60, 0.42),
    TransformerType(315.0, 3.80, 0.58),
    TransformerType(500.0, 5.50, 0.82),
)


def smallest_transformer(demand_kva: float) -> TransformerType:
    """The smallest catalogue transformer that carries the demand [kVA]; the largest when none does."""
    for kind in TRANSFORMER_TYPES:
        if kind.rating_kva >= demand_kva:
            return kind
    return TRANSFORMER_TYPES[-1]
