"""Finds the files that a script means by their names, tolerating backslashes and a different case."""

from pathlib import Path


class FileFinder:
    """Finds files by the names that scripts give them.

    Remembers what it found and which names a folder holds: a model may name thousands of files of one
    folder. It is made for one model that does not change meanwhile.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[Path, str], Path | None] = {}
        self._names: dict[Path, dict[str, list[str]]] = {}

    def find(self, folder: Path, written: str) -> Path | None:
        """Return the file that a script in `folder` means; None if there is none, or several are alike."""
        key = folder, written
        if key not in self._found:
            self._found[key] = self._look_up(folder, written)
        return self._found[key]

    def _look_up(self, folder: Path, written: str) -> Path | None:
        current = folder
        for part in Path(written.replace("\\", "/")).parts:
            exact = current / part
            if part == ".." or exact.exists():
                current = exact
                continue
            alike = self._names_in(current).get(part.lower(), [])
            if len(alike) != 1:
                return None
            current /= alike[0]
        return current.resolve() if current.is_file() else None

    def _names_in(self, folder: Path) -> dict[str, list[str]]:
        """Return the names in a folder by their lower case."""
        if folder not in self._names:
            names: dict[str, list[str]] = {}
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                names.setdefault(path.name.lower(), []).append(path.name)
            self._names[folder] = names
        return self._names[folder]
