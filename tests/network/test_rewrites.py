from pathlib import Path

import pytest

from hcr.network.dss_text import read_lines
from hcr.network.rewrites import rewrite_lines


def rewritten(folder: Path, text: str) -> tuple[str, list[str]]:
    (folder / "x.dss").write_text(text, encoding="utf-8")
    new, applied = rewrite_lines("x.dss", read_lines(folder / "x.dss"), {})
    return new, [f"{one.line} {one.rewrite.name} {one.removed}" for one in applied]


@pytest.mark.parametrize(
    ("line", "expected", "applied"),
    [
        ("New PVSystem.p Mode=7 kv=1 ! Mode=7", "New PVSystem.p  kv=1 ! Mode=7", "1 pvsystem-mode Mode=7"),
        ("New PVSystem.p model = 7", "New PVSystem.p ", "1 pvsystem-model-7 model = 7"),
        ("  Show voltages LN // see", "// see", "1 output-command Show voltages LN"),
        ("export meters file=a.csv", "", "1 output-command export meters file=a.csv"),
        ("Plot profile", "", "1 output-command Plot profile"),
    ],
)
def test_what_does_harm_is_taken_out(tmp_path: Path, line: str, expected: str, applied: str) -> None:
    assert rewritten(tmp_path, line) == (f"{expected}\n", [applied])


@pytest.mark.parametrize(
    ("line", "expected", "applied"),
    [
        ("Edit Fuse.f action=Close x=1", "Edit Fuse.f {closed} x=1", "1 fuse-action-close action=Close"),
        ("New Fuse.f x=1 Action = open", "New Fuse.f x=1 {open}", "1 fuse-action-open Action = open"),
        ("New Fuse.f act=(o) x=1", "New Fuse.f {open} x=1", "1 fuse-action-open act=(o)"),
        ('New Fuse.f action="c", x=1', "New Fuse.f {closed}, x=1", '1 fuse-action-close action="c"'),
        ("Fuse.f.action=open", "Fuse.f.{open}", "1 fuse-action-open action=open"),
        ("BatchEdit Fuse..* action=open", "BatchEdit Fuse..* {open}", "1 fuse-action-open action=open"),
    ],
)
def test_actions_of_fuses_are_written_as_states(
    tmp_path: Path, line: str, expected: str, applied: str
) -> None:
    states = {"closed": "state=(closed closed closed)", "open": "state=(open open open)"}
    assert rewritten(tmp_path, line) == (f"{expected.format_map(states)}\n", [applied])


@pytest.mark.parametrize(
    "line",
    [
        "New Storage.s mode=7",
        "New Load.l model=7",
        "New PVSystem.p model=1",
        "New PVSystem.p model=77",
        "New Fuse.f state=(open open open) ! action=open",
        "New Fuse.action fusecurve=c",
        "New Recloser.r action=close",
        "! New PVSystem.p mode=7",
        "New Line.show bus1=export",
        "Set mode=daily",
        "solve",
    ],
)
def test_all_else_stays(tmp_path: Path, line: str) -> None:
    assert rewritten(tmp_path, line) == (f"{line}\n", [])


def test_a_continuation_line_is_rewritten_as_its_element(tmp_path: Path) -> None:
    text, applied = rewritten(
        tmp_path, "New PVSystem.p\n~ mode=7 kv=1\nNew Storage.s\n~ mode=7\n/* mode\nmode=7\n*/\n"
    )
    assert text == "New PVSystem.p\n~  kv=1\nNew Storage.s\n~ mode=7\n/* mode\nmode=7\n*/\n"
    assert applied == ["2 pvsystem-mode mode=7"]


def test_file_names_are_changed_where_told_and_reported(tmp_path: Path) -> None:
    (tmp_path / "x.dss").write_text("redirect A.dss ! A.dss\nredirect A.dss\n", encoding="utf-8")
    text, applied = rewrite_lines("x.dss", read_lines(tmp_path / "x.dss"), {(2, "A.dss"): "a.dss"})
    assert text == "redirect A.dss ! A.dss\nredirect a.dss\n"
    assert str(applied[0]).startswith("x.dss:2: wrote `a.dss` for `A.dss`: ")
