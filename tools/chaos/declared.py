"""What a storm declares: components of all kinds, their sources, and what their copies must look like.

A declared set is plain data and never changes: a change returns another one. Nothing here runs or asks anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from components import kinds
from components.model.kind import Kind
from components.model.sample import Revision, Sample

KINDS: Mapping[str, Kind] = {
    kind.section: kind
    for kind in sorted(kinds.KINDS, key=lambda kind: kind.holds_a_slot)  # an order that keeps the storms of a seed
}
"""Section of the stack config -> kind."""

FIRST_REGIONS = 2
"""Destinations of a component in the first set."""


def sample_of(kind: str) -> Sample:
    """Return how a kind is tried."""
    sample: Sample = KINDS[kind].sample.load()
    return sample


class Key(NamedTuple):
    """What distinguishes one declared replica from the others."""

    kind: str
    component: str
    region: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.component}.{self.region}"


@dataclass(frozen=True)
class Component:
    """One entry of the stack config."""

    kind: str
    name: str
    generation: int
    destinations: Mapping[str, Revision]

    @property
    def source(self) -> str:
        """The id of its source."""
        return source_id(self.kind, self.name, self.generation)

    @property
    def origin(self) -> dict[str, str]:
        """Its source as the stack config and the inventory have it."""
        return {"region": sample_of(self.kind).source_region, "id": self.source}

    def config(self) -> dict[str, Any]:
        """The entry as the stack config has it."""
        settings = sample_of(self.kind).settings
        return {
            "source": self.origin,
            "destinations": {region: settings(revision) for region, revision in self.destinations.items()},
            "readyTimeout": "3m",
            "deleteTimeout": "2m",
        }

    def looks(self, region: str) -> dict[str, Any]:
        """What the inventory must list for the copy in a region; text is a pattern."""
        sample = sample_of(self.kind)
        return {"status": sample.usable, "copied_from": self.origin, **sample.looks(self.destinations[region])}

    def with_destination(self, region: str, **numbers: Any) -> Component:
        """Return it with a region added, or with its settings changed."""
        revision = replace(self.destinations.get(region, Revision(self.name, region)), **numbers)
        return replace(self, destinations={**self.destinations, region: revision})

    def without_destination(self, region: str) -> Component:
        """Return it with a region removed."""
        rest = {name: revision for name, revision in self.destinations.items() if name != region}
        return replace(self, destinations=rest)


@dataclass(frozen=True)
class Declared:
    """A whole declared set."""

    components: tuple[Component, ...]

    def config(self) -> dict[str, Any]:
        """Kind -> component -> entry, as the stack config has it."""
        found: dict[str, Any] = {}
        for component in self.components:
            found.setdefault(component.kind, {})[component.name] = component.config()
        return found

    def kinds(self) -> list[str]:
        """The kinds of its components."""
        return list(dict.fromkeys(component.kind for component in self.components))

    def replicas(self) -> Iterator[tuple[Key, Component]]:
        """Every declared replica with the component that declares it."""
        for component in self.components:
            for region in component.destinations:
                yield Key(component.kind, component.name, region), component

    def sources(self) -> dict[Key, str]:
        """Key -> id of the source: what makes two replicas copies of the same thing."""
        return {key: component.source for key, component in self.replicas()}

    def differing(self, other: Declared) -> set[Key]:
        """Replicas that only one of two sets has, or that have another source in the other set."""
        olds, news = self.sources(), other.sources()
        return {key for key in olds.keys() | news.keys() if olds.get(key) != news.get(key)}

    def native_copies(self) -> list[tuple[str, str]]:
        """Source and region of every copy that a native plugin makes."""
        return [(source, key.region) for key, source in self.sources().items() if sample_of(key.kind).is_native]

    def changed(self, component: Component) -> Declared:
        """The same set with another entry in place of the one of that kind and name."""
        names = (component.kind, component.name)
        return Declared(tuple(component if (one.kind, one.name) == names else one for one in self.components))


def first(of: tuple[str, ...]) -> Declared:
    """The set that every run of the storm tool begins with."""
    return Declared(
        tuple(
            Component(kind, name, 1, {region: Revision(name, region) for region in sample.regions[:FIRST_REGIONS]})
            for kind in KINDS
            if kind in of
            for sample in [sample_of(kind)]
            for name in sample.components
        )
    )


def source_id(kind: str, name: str, generation: int) -> str:
    """The id of a generation of a component's source."""
    return f"{sample_of(kind).prefix}{name}{generation}"


def component_of(kind: str, source: str) -> str:
    """Which component copies from this source; "" where none does."""
    sample = sample_of(kind)
    return next((name for name in sample.components if source.startswith(f"{sample.prefix}{name}")), "")


def seeds(of: tuple[str, ...], generations: int) -> dict[str, list[dict[str, Any]]]:
    """Sources of every generation, and in each destination region resources that belong to somebody else.

    The latter have the names and paths of replicas, and some are copies of the same sources, made by hand.
    """
    planted: dict[str, list[dict[str, Any]]] = {}
    for component in first(of).components:
        sample, name = sample_of(component.kind), component.name
        plant = planted.setdefault(sample.table, [])
        for generation in range(1, generations + 1):
            origin = replace(component, generation=generation).origin
            plant.append({**origin, "size": 20, **sample.source(name)})
        for number, region in enumerate(sample.regions):
            id_ = f"{sample.prefix}other{name}{number}"
            other = {"region": region, "id": id_, "name": f"{name}-{region}", "size": 20, **sample.other(name)}
            plant.append(other if number % 2 else {**other, "copied_from": component.origin})
    return planted
