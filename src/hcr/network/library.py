"""The feeder library: a folder of feeders, each named by its mRID.

A feeder folder that holds only `recipe.yaml` is a synthetic feeder: it is generated when first opened, into
the cache, so that examples need not carry a year of load data. Its folder there is named by what made it, so
a changed recipe gives a new one, and whoever still reads the old one is not disturbed.
"""

import difflib
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from hcr import __version__
from hcr.errors import FeederError, NotFoundError, UsageError
from hcr.network.feeder import FEEDER_FILE, MRID, MRID_RULE, Feeder, read_feeder

if TYPE_CHECKING:
    from hcr.network.generate import FeederRecipe

RECIPE_FILE = "recipe.yaml"


@dataclass(frozen=True, slots=True)
class Library:
    """Feeders below `root`; `cache` keeps generated ones, and `circuits`, if set, what was compiled."""

    root: Path
    cache: Path
    circuits: Path | None = None

    def mrids(self) -> list[str]:
        """Return the mRIDs of all feeders, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(path.name for path in self.root.iterdir() if self.has(path.name))

    def has(self, mrid: str) -> bool:
        """Return whether the library holds a feeder."""
        return bool(MRID.fullmatch(mrid)) and _is_feeder(self.root / mrid)

    def is_recipe(self, mrid: str) -> bool:
        """Return whether a feeder of the library is a recipe only."""
        return self.has(mrid) and not (self.root / mrid / FEEDER_FILE).is_file()

    def open(self, mrid: str) -> Feeder:
        """Return a feeder, generating it first where the library holds only its recipe.

        Raises
        ------
        NotFoundError
            The library has no such feeder.
        FeederError
            A file of the feeder is broken.
        """
        if not self.has(mrid):
            raise self.unknown(mrid)
        folder = self.root / mrid
        if self.is_recipe(mrid):
            folder = self._generated(folder / RECIPE_FILE, mrid)
        return read_feeder(folder)

    def unknown(self, mrid: str) -> NotFoundError:
        """Return the error that says which feeders there are instead."""
        known = self.mrids()
        near = difflib.get_close_matches(mrid, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else _listed(known)
        return NotFoundError(
            f"feeder {mrid!r} is not in the library",
            why=hint,
            remedy="`hcr DIR feeder list` shows the feeders; `feeder import` and `feeder generate` add one.",
        )

    @contextmanager
    def adding(self, mrid: str, *, replace: bool = False) -> Iterator[Path]:
        """Give an empty folder to fill; it becomes the feeder when the block ends without an error.

        Raises
        ------
        UsageError
            The mRID cannot be a folder name, or the feeder exists and must not be replaced.
        """
        if not MRID.fullmatch(mrid):
            raise UsageError(
                f"{mrid!r} cannot be a feeder mRID here",
                why=f"it names a folder: {MRID_RULE}",
            )
        target = self.root / mrid
        if target.exists() and not replace:
            raise UsageError(
                f"feeder {mrid!r} exists already",
                why=f"it lies in {target}",
                remedy="Choose another --mrid, or replace it with --replace.",
            )
        self.root.mkdir(parents=True, exist_ok=True)
        with _fresh_folder(self.root) as fresh:
            yield fresh
            _swap_in(fresh, target)

    def _generated(self, recipe_path: Path, mrid: str) -> Path:
        made_by = hashlib.sha256(__version__.encode() + b"\n" + recipe_path.read_bytes())
        target = self.cache / mrid / made_by.hexdigest()[:16]
        if target.is_dir():
            return target
        from hcr.network.generate import generate_feeder  # numpy and the profiles: only when needed

        recipe = read_recipe(recipe_path, mrid)
        target.parent.mkdir(parents=True, exist_ok=True)
        with _fresh_folder(target.parent) as fresh:
            generate_feeder(recipe, fresh)
            try:
                fresh.rename(target)
            except OSError:
                if not target.is_dir():  # else another process was first; equal recipes give equal folders
                    raise
        return target


def read_recipe(path: Path, mrid: str) -> "FeederRecipe":
    """Return the recipe of a synthetic feeder.

    Raises
    ------
    FeederError
        The file is no mapping of the recipe's fields, or no feeder can be made from their values.
    """
    try:
        facts = yaml.safe_load(path.read_text(encoding="utf-8"))
        recipe = _recipe(mrid=mrid, **facts)
        recipe.check()
    except (OSError, TypeError, ValueError, UsageError, yaml.YAMLError) as error:
        raise FeederError(
            f"feeder {mrid}: {RECIPE_FILE} cannot be used",
            why=" ".join(str(error).split()),
            remedy="It takes customers, seed, mv_kv, year, pv_share, transformers, days, "
            'voltages (noise, wrong, missing, drift) and utc_offset ("+10:00", in quotes).',
        ) from error
    return recipe


def _recipe(*, voltages: "dict[str, float] | None" = None, **facts: Any) -> "FeederRecipe":
    from hcr.network.generate import FeederRecipe
    from hcr.network.meter_faults import MeterFaults

    return FeederRecipe(**facts, voltages=None if voltages is None else MeterFaults(**voltages))


def _is_feeder(folder: Path) -> bool:
    return (folder / FEEDER_FILE).is_file() or (folder / RECIPE_FILE).is_file()


def _listed(known: list[str]) -> str:
    if not known:
        return "the library is empty"
    shown = ", ".join(known[:8])
    return f"it holds {shown}" + (f" and {len(known) - 8} more" if len(known) > 8 else "")


@contextmanager
def _fresh_folder(parent: Path) -> Iterator[Path]:
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=parent))
    try:
        fresh.chmod(0o755)
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap_in(fresh: Path, target: Path) -> None:
    """Rename a finished folder into place; an older one is moved aside first and removed last."""
    with _fresh_folder(target.parent) as aside:
        old = aside / "old"
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
