"""What a storm declares: components of all kinds, their sources, and what their copies must look like.

A declared set is plain data and never changes: a change returns another one. Nothing here runs or asks anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from components import kinds
from components.model.kind import Kind
from components.model.sample import Revision, Sample

KINDS: Mapping[str, Kind] = {
    kind.section: kind
    for kind in sorted(kinds.KINDS, key=lambda kind: kind.holds_a_slot)  # an order that keeps the storms of a seed
}
"""Section of the stack config -> kind."""

ADOPTIONS = 12
"""How often what was made by hand can be adopted in one run."""

FIRST_REGIONS = 2
"""Destinations of a component in the first set."""


def sample_of(kind: str) -> Sample:
    """Return how a kind is tried."""
    sample: Sample = KINDS[kind].sample.load()
    return sample


def inventory_of(kind: str) -> str:
    """Return where the inventory of the control plane lists a kind's resources."""
    return sample_of(kind).inventory or KINDS[kind].service.name


class Key(NamedTuple):
    """What distinguishes one declared replica from the others."""

    kind: str
    component: str
    region: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.component}.{self.region}"


@dataclass(frozen=True)
class Component:
    """One entry of the stack config.

    Attributes:
        kind: Section of the stack config.
        name: What its sources are called.
        generation: Which of its sources is copied.
        destinations: Region -> settings.
        adopts: Region -> id of what was made by hand there and is taken over.
        entry: Name in the stack config; "" for the same as `name`.
    """

    kind: str
    name: str
    generation: int
    destinations: Mapping[str, Revision]
    adopts: Mapping[str, str] = field(default_factory=dict)
    entry: str = ""

    @property
    def called(self) -> str:
        """Its name in the stack config."""
        return self.entry or self.name

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
        return {
            "source": self.origin,
            "destinations": {region: self._settings(region) for region in self.destinations},
            "readyTimeout": "3m",
            "deleteTimeout": "2m",
        }

    def looks(self, region: str) -> dict[str, Any]:
        """What the inventory must list for the copy in a region; text is a pattern."""
        sample = sample_of(self.kind)
        id_ = {"id": self.adopts[region]} if region in self.adopts else {}
        return {"status": sample.usable, "copied_from": self.origin, **id_, **sample.looks(self._revision(region))}

    def _settings(self, region: str) -> dict[str, Any]:
        adopted = {"existingId": self.adopts[region]} if region in self.adopts else {}
        return {**sample_of(self.kind).settings(self._revision(region)), **adopted}

    def _revision(self, region: str) -> Revision:
        return replace(self.destinations[region], component=self.called)

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
    adoptions: int = 0
    """How often something was adopted so far."""

    @property
    def adopter(self) -> Component | None:
        """The component that has adopted something, None where there is none."""
        return next((one for one in self.components if one.adopts), None)

    def config(self) -> dict[str, Any]:
        """Kind -> component -> entry, as the stack config has it."""
        found: dict[str, Any] = {}
        for component in self.components:
            found.setdefault(component.kind, {})[component.called] = component.config()
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
        changed = (component if (one.kind, one.name) == names else one for one in self.components)
        return replace(self, components=tuple(changed))

    def adopting(self, *, exact: bool) -> Declared:
        """The same set with one more entry, which takes over the next copy that was made by hand."""
        kind = next(kind for kind in self.kinds() if sample_of(kind).adopts)
        sample, number = sample_of(kind), self.adoptions + 1
        region = sample.regions[number % FIRST_REGIONS]
        name = f"{sample.adopts}-exact-{number}" if exact else ""
        component = Component(
            kind,
            sample.adopts,
            number,
            {region: Revision(sample.adopts, region, name=name)},
            adopts={region: made_by_hand(kind, number, region)},
        )
        return Declared((*self.components, component), number)

    def without_adopted(self) -> Declared:
        """The same set without the entry that has adopted something, which deletes that."""
        return replace(self, components=tuple(one for one in self.components if not one.adopts))


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


def made_by_hand(kind: str, number: int, region: str) -> str:
    """The id of what can be adopted in a region."""
    sample = sample_of(kind)
    return f"{sample.prefix}hand{number}n{sample.regions.index(region)}"


def component_of(kind: str, source: str) -> str:
    """Which component copies from this source; "" where none does."""
    sample = sample_of(kind)
    names = filter(None, (*sample.components, sample.adopts))
    return next((name for name in names if source.startswith(f"{sample.prefix}{name}")), "")


def seeds(of: tuple[str, ...], generations: int) -> dict[str, list[dict[str, Any]]]:
    """Sources of every generation, and in each destination region resources that belong to somebody else.

    The latter have the names and paths of replicas, and some are copies of the same sources, made by hand. So are those
    that can be adopted.
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
    for kind in of:
        sample = sample_of(kind)
        for number in range(1, ADOPTIONS + 1) if sample.adopts else ():
            origin = Component(kind, sample.adopts, number, {}).origin
            planted[sample.table].append({**origin, "size": 20, **sample.source(sample.adopts)})
            for region in sample.regions[:FIRST_REGIONS]:
                made = {"region": region, "id": made_by_hand(kind, number, region), "name": "made by hand", "size": 20}
                planted[sample.table].append({**made, "copied_from": origin, **sample.other(sample.adopts)})
    return planted
