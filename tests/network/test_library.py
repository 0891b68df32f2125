import subprocess
import sys
from pathlib import Path

import pytest

from hcr.errors import FeederError, NotFoundError, UsageError
from hcr.network.library import Library

RECIPE = "customers: 6\nseed: 1\n"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "feeders", tmp_path / "cache")


def fill(folder: Path, circuit: str = "x") -> None:
    (folder / "model").mkdir()
    (folder / "model" / "Master.dss").write_text(f"New Circuit.{circuit}\n", encoding="utf-8")
    (folder / "customers.csv").write_text("load_id,element\n", encoding="utf-8")
    (folder / "feeder.yaml").write_text(f"name: {circuit}\n", encoding="utf-8")


def add(library: Library, mrid: str, circuit: str = "x", *, replace: bool = False) -> None:
    with library.adding(mrid, replace=replace) as folder:
        fill(folder, circuit)


def add_recipe(library: Library, mrid: str, text: str = RECIPE) -> None:
    (library.root / mrid).mkdir(parents=True, exist_ok=True)
    (library.root / mrid / "recipe.yaml").write_text(text, encoding="utf-8")


def test_an_empty_library_has_no_feeders(library: Library) -> None:
    assert library.mrids() == []
    assert not library.has("north")


def test_what_was_added_is_listed_sorted_and_can_be_opened(library: Library) -> None:
    add(library, "south")
    add(library, "north")
    assert library.mrids() == ["north", "south"]
    assert library.open("north").mrid == "north"


def test_an_error_while_adding_leaves_nothing(library: Library) -> None:
    def add_half() -> None:
        with library.adding("north") as folder:
            fill(folder)
            assert library.mrids() == []
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        add_half()
    assert library.mrids() == []
    assert list(library.root.iterdir()) == []


def test_replacing_keeps_the_old_feeder_until_the_new_one_is_whole(library: Library) -> None:
    add(library, "north", "old")
    with library.adding("north", replace=True) as folder:
        fill(folder, "new")
        assert library.open("north").name == "old"
    assert library.open("north").name == "new"
    with pytest.raises(RuntimeError), library.adding("north", replace=True) as folder:
        raise RuntimeError
    assert library.open("north").name == "new"
    assert [path.name for path in library.root.iterdir()] == ["north"]


def test_the_old_feeder_comes_back_where_the_new_one_cannot_take_its_place(library: Library) -> None:
    add(library, "north", "old")
    with pytest.raises(FileNotFoundError), library.adding("north", replace=True) as folder:
        folder.rmdir()
    assert library.open("north").name == "old"


def test_a_feeder_is_not_replaced_unasked(library: Library) -> None:
    add(library, "north", "old")
    with pytest.raises(UsageError, match="exists already"):
        add(library, "north", "new")
    assert library.open("north").name == "old"


@pytest.mark.parametrize("mrid", ["../x", "", ".hidden", "a/b", "..", "a\\b", "a b", "a\n", "x" * 101, "ä"])
def test_an_mrid_that_is_no_plain_folder_name_is_refused(library: Library, mrid: str) -> None:
    with pytest.raises(UsageError, match="cannot be a feeder mRID"):
        add(library, mrid)
    with pytest.raises(NotFoundError):
        library.open(mrid)
    assert not library.has(mrid)


def test_folders_left_by_a_killed_process_are_no_feeders(library: Library) -> None:
    (library.root / ".new-left").mkdir(parents=True)
    fill(library.root / ".new-left")
    assert library.mrids() == []


def test_an_unknown_feeder_is_answered_with_a_guess(library: Library) -> None:
    add(library, "north_01")
    with pytest.raises(NotFoundError, match="did you mean 'north_01'"):
        library.open("nort_01")
    with pytest.raises(NotFoundError, match="it holds north_01"):
        library.open("completely different")


def test_an_empty_library_says_so(library: Library) -> None:
    with pytest.raises(NotFoundError, match="the library is empty"):
        library.open("north")


def test_a_long_library_is_not_listed_whole(library: Library) -> None:
    for number in range(11):
        add(library, f"f{number:02}")
    with pytest.raises(NotFoundError, match="and 3 more"):
        library.open("zzzzzzzz")


def test_a_recipe_is_generated_once(library: Library) -> None:
    add_recipe(library, "syn")
    assert library.is_recipe("syn")
    first = library.open("syn")
    made = first.master.stat().st_mtime_ns
    assert first.mrid == "syn"
    assert len(first.customers) == 6
    assert library.open("syn").master.stat().st_mtime_ns == made
    assert [path.name for path in (library.root / "syn").iterdir()] == ["recipe.yaml"]


def test_a_recipe_may_ask_for_transformers_days_and_voltages(library: Library) -> None:
    text = "customers: 6\nseed: 1\ntransformers: 2\ndays: 1\nvoltages: {missing: 0.5}\n"
    add_recipe(library, "syn", text)
    origin = library.open("syn").origin
    assert (origin["transformers"], origin["days"]) == (2, 1)
    assert origin["voltages"] == {"noise": 0.005, "wrong": 0.02, "missing": 0.5, "drift": 0.006}


def test_a_changed_recipe_gives_a_new_feeder_and_leaves_the_old_one_to_its_readers(library: Library) -> None:
    add_recipe(library, "syn")
    first = library.open("syn")
    add_recipe(library, "syn", "customers: 4\nseed: 1\n")
    second = library.open("syn")
    assert (len(first.customers), len(second.customers)) == (6, 4)
    assert first.master.is_file()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n",
        "customers: [\n",
        "customers: many\nseed: 1\n",
        "seed: 1\n",
        "customers: 0\nseed: 1\n",
        "a: 1\n",
        "customers: 4\nseed: 1\ntransformers: 5\n",
        "customers: 4\nseed: 1\nvoltages: true\n",
        "customers: 4\nseed: 1\nvoltages: {louder: 1}\n",
        "customers: 4\nseed: 1\nvoltages: {noise: 5}\n",
    ],
)
def test_a_broken_recipe_names_the_feeder_and_leaves_nothing(library: Library, text: str) -> None:
    add_recipe(library, "syn", text)
    with pytest.raises(FeederError, match=r"feeder syn: recipe\.yaml cannot be used"):
        library.open("syn")
    assert not library.cache.exists()


def test_two_processes_may_generate_one_feeder_at_once(library: Library) -> None:
    add_recipe(library, "syn")
    program = (
        "import sys; from pathlib import Path; from hcr.network.library import Library; "
        "print(len(Library(Path(sys.argv[1]), Path(sys.argv[2])).open('syn').customers))"
    )
    command = [sys.executable, "-c", program, str(library.root), str(library.cache)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=60)[0].strip() for process in both] == ["6", "6"]
    assert len(list((library.cache / "syn").iterdir())) == 1
