"""Finds the line at which something of a stack is declared: in its config file, or in a catalog that it names.

It judges nothing and never fails.
"""

from collections.abc import Sequence
from pathlib import Path

from components.replica.catalog import Declared
from tools.review.report import Location


class ConfigLines:
    """The lines of what one stack declares.

    Args:
        declared: What it declares; a file that cannot be read has no lines.
        root: The directory that pipelines name files from.
    """

    def __init__(self, declared: Declared, root: Path) -> None:
        self._declared = declared
        directory = declared.files.directory
        self._prefix = directory.relative_to(root) if directory.is_relative_to(root) else Path()
        self.file = self._shown(declared.files.shown)

    def find(self, *paths: Sequence[str]) -> Location | None:
        """Return the first place that is wholly written down, else the one that is written down deepest.

        Args:
            paths: Keys below `config`, from the outside in.
        """
        found = [(*self._declared.find(path), len(path)) for path in paths]
        whole = [place for depth, place, length in found if depth == length]
        _, deepest, _ = max(found, key=lambda each: each[0], default=(0, None, 0))
        place = next(iter(whole), None) or deepest
        return Location(file=self._shown(place.file), line=place.line) if place else None

    def _shown(self, file: str) -> str:
        return (self._prefix / file).as_posix() if file else ""
