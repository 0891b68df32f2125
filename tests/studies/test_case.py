from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from hcr.errors import FeederError
from hcr.network.feeder import Customer, Feeder, read_feeder
from hcr.network.generate import FeederRecipe, generate_feeder
from hcr.network.load_data import LoadData, Period, read_load_data
from hcr.network.tap_changer import TapChanger, off_load_taps
from hcr.powerflow.opendss_names import quoted
from hcr.results.parquet import write_parquet
from hcr.studies.case import build_case, period_of, settings_edits
from hcr.studies.recording import solutions
from hcr.studies.task import (
    LoadTime,
    ModelSettings,
    Outputs,
    Override,
    SolveSettings,
    TapPosition,
    Task,
)

MASTER = """
clear
new circuit.small basekv=11 pu=1.0 phases=3 bus1=src r1=0.01 x1=0.01 r0=0.01 x0=0.01
new line.head bus1=src.1.2.3 bus2=mv.1.2.3 r1=0.2 x1=0.2 r0=0.3 x0=0.4 c1=0 c0=0 length=1 normamps=200
new transformer.tx phases=3 windings=2 buses=(mv.1.2.3, lv.1.2.3.0) conns=(delta, wye) kvs=(11, 0.4)
~ kvas=(100, 100) xhl=4 %rs=(0.5, 0.5)
new line.service bus1=lv.1 bus2=home.1 phases=1 r1=0.1 x1=0.05 r0=0.1 x0=0.05 c1=0 c0=0 length=1 normamps=80
new line.cut bus1=lv.2 bus2=dark.2 phases=1 r1=0.1 x1=0.05 r0=0.1 x0=0.05 c1=0 c0=0 length=1 normamps=80
open line.cut 1
new load.one bus1=home.1.0 phases=1 kv=0.23 kw=2 kvar=0.4 model=1
new load.three bus1=lv.1.2.3 phases=3 kv=0.4 kw=6 kvar=1.2 model=1
new load.unlit bus1=dark.2.0 phases=1 kv=0.23 kw=1 kvar=0.1 model=1
new load.off bus1=home.1.0 phases=1 kv=0.23 kw=1 kvar=0.1 enabled=no
set voltagebases=[11, 0.4]
calcvoltagebases
"""
IN_SERVICE = (Customer("c1", "Load.one"), Customer("c3", "Load.three"))
Row = tuple[str, datetime, float, float, float, float]
MakeFeeder = Callable[..., Feeder]


def half_hours(load_id: str, start: datetime, powers: Sequence[Sequence[float]]) -> list[Row]:
    """Return rows of load data, the first one ending half an hour after `start`."""
    return [
        (load_id, start + timedelta(minutes=30 * (at + 1)), one[0], one[1], one[2], one[3])
        for at, one in enumerate(powers)
    ]


@pytest.fixture
def make_feeder(tmp_path: Path) -> MakeFeeder:
    """Return a maker of small feeders with given customers and load data."""

    def make(rows: Sequence[Row] = (), customers: tuple[Customer, ...] = IN_SERVICE) -> Feeder:
        (tmp_path / "model").mkdir(exist_ok=True)
        (tmp_path / "model" / "Master.dss").write_text(MASTER, encoding="utf-8")
        if rows:
            names = ("load_id", "time", "import_w", "import_var", "export_w", "export_var")
            kinds = (object, "datetime64[us]", float, float, float, float)
            columns = {
                name: np.array(column, kind)
                for name, kind, column in zip(names, kinds, zip(*rows, strict=True), strict=True)
            }
            write_parquet(tmp_path / "load_data.parquet", columns)
        master = tmp_path / "model" / "Master.dss"
        return Feeder("small", tmp_path, master, timedelta(hours=10), customers)

    return make


def instant(at: datetime, *overrides: Override, **changes: object) -> Task:
    task = Task("small", "base", 2025, LoadTime(at, None, overrides))
    return replace(task, **changes)


def period(start: datetime, end: datetime, step: int = 30, interval: int = 30, year: int = 2025) -> Task:
    model, solve = ModelSettings(interval_minutes=interval), SolveSettings(step_minutes=step)
    return Task("small", "base", year, LoadTime(start, end), model, solve)


DAY = datetime(2025, 7, 9)


@pytest.mark.parametrize(
    ("at", "start"),
    [
        (datetime(2025, 7, 9, 18, 30), datetime(2025, 7, 9, 18)),
        (datetime(2025, 7, 9, 18, 10), datetime(2025, 7, 9, 18)),
        (datetime(2025, 7, 9, 18, 30, 1), datetime(2025, 7, 9, 18, 30)),
        (datetime(2025, 7, 9, 0, 0), datetime(2025, 7, 8, 23, 30)),
        (datetime(2025, 7, 9, 0, 1), datetime(2025, 7, 9)),
        (datetime(2025, 1, 1, 0, 0), datetime(2024, 12, 31, 23, 30)),
        (datetime(2025, 7, 9, 23, 59), datetime(2025, 7, 9, 23, 30)),
    ],
)
def test_an_instant_is_the_interval_that_ends_at_or_after_it(at: datetime, start: datetime):
    assert period_of(instant(at)) == Period(start, 1, 30)


@pytest.mark.parametrize("step", [15, 60])
def test_an_instant_is_an_interval_of_the_load_data_whatever_the_step(step: int):
    task = instant(datetime(2025, 7, 9, 18, 10), solve=SolveSettings(step_minutes=step))

    assert period_of(task) == Period(datetime(2025, 7, 9, 18), 1, 30)


@pytest.mark.parametrize(("step", "intervals"), [(15, 96), (30, 48), (60, 24), (120, 12)])
def test_a_period_is_its_steps(step: int, intervals: int):
    assert period_of(period(DAY, DAY + timedelta(days=1), step)) == Period(DAY, intervals, step)


@pytest.mark.parametrize(
    ("start", "minutes", "step", "why"),
    [
        (DAY, 50, 30, "the period of 50 minutes is no whole number of them"),
        (DAY, 90, 60, "the period of 90 minutes is no whole number of them"),
        (DAY, 45, 15, "the period of 45 minutes is no whole number of them"),
        (DAY.replace(hour=18, minute=10), 60, 30, "the period starts at 18:10, inside an interval"),
        (DAY, 60, 20, "steps neither divide nor are whole intervals"),
        (DAY, 90, 45, "steps neither divide nor are whole intervals"),
    ],
)
def test_what_fits_no_interval_is_refused(start: datetime, minutes: int, step: int, why: str):
    with pytest.raises(FeederError) as refusal:
        period_of(period(start, start + timedelta(minutes=minutes), step))

    assert refusal.value.why == why
    assert "small" in refusal.value.what
    assert refusal.value.remedy


def test_settings_are_edits_of_the_model():
    assert settings_edits(ModelSettings()) == ()
    assert settings_edits(ModelSettings(load_model=4, load_v_min_pu=0.8, source_pu=1.03)) == (
        "batchedit load..* model=4 vminpu=0.8",
        "edit vsource.source pu=1.03",
    )


def test_settings_reach_the_engine(make_feeder: MakeFeeder):
    feeder = make_feeder()
    task = instant(DAY.replace(hour=12), model=ModelSettings(source_pu=1.05, load_model=2))

    case = build_case(feeder, task)
    (solution,) = solutions(case)

    source = np.abs(solution.voltage_v[case.circuit.nodes.names.index("src.1"), 0])
    assert source == pytest.approx(1.05 * 11000 / np.sqrt(3), rel=1e-3)
    # Constant impedance: at a voltage above nominal the load draws more than it states.
    assert solution.injector_va[0, 0].real > 2000.0 * 1.03**2


def test_without_any_load_data_every_load_keeps_what_the_model_states(make_feeder: MakeFeeder):
    case = build_case(make_feeder(), period(DAY, DAY + timedelta(hours=1)))

    assert case.injections.elements == ()
    assert case.injections.lanes == 2
    assert case.warnings == (
        "small: 2 of 2 customers have no load data; they keep the power that the model states",
    )
    (solution,) = solutions(case)
    np.testing.assert_allclose(solution.injector_va[0], 2000 + 400j, rtol=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"),
    [(15, [1e3, 1e3, 2e3, 2e3, 3e3, 3e3, 4e3, 4e3]), (30, [1e3, 2e3, 3e3, 4e3]), (60, [1.5e3, 3.5e3])],
)
def test_steps_against_half_hourly_data(make_feeder: MakeFeeder, step: int, expected: list[float]):
    rows = [
        *half_hours("c1", DAY, [(1000 * (at + 1), 0, 0, 0) for at in range(4)]),
        *half_hours("c3", DAY, [(0, 0, 0, 0)] * 4),
    ]

    case = build_case(make_feeder(rows), period(DAY, DAY + timedelta(hours=2), step))

    assert case.injections.power_w[case.injections.elements.index("Load.one")].tolist() == expected
    assert case.injections.step_hours == step / 60


def test_the_data_of_an_instant_is_that_of_its_interval(make_feeder: MakeFeeder):
    rows = half_hours("c1", DAY, [(at, 0, 0, 0) for at in range(48)])
    feeder = make_feeder(rows, IN_SERVICE[:1])

    at_half_past = build_case(feeder, instant(DAY.replace(hour=18, minute=30)))
    inside = build_case(feeder, instant(DAY.replace(hour=18, minute=31)))

    assert at_half_past.injections.power_w.tolist() == [[36.0]]  # 18:00 to 18:30
    assert inside.injections.power_w.tolist() == [[37.0]]


def test_exports_are_generators_beside_the_load_with_the_sign_of_data(make_feeder: MakeFeeder):
    rows = half_hours("c1", DAY, [(0, 0, 3000, 600)])
    rows += half_hours("c3", DAY, [(0, 0, 9000, -900)])

    case = build_case(make_feeder(rows), period(DAY, DAY + timedelta(minutes=30)))
    (solution,) = solutions(case)

    names = case.circuit.injectors.elements.names
    power = {name.lower(): solution.injector_va[at, 0] for at, name in enumerate(names)}
    assert power["generator.hcr_export_0"] == pytest.approx(
        -3000 + 600j, rel=1e-6
    )  # positive var is consumed
    assert power["generator.hcr_export_1"] == pytest.approx(-9000 - 900j, rel=1e-6)
    assert power["load.one"] == pytest.approx(0.0, abs=1e-3)
    bus = {
        name.lower(): ends[0] for name, ends in zip(names, case.circuit.injectors.elements.buses, strict=True)
    }
    assert (bus["generator.hcr_export_0"], bus["generator.hcr_export_1"]) == ("home", "lv")


def test_an_export_raises_the_voltage(make_feeder: MakeFeeder):
    task = instant(DAY.replace(hour=12), Override("c1", load_w=(0.0, -5000.0), gen_w=(0.0,)))

    case = build_case(make_feeder(), task)
    (solution,) = solutions(case)

    home = np.abs(solution.voltage_v[case.circuit.nodes.names.index("home.1")])
    assert home[1] > home[0] + 1.0
    assert case.entries.tolist() == [0, 1]


def test_a_circuit_that_was_compiled_before_makes_the_same_case(make_feeder: MakeFeeder, tmp_path: Path):
    feeder = make_feeder(half_hours("c1", DAY, [(0, 0, 3000, 600)]))
    task = instant(DAY.replace(minute=30))
    fresh = build_case(feeder, task)

    cases = [build_case(feeder, task, circuits=tmp_path / "circuits") for _ in range(2)]

    assert [case.circuit.model for case in cases] == [fresh.circuit.model] * 2
    assert fresh.circuit.model.digest == feeder.model_digest()
    assert [case.circuit for case in cases] == [fresh.circuit] * 2
    assert len(list((tmp_path / "circuits").iterdir())) == 2  # without exports, and with them


def test_stamps_are_matched_by_position_in_the_year(make_feeder: MakeFeeder):
    leap = datetime(2024, 3, 1)  # day 61 of a leap year
    rows = half_hours("c1", leap, [(1, 0, 0, 0)] * 2)

    case = build_case(make_feeder(rows), period(leap, leap + timedelta(hours=1), year=2030))

    assert case.stamps.tolist() == [datetime(2030, 3, 2, 0, 30), datetime(2030, 3, 2, 1, 0)]
    assert case.injections.hours.tolist() == [60 * 24 + 0.5, 60 * 24 + 1.0]


def test_the_last_interval_of_a_year_ends_in_the_next(make_feeder: MakeFeeder):
    case = build_case(make_feeder(), instant(datetime(2026, 1, 1), Override("c1", load_w=(1.0, 2.0))))

    assert case.stamps.tolist() == [datetime(2026, 1, 1)] * 2


def test_unknown_overrides_are_a_warning(make_feeder: MakeFeeder):
    rows = half_hours("c1", DAY, [(1, 0, 0, 0)])
    task = instant(DAY.replace(minute=30), Override("nobody", load_w=(1.0,)))

    case = build_case(make_feeder(rows, IN_SERVICE[:1]), task)

    assert case.warnings == ("small: 1 overrides have no effect, no load in service is called nobody",)


def test_customers_that_no_supply_reaches_are_a_warning(make_feeder: MakeFeeder):
    customers = (
        *IN_SERVICE,
        Customer("c4", "Load.unlit"),
        Customer("c5", "Load.off"),
        Customer("c6", "Load.gone"),
    )
    rows = [row for one in customers for row in half_hours(one.load_id, DAY, [(100, 0, 50, 0)])]

    case = build_case(make_feeder(rows, customers), instant(DAY.replace(minute=30)))

    assert case.warnings == (
        "small: 2 of 5 customers are left out, their loads are not in service",
        "small: 1 of 5 customers have no supply and are in no table of customers",
    )
    assert "Load.off" not in case.injections.elements


def test_defaults_are_a_warning(make_feeder: MakeFeeder):
    model = ModelSettings(default_load_w=(100.0,) * 48)

    case = build_case(make_feeder(), instant(DAY.replace(hour=9), model=model))

    assert case.warnings == ("small: 2 of 2 customers have no load data; they take the default series",)
    assert case.injections.power_w.tolist() == [[100.0], [100.0]]


def test_the_order_of_the_customers_changes_nothing(make_feeder: MakeFeeder):
    rows = half_hours("c1", DAY, [(0, 0, 3000, 600)]) + half_hours("c3", DAY, [(500, 0, 9000, -900)])
    task = period(DAY, DAY + timedelta(minutes=30))

    one, other = build_case(make_feeder(rows), task), build_case(make_feeder(rows, IN_SERVICE[::-1]), task)

    assert one.injections.elements == other.injections.elements
    assert one.circuit.model.edits == other.circuit.model.edits
    np.testing.assert_array_equal(one.injections.power_w, other.injections.power_w)


def test_two_customers_with_one_load_are_refused(make_feeder: MakeFeeder):
    customers = (Customer("c1", "Load.one"), Customer("c2", "load.ONE"))

    with pytest.raises(FeederError, match=r"customers share the load Load\.one"):
        build_case(make_feeder((), customers), instant(DAY))


@pytest.mark.parametrize(
    ("outputs", "kinds"),
    [
        (Outputs(), ["FEEDER_HEAD", "TRANSFORMER"]),
        (Outputs(feeder_head=False), ["TRANSFORMER"]),
        (Outputs(transformers=False), ["FEEDER_HEAD"]),
    ],
)
def test_zones_are_those_that_have_a_meter(make_feeder: MakeFeeder, outputs: Outputs, kinds: list[str]):
    case = build_case(make_feeder(), instant(DAY, outputs=outputs))

    assert [zone.kind for zone in case.zones] == kinds


def test_no_meter_at_all_is_refused(make_feeder: MakeFeeder):
    with pytest.raises(FeederError, match="there is no measurement zone"):
        build_case(make_feeder(), instant(DAY, outputs=Outputs(feeder_head=False, transformers=False)))


def test_the_load_data_is_vouched_for_as_it_was_read(make_feeder: MakeFeeder):
    start = datetime(2025, 1, 15, 12)
    feeder = make_feeder(half_hours("c1", start, [(500.0, 0.0, 0.0, 0.0)] * 2))

    case = build_case(feeder, period(start, start + timedelta(hours=1)))
    read = feeder.load_data_digest()
    make_feeder(half_hours("c1", start, [(900.0, 0.0, 0.0, 0.0)] * 2))

    assert case.load_data_digest == read != feeder.load_data_digest()
    assert build_case(replace(feeder, folder=feeder.folder / "model"), instant(start)).load_data_digest == ""


def test_load_data_that_is_replaced_while_it_is_read_is_refused(
    make_feeder: MakeFeeder, monkeypatch: pytest.MonkeyPatch
):
    start = datetime(2025, 1, 15, 12)
    feeder = make_feeder(half_hours("c1", start, [(500.0, 0.0, 0.0, 0.0)] * 2))

    def read_and_replaced(*given: object, **options: object) -> LoadData:
        data = read_load_data(*given, **options)  # type: ignore[arg-type]
        make_feeder(half_hours("c1", start, [(900.0, 0.0, 0.0, 0.0)] * 2))
        return data

    monkeypatch.setattr("hcr.studies.case.read_load_data", read_and_replaced)
    with pytest.raises(FeederError, match="changed while it was read"):
        build_case(feeder, period(start, start + timedelta(hours=1)))


@pytest.mark.parametrize(("days", "kept"), [(None, True), (31, True), (32, False)])
def test_every_voltage_is_kept_for_an_instant_and_a_month(
    make_feeder: MakeFeeder, days: int | None, kept: bool
):
    start = datetime(2025, 1, 1)
    feeder = make_feeder(half_hours("c1", start, [(500.0, 0.0, 0.0, 0.0)] * 2))
    end = None if days is None else start + timedelta(days=days)
    moment = start + timedelta(minutes=30) if end is None else start
    asked = Task("small", "base", 2025, LoadTime(moment, end), outputs=Outputs(customer_voltages=True))

    case = build_case(feeder, asked)
    unasked = build_case(feeder, replace(asked, outputs=Outputs()))

    left_out = "small: customer_voltages is left out, the period is longer than 31 days"
    assert case.keeps_customer_voltages == kept
    assert (left_out in case.warnings) == (not kept)
    assert not unasked.keeps_customer_voltages
    assert left_out not in unasked.warnings


def test_readings_that_were_filled_are_told(tmp_path: Path) -> None:
    """A period that the data covers in part solves, and says how much of it is not from meters."""
    folder = tmp_path / "half"
    folder.mkdir()
    generate_feeder(FeederRecipe("half", 3, 1, year=2025), folder)
    december = LoadTime(datetime(2025, 12, 31), datetime(2026, 1, 2))

    case = build_case(read_feeder(folder), Task("half", "base", 2025, december))

    assert [text for text in case.warnings if "50.0% of the load readings" in text]


def test_given_taps_move_the_voltages_by_their_gains(make_feeder: MakeFeeder) -> None:
    feeder, noon = make_feeder(), DAY.replace(hour=12)
    bare = build_case(feeder, instant(noon))
    (changer,) = off_load_taps(bare.circuit, list(bare.zones)).values()
    assert isinstance(changer, TapChanger)
    nodes = [bare.circuit.nodes.names.index(f"lv.{phase}") for phase in (1, 2, 3)]
    (as_modelled,) = solutions(bare)
    for position in (1, 3, 6, 8):
        tap = TapPosition("transformer.TX", changer.winding, changer.taps[position - 1], position)

        case = build_case(feeder, instant(noon, taps=(tap,)))
        (solution,) = solutions(case)

        ratio = np.abs(solution.voltage_v[nodes]) / np.abs(as_modelled.voltage_v[nodes])
        assert ratio == pytest.approx(changer.gain(position), abs=2e-3)
        assert case.warnings == bare.warnings


def test_taps_of_transformers_that_are_not_there_are_a_warning(make_feeder: MakeFeeder) -> None:
    taps = (TapPosition("Transformer.gone", 1, 1.05, 2), TapPosition("Transformer.tx", 1, 1.025, 3))
    feeder, noon = make_feeder(), DAY.replace(hour=12)

    case = build_case(feeder, instant(noon, taps=taps))

    told = "small: tap settings have no effect, Transformer.gone is not in the model"
    assert [text for text in case.warnings if "tap" in text] == [told]
    assert case.circuit.model.edits == ('edit "Transformer.tx" wdg=1 tap=1.025',)
    only_gone = build_case(feeder, instant(noon, taps=taps[:1]))
    assert only_gone.circuit.model.edits == ()


ODD_NAMES = ("tx 1", "tx,1", "tx=1", "tx wdg=2 tap=0.9", "tx'1", 'tx"1', "tx[1]", "tx'\"(1")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_that_begins_like_another_moves_its_own_tap(make_feeder: MakeFeeder, name: str) -> None:
    feeder, full = make_feeder(), f"Transformer.{name}"
    second = f"new {quoted(full)} phases=3 windings=2 buses=(mv, lv_2) kvs=(11, 0.4) kvas=(100, 100)\n"
    text = feeder.master.read_text(encoding="utf-8")
    feeder.master.write_text(text.replace("set volt", second + "set volt"), encoding="utf-8")

    case = build_case(feeder, instant(DAY, taps=(TapPosition(full, 1, 1.05, 2),)))

    names, windings = case.circuit.branches.elements.names, case.circuit.windings
    assert windings is not None
    taps = {
        (names[branch], number): tap
        for branch, number, tap in zip(windings.branch, windings.number, windings.tap, strict=True)
    }
    moved = {winding: tap for winding, tap in taps.items() if tap != 1.0}
    assert moved == {(full, 1): 1.05}
    assert case.warnings == build_case(make_feeder(), instant(DAY)).warnings
