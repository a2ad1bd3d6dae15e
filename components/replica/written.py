"""Values with the place at which each is written: YAML read with file and line, and how one layer is laid over another.

Knows no section and no rule: what may be written where is for others to judge. It never shows a value of a file.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_VALUES = 200_000
"""Values in one file, aliases written out: what is beyond that is no catalog."""

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_FORMS = {f"{_TAG}{name}" for name in ("bool", "int", "float", "null", "merge", "timestamp")}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen by what is installed
    """Reads `yes`, `no`, `on` and `off` as texts, as the engine does."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, form) for tag, form in resolvers if tag in _FORMS and (tag != f"{_TAG}bool" or first in "tTfF")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True)
class Place:
    """Where something is written.

    Attributes:
        file: The file, relative to the project; "" for what no file of the project holds.
        line: Its line, 0 where it is not known.
        path: The keys in that file, from the outside in.
    """

    file: str
    line: int
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Write it as editors and pipelines do: `catalogs/prod.yaml:7`."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def below(self, *keys: str, line: int | None = None) -> Place:
        """Return the place of something inside."""
        return Place(self.file, self.line if line is None else line, (*self.path, *keys))


class Mistake(NamedTuple):
    """What is wrong, and where."""

    place: Place
    reason: str


@dataclass(frozen=True)
class Written:
    """A value and where it is written; maps and lists hold such values.

    Attributes:
        place: Where.
        value: A text, number, boolean or None, a map or a list.
        deletes: It is a null that has deleted what a lower layer says.
    """

    place: Place
    value: Any
    deletes: bool = False

    @property
    def entries(self) -> Mapping[str, Written]:
        """What a map holds; nothing for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def plain(self) -> Any:
        """Return the value without its places, and without what is deleted."""
        if isinstance(self.value, dict):
            return {key: each.plain() for key, each in self.value.items() if not each.deletes}
        if isinstance(self.value, list):
            return [each.plain() for each in self.value]
        return self.value

    def holding(self, entries: Mapping[str, Written]) -> Written:
        """Return a map at the same place with other entries."""
        return replace(self, value=dict(entries))

    def find(self, path: Sequence[str]) -> tuple[int, Written]:
        """Return how many keys of a path are written, and the value at the last of them."""
        found = self
        for depth, key in enumerate(path):
            inner = found._inner(key)
            if inner is None:
                return depth, found
            found = inner
        return len(path), found

    def keys_of(self, dotted: str) -> list[str]:
        """Split a path whose keys may hold dots themselves, by what is written."""
        inner = self.entries
        if isinstance(self.value, list):
            inner = {str(index): each for index, each in enumerate(self.value)}
        named = [key for key in inner if dotted == key or dotted.startswith(f"{key}.")]
        if not dotted or not named:
            return dotted.split(".") if dotted else []
        key = max(named, key=len)
        return [key, *inner[key].keys_of(dotted[len(key) + 1 :])]

    def leaves(self) -> Iterator[Written]:
        """Yield every value that is no map, with empty maps, from the top down."""
        if isinstance(self.value, dict) and self.value:
            for each in self.value.values():
                yield from each.leaves()
        else:
            yield self

    def _inner(self, key: str) -> Written | None:
        if isinstance(self.value, dict):
            return self.value.get(key)
        if isinstance(self.value, list) and key.isdecimal() and int(key) < len(self.value):
            return self.value[int(key)]  # type: ignore[no-any-return]  # a Written
        return None


def of(value: Any, place: Place) -> Written:
    """Give plain values the place of their path, at lines that are not known."""
    if isinstance(value, dict):
        return Written(place, {key: of(each, place.below(key)) for key, each in value.items()})
    if isinstance(value, list):
        return Written(place, [of(each, place.below(str(index))) for index, each in enumerate(value)])
    return Written(place, value)


def merged(lower: Written, upper: Written) -> Written:
    """Lay one layer over another: maps merge key by key, anything else replaces, and null deletes.

    Associative where a path is a map in every layer that says it, or in none.
    """
    if not isinstance(lower.value, dict) or not isinstance(upper.value, dict):
        return replace(upper, deletes=True) if upper.value is None else upper
    both = {key: merged(lower.value[key], each) for key, each in upper.value.items() if key in lower.value}
    return upper.holding({**lower.value, **upper.value, **both})


def similar(name: str, known: Sequence[str]) -> str:
    """Say which known name may be meant, or which there are."""
    if near := difflib.get_close_matches(name, known, 1):
        return f"is {near[0]!r} meant?"
    return f"known are {', '.join(sorted(known)) or '(none)'}"


class YamlFile:
    """Reads one YAML file; what is wrong with it is collected.

    Args:
        shown: How it is called in messages.
    """

    def __init__(self, shown: str) -> None:
        self._top = Place(shown, 0)
        self._left = MAX_VALUES
        self._inside: list[Node] = []
        self.mistakes: list[Mistake] = []

    def read(self, path: Path) -> Written | None:
        """Return what the file at a path says, None where it cannot be read."""
        try:
            return self.parse(path.read_bytes())
        except OSError as error:
            return self._wrong(self._top, f"cannot be read: {error.strerror}")

    def parse(self, content: bytes) -> Written | None:
        """Return what the content of the file says, None where it says nothing."""
        try:
            node = yaml.compose(content, Loader=_Loader)
            return (
                self._written(node, replace(self._top, line=_line(node)))
                if node
                else self._wrong(self._top, "is empty")
            )
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = "; ".join(filter(None, [error.context, error.problem]))
            return self._wrong(replace(self._top, line=mark.line + 1 if mark else 0), f"is not YAML: {reason}")
        except (yaml.YAMLError, ValueError):
            return self._wrong(self._top, "is not YAML: it holds bytes that are no text in UTF-8")
        except RecursionError:
            return self._wrong(self._top, "is nested too deeply")

    def _wrong(self, place: Place, reason: str) -> Written | None:
        """Collect a mistake, and return nothing in place of what could not be read."""
        self.mistakes.append(Mistake(place, reason))
        return None

    def _written(self, node: Node, place: Place) -> Written | None:
        """Read a node; None for one that cannot be, which is collected."""
        self._left -= 1
        if self._left < 0 or any(node is outer for outer in self._inside):
            reason = "holds itself" if self._left >= 0 else f"holds more than {MAX_VALUES} values, aliases included"
            if self._left >= -1:
                self._wrong(place, reason)
            return None
        self._inside.append(node)
        try:
            if isinstance(node, MappingNode):
                return Written(place, self._entries(node, place))
            if isinstance(node, SequenceNode):
                each = ((str(index), item) for index, item in enumerate(node.value))
                items = [self._written(item, place.below(index, line=_line(item))) for index, item in each]
                return Written(place, [item for item in items if item is not None])
            return self._scalar(node, place)
        finally:
            self._inside.pop()

    def _entries(self, node: MappingNode, place: Place) -> dict[str, Written]:
        own: dict[str, Written] = {}
        at: dict[str, int] = {}
        inherited: dict[str, Written] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or key.tag not in {f"{_TAG}str", _MERGE}:
                self._wrong(replace(place, line=_line(key)), "a key must be text: put it in quotes")
                continue
            here = place.below(key.value, line=_line(key))
            if key.value in at:
                self._wrong(here, f"is there a second time: the first is in line {at[key.value]}")
                continue
            at[key.value] = here.line
            if key.tag == _MERGE:
                inherited = self._inherited(value, place, here)
            elif (written := self._written(value, here)) is not None:
                own[key.value] = written
        # In the order of the file, with what `<<` brings behind it.
        return {**own, **{key: each for key, each in inherited.items() if key not in at}}

    def _inherited(self, value: Node, place: Place, here: Place) -> dict[str, Written]:
        """Read what `<<` merges into a map: of several maps, the first one that has a key."""
        found: dict[str, Written] = {}
        for each in value.value if isinstance(value, SequenceNode) else [value]:
            if not isinstance(each, MappingNode):
                self._wrong(here, "`<<` takes a map, or a list of maps")
            elif any(each is outer for outer in self._inside):
                self._wrong(here, "holds itself")
            else:
                self._inside.append(each)
                found = {**self._entries(each, place), **found}
                self._inside.pop()
        return found

    def _scalar(self, node: Node, place: Place) -> Written | None:
        kind = node.tag.removeprefix(_TAG)
        if kind == "timestamp":
            return self._wrong(place, "is a date: put it in quotes")
        read: Callable[[Node], Any] | None = {
            "str": lambda each: each.value,
            "null": lambda _: None,
            "bool": lambda each: each.value.lower() == "true",
            "int": _number(int),
            "float": _number(float),
        }.get(kind)
        if read is None:
            return self._wrong(place, f"has a tag that is not known: {node.tag.rpartition(':')[2] or node.tag}")
        value = read(node)
        return Written(place, value)


def _number(type_: type) -> Callable[[Node], Any]:
    """Read a number; what only YAML 1.1 takes for one, such as 1:30 or 017, is a text."""

    def read(node: Node) -> Any:
        text = str(node.value)
        try:
            return text if type_ is int and len(text) > 1 and text.lstrip("+-").startswith("0") else type_(text)
        except ValueError:
            return text

    return read


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
