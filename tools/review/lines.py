"""Finds the line of a stack's config file at which something is declared. It judges nothing and never fails."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tools.review.report import Location

_MERGE = "tag:yaml.org,2002:merge"


class ConfigLines:
    """The lines of one file.

    Args:
        path: The file; one that cannot be read has no lines.
        root: The directory that pipelines name files from.
    """

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self.file = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name

    def find(self, *paths: Sequence[str]) -> Location | None:
        """Return the first place that is wholly written down, else the one that is written down deepest.

        Args:
            paths: Keys below `config`, from the outside in.
        """
        found = [(*self._line(path), len(path)) for path in paths]
        whole = [line for depth, line, length in found if depth == length]
        deepest = max(found, key=lambda each: each[0], default=(0, 0, 0))
        line = whole[0] if whole else deepest[1]
        return Location(file=self.file, line=line) if line else None

    def _line(self, path: Sequence[str]) -> tuple[int, int]:
        """Return how many keys of a path are written down, and the line of the last of them."""
        node, line = self._config, 0
        for depth, key in enumerate(path):
            entry = _entry(node, key)
            if entry is None:
                return depth, line
            line = entry[0].start_mark.line + 1
            node = entry[1]
        return len(path), line

    @cached_property
    def _config(self) -> Node | None:
        try:
            with self._path.open(encoding="utf-8") as file:
                top = yaml.compose(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except (OSError, ValueError, yaml.YAMLError):
            return None
        entry = _entry(top, "config")
        return entry[1] if entry else None


def _entry(node: Node | None, key: str) -> tuple[Node, Node] | None:
    """Find key and value in a map, and in what is merged into it."""
    if not isinstance(node, MappingNode):
        return None
    for name, value in node.value:
        if isinstance(name, ScalarNode) and name.value == key:
            return name, value
    for name, value in node.value:
        if name.tag == _MERGE:
            for merged in value.value if isinstance(value, SequenceNode) else [value]:
                if found := _entry(merged, key):
                    return found
    return None
