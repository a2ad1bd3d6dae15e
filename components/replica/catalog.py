"""Catalogs: sources, generations, defaults and policies that several stacks share, and how a stack is laid over them.

`replicas:catalog` names the files; docs/catalogs.md has the rules. Whatever asks what a stack declares asks here first,
and whatever asks where it is written. It judges nothing but catalogs: the merged result is judged as any stack config.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from pathlib import Path
from typing import Any

import pulumi

from components.kinds import KINDS
from components.model.kind import Kind
from components.replica import catalog_model
from components.replica.catalog_model import CATALOG, SELECT
from components.replica.stack_config import NAMESPACE, config_name
from components.replica.written import Mistake, Place, Written, YamlFile, merged, of, similar

POLICIES = "policies"


@dataclass(frozen=True)
class StackFiles:
    """The files that declare a stack.

    Attributes:
        directory: The project's: catalogs are named from here, wherever the program runs.
        stack: The stack's name; "" where there is no file of it.
    """

    directory: Path
    stack: str = ""

    @property
    def shown(self) -> str:
        """The config file of the stack, relative to the project; "" where there is none."""
        name = f"stacks/Pulumi.{self.stack.rpartition('/')[2]}.yaml"
        return name if self.stack and (self.directory / name).is_file() else ""

    @cached_property
    def config(self) -> Written:
        """What the config file says, for its lines alone: the engine may know more than it."""
        nothing = Written(Place(self.shown, 0), {})
        if not self.shown:
            return nothing
        file = YamlFile(self.shown).read(self.directory / self.shown)
        config = file.entries.get("config", nothing) if file else nothing
        return replace(config, place=nothing.place)

    def located(self, place: Place) -> Place:
        """Find the line of a place in the stack's file, or of what it would be in."""
        if place.line or place.file != self.shown or not self.shown:
            return place
        depth, found = self.config.find(place.path)
        return replace(place, line=found.place.line) if depth else place


def project_directory() -> Path:
    """Return the directory that holds Pulumi.yaml, wherever the program runs."""
    root = Path(pulumi.get_root_directory() or "")  # not a path at all where no engine has said it
    here = root if root.is_absolute() else Path.cwd()
    return next((each for each in (here, *here.parents) if (each / "Pulumi.yaml").is_file()), here)


@dataclass(frozen=True)
class Declared:
    """What a stack declares, catalogs included.

    Attributes:
        files: Where it is written.
        values: Key of the namespace `replicas` -> its plain value.
        laid: The same with places; None where no catalog has a part in it.
        mistakes: What is wrong with the catalogs and with what is asked of them.
    """

    files: StackFiles
    values: Mapping[str, Any]
    laid: Written | None = None
    mistakes: Sequence[Mistake] = field(default=())

    @cached_property
    def root(self) -> Written:
        """Key of the namespace `replicas` -> its value, with places: only asked for where somebody wants to know."""
        return self.laid or _own(self.values, self.files)

    def place(self, path: Sequence[str]) -> Place:
        """Return where a path of the merged config is written, or would be: the file of what it is in, and its line."""
        depth, found = self.root.find(path)
        rest = path[depth:]
        if not depth and rest:
            return self.files.located(found.place.below(f"{NAMESPACE}:{rest[0]}", *rest[1:]))
        return self.files.located(found.place.below(*rest))

    def find(self, path: Sequence[str]) -> tuple[int, Place | None]:
        """Return how many keys of a path below `config` are written, and where the last of them is.

        Args:
            path: From the outside in: `["replicas:dataCaches", "weights", "destinations", "cn-shanghai"]`.
        """
        namespace, _, key = path[0].partition(":") if path else ("", "", "")
        if namespace != NAMESPACE:
            depth, found = self.files.config.find(path)
        else:
            depth, found = self.root.find([key, *path[1:]])
        place = self.files.located(found.place)
        return depth, place if depth and place.line else None


def declared(values: Mapping[str, Any], files: StackFiles) -> Declared:
    """Lay what a stack says over the catalogs that it names.

    Args:
        values: Key of the namespace `replicas` -> value, as the stack has it.
        files: Where it is written.
    """
    if not values.keys() & {CATALOG, SELECT}:
        return Declared(files, values)
    return _Laying(files, _own(values, files)).done()


def _own(values: Mapping[str, Any], files: StackFiles) -> Written:
    """Give what a stack itself says the places of its file."""
    top = Place(files.shown, 0)
    return Written(top, {key: of(value, top.below(f"{NAMESPACE}:{key}")) for key, value in values.items()})


class _Laying:
    """One stack that is laid over its catalogs."""

    def __init__(self, files: StackFiles, own: Written) -> None:
        self._files = files
        self._own = own
        self._mistakes: list[Mistake] = []
        read = [each for each in map(self._read, self._named()) if each is not None]
        nothing = Written(Place("", 0), {})
        self._is_whole = not self._mistakes
        self._names = [each.place.file for each in read]
        self._catalog = reduce(_layered, read, nothing)

    def done(self) -> Declared:
        merged_values = dict(self._own.entries)
        for kind in KINDS:
            if entries := self._entries(kind):
                section = self._own.entries.get(kind.section) or self._catalog.entries[kind.section]
                merged_values[kind.section] = section.holding(entries)
            elif isinstance(merged_values.get(kind.section, of({}, self._own.place)).value, dict):
                merged_values.pop(kind.section, None)
        if policies := self._catalog.entries.get(POLICIES):
            stacks = self._own.entries.get(POLICIES)
            merged_values[POLICIES] = merged(policies, stacks) if stacks else policies
        if SELECT in self._own.entries and CATALOG not in self._own.entries:
            self._wrong(self._own.entries[SELECT].place, f"selects from catalogs: name them in {NAMESPACE}:{CATALOG}")
        root = self._own.holding(merged_values)
        return Declared(self._files, root.plain(), root, self._mistakes)

    def _wrong(self, place: Place, reason: str) -> Written | None:
        """Collect a mistake, and return nothing in place of what could not be read."""
        self._mistakes.append(Mistake(place, reason))
        return None

    def _named(self) -> Iterator[Written]:
        """Yield the names of the catalogs, each with its place."""
        given = self._own.entries.get(CATALOG)
        names = given.value if given and isinstance(given.value, list) else [given] if given else []
        if given and not names:
            self._wrong(given.place, "names no file: give one or a list, or remove the key")
        seen: set[str] = set()
        for name in names:
            if not isinstance(name.value, str) or not name.value.strip():
                self._wrong(name.place, "should be the name of a file, relative to the project, or a list of names")
            elif name.value in seen:
                self._wrong(name.place, f"{name.value} is there a second time")
            else:
                seen.add(name.value)
                yield name

    def _read(self, name: Written) -> Written | None:
        root = self._files.directory.resolve()
        try:
            path = (root / name.value).resolve()
            is_file = path.is_file()
        except (OSError, ValueError, RuntimeError):
            return self._wrong(name.place, f"{name.value!r} is not the name of a file")
        if not path.is_relative_to(root) or Path(name.value).is_absolute():
            return self._wrong(
                name.place,
                f"{name.value} is outside the project: name a file of it, relative to the directory of Pulumi.yaml",
            )
        if not is_file:
            there = [each.relative_to(root).as_posix() for each in path.parent.glob("*.yaml")]
            reason = "is not a file" if path.exists() else "does not exist"
            return self._wrong(name.place, f"{name.value} {reason}: {similar(name.value, there)}")
        file = YamlFile(Path(name.value).as_posix())
        written = file.read(path)
        self._mistakes += file.mistakes
        if written is None:
            return None
        if not isinstance(written.value, dict):
            return self._wrong(written.place, "is not a catalog: it should be a map")
        found, without_secrets = catalog_model.without_secrets(written)
        self._mistakes += [*found, *catalog_model.mistakes(without_secrets)]
        return without_secrets

    def _entries(self, kind: Kind) -> dict[str, Written]:
        """Merge what the stack's section names, and what it selects, with the catalogs' entries."""
        catalog = self._catalog.entries.get(kind.section)
        known: Mapping[str, Written] = catalog.entries if catalog else {}
        own = self._own.entries.get(kind.section)
        named = {name: _with_regions(each) for name, each in own.entries.items()} if own else {}
        selected = self._selected(kind, known)
        result = {}
        for name in [*named, *(each for each in selected if each not in named)]:
            said = named.get(name)
            if said is not None and said.value is None and name in selected:
                continue  # null leaves a selected one out
            if said is not None and name in selected:
                said = merged(selected[name], said) if isinstance(said.value, dict) else said
            said = said or selected[name]
            if name in known and isinstance(known[name].value, dict) and isinstance(said.value, dict):
                result[name] = _entry(kind, known[name], said)
            elif self._is_nowhere(said):
                if self._is_whole:
                    which = ", ".join(self._names) or "(none)"
                    self._wrong(
                        said.place, f"has no source, and no catalog has it ({which}): {similar(name, [*known])}"
                    )
            else:
                result[name] = said
        return result

    def _is_nowhere(self, said: Written) -> bool:
        return CATALOG in self._own.entries and isinstance(said.value, dict) and "source" not in said.value

    def _selected(self, kind: Kind, known: Mapping[str, Written]) -> dict[str, Written]:
        """Find the entries that the stack selects by label, each with its destinations."""
        select = self._own.entries.get(SELECT)
        section = select.entries.get(kind.section) if select else None
        found: dict[str, Written] = {}
        for selection in section.value if section and isinstance(section.value, list) else ():
            labels, destinations = (selection.entries.get(key) for key in ("labels", "destinations"))
            if labels is None or destinations is None or not isinstance(labels.value, dict):
                continue  # the model reports it
            names = [name for name, entry in known.items() if _has(entry, labels.plain())]
            if not names and self._is_whole and CATALOG in self._own.entries:
                self._wrong(labels.place, f"no entry of a catalog has these labels: {_labels_of(known.values())}")
            for name in names:
                # Of everything that is selected, a region keeps what comes from elsewhere.
                regions = {
                    region: each for region, each in destinations.entries.items() if region != _region_of(known[name])
                }
                if regions:
                    body = _with_regions(selection.holding({"destinations": destinations.holding(regions)}))
                    found[name] = merged(found[name], body) if name in found else body
        return found


def _layered(lower: Written, upper: Written) -> Written:
    """Lay one catalog over another."""
    both = merged(lower, upper)
    sections = {}
    for kind in KINDS:
        below, above = (layer.entries.get(kind.section) for layer in (lower, upper))
        if below and above and isinstance(below.value, dict) and isinstance(above.value, dict):
            laid = {
                name: _laid_over(kind, below.value[name], each)
                for name, each in above.value.items()
                if name in below.value
            }
            sections[kind.section] = above.holding({**below.value, **above.value, **laid})
    return both.holding({**both.entries, **sections})


def _laid_over(kind: Kind, lower: Written, upper: Written) -> Written:
    """Lay one entry over another: an `id` replaces `ids`, as a source is made of one of these only."""
    below, above = lower.entries.get("source"), upper.entries.get("source")
    ways = {config_name(name) for name in kind.source_fields if name != "region"}
    if below and above and any(above.entries[way].value is not None for way in ways & above.entries.keys()):
        kept = {key: each for key, each in below.entries.items() if key not in ways}
        lower = lower.holding({**lower.entries, "source": below.holding(kept)})
    return merged(lower, upper)


def _entry(kind: Kind, catalog: Written, said: Written) -> Written:
    """Lay a stack's entry over that of the catalogs."""
    regions = catalog.entries.get("regions")
    shared = {key: each for key, each in catalog.entries.items() if key not in {"labels", "regions"}}
    entry = _laid_over(kind, catalog.holding(shared), said)
    destinations, defaults = entry.entries.get("destinations"), entry.entries.get("defaults")
    if destinations is None or not isinstance(destinations.value, dict):
        return entry
    of_regions: Mapping[str, Written] = regions.entries if regions else {}
    kept = {}
    for region, each in destinations.entries.items():
        settings = merged(of_regions[region], each) if region in of_regions else each
        kept[region] = _with_deletions(kind, settings, defaults)
    return entry.holding({**entry.entries, "destinations": destinations.holding(kept)})


def _with_regions(said: Written) -> Written:
    """Take a region without a value for one without settings, as everywhere: it never deletes a replica."""
    destinations = said.entries.get("destinations")
    if not destinations:
        return said
    regions = {
        region: replace(each, value={}) if each.value is None else each for region, each in destinations.entries.items()
    }
    return said.holding({**said.entries, "destinations": destinations.holding(regions)})


def _with_deletions(kind: Kind, settings: Written, defaults: Written | None) -> Written:
    """Keep the nulls that have to delete a default, too, which is merged later."""
    kept = {key: replace(each, deletes=False) for key, each in settings.entries.items()}
    for name in (config_name(name) for name, each in kind.settings.items() if each.merged):
        if name in kept and isinstance(kept[name].value, dict):
            default = (defaults.entries.get(name) if defaults else None) or kept[name].holding({})
            inner = {
                key: replace(each, deletes=each.deletes and key not in default.entries)
                for key, each in kept[name].entries.items()
            }
            kept[name] = kept[name].holding(inner)
    return settings.holding(kept) if isinstance(settings.value, dict) else settings


def _has(entry: Written, labels: Mapping[str, Any]) -> bool:
    own = entry.entries.get("labels")
    has = own.plain() if own and isinstance(own.value, dict) else {}
    return all(has.get(key) == value for key, value in labels.items())


def _labels_of(entries: Iterable[Written]) -> str:
    given = (entry.entries.get("labels") for entry in entries)
    known = sorted({f"{key}: {each.value}" for one in given if one for key, each in one.entries.items()})
    return f"known are {', '.join(known) or '(none)'}"


def _region_of(entry: Written) -> Any:
    depth, region = entry.find(["source", "region"])
    return region.value if depth == 2 else None
