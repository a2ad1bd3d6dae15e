"""What a storm declares: components of all kinds, what they copy from, and what their copies must look like.

A declared set is plain data and never changes: a change returns another one. Nothing here runs or asks anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

DATA_CACHES, SNAPSHOTS, IMAGES = KINDS = ("dataCaches", "snapshots", "images")
"""As the stack config calls them."""

SERVICES = {DATA_CACHES: "eci", SNAPSHOTS: "cbs", IMAGES: "ecs"}
"""Where the inventory lists a kind."""
SOURCE_REGIONS = {DATA_CACHES: "cn-beijing", SNAPSHOTS: "ap-guangzhou", IMAGES: "cn-beijing"}
REGIONS = {
    DATA_CACHES: ("cn-hangzhou", "cn-shanghai", "cn-shenzhen"),
    SNAPSHOTS: ("ap-shanghai", "ap-singapore", "ap-nanjing"),
    IMAGES: ("cn-hangzhou", "cn-shanghai", "cn-shenzhen"),
}
COMPONENTS = {DATA_CACHES: ("weights", "corpus", "index"), SNAPSHOTS: ("orders", "users"), IMAGES: ("web", "batch")}
BUCKETS = {"corpus": "datasets"}
"""Components whose DataCaches are in another bucket than the default one."""
GROUPED = "batch"
"""The component whose images have a resource group."""
FIRST_REGIONS = {DATA_CACHES: 2, SNAPSHOTS: 2, IMAGES: 2}

_PREFIXES = {DATA_CACHES: "edc-2zechaos", SNAPSHOTS: "snap-chaos", IMAGES: "m-2zechaos"}
REPLICA_TAG = "pulumi-replica"
"""The tag that this project puts on its DataCaches, besides those that are declared."""


class Key(NamedTuple):
    """What tells one declared replica from the others."""

    kind: str
    component: str
    region: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.component}.{self.region}"


@dataclass(frozen=True)
class Destination:
    """A replica's settings, as numbers that a change counts up."""

    revision: int = 0
    reload: int = 0


@dataclass(frozen=True)
class Component:
    """One entry of the stack config."""

    kind: str
    name: str
    generation: int
    destinations: Mapping[str, Destination]

    @property
    def source(self) -> str:
        """The id of what it copies."""
        return source_id(self.kind, self.name, self.generation)

    def config(self) -> dict[str, Any]:
        """The entry as the stack config has it."""
        return {
            "source": {"region": SOURCE_REGIONS[self.kind], "id": self.source},
            "destinations": {region: self._settings(region) for region in self.destinations},
            "readyTimeout": "3m",
            "deleteTimeout": "2m",
        }

    def looks(self, region: str) -> dict[str, Any]:
        """What the inventory must say of the copy in a region; a text that ends with * is the beginning of one."""
        revision = self.destinations[region].revision
        looks: dict[str, Any] = {
            "status": "NORMAL" if self.kind == SNAPSHOTS else "Available",
            "copied_from": {"region": SOURCE_REGIONS[self.kind], "id": self.source},
        }
        if self.kind == DATA_CACHES:
            name = f"{self.name}-{region}" if revision % 2 == 0 else f"{self.name}-renamed-{revision}"
            looks |= {"name": name, "bucket": BUCKETS.get(self.name, "default"), "path": f"/{self.name}"}
            looks["tags"] = _tags(revision)
        elif self.kind == SNAPSHOTS:
            looks |= {"name": f"{self.name}-{region}-*", "deadline": _deadline(revision)}
        else:
            looks |= {"name": f"{self.name}-{region}-*", "description": _described(revision), "tags": _tags(revision)}
            looks["resource_group"] = _group(revision) if self.name == GROUPED else ""
        return looks

    def _settings(self, region: str) -> dict[str, Any]:
        own = self.destinations[region]
        if self.kind == SNAPSHOTS:
            deadline = _deadline(own.revision)
            return {"deadline": deadline.replace(".000Z", "+00:00")} if deadline else {}
        if self.kind == IMAGES:
            settings: dict[str, Any] = {"description": _described(own.revision), "tags": _tags(own.revision)}
            return settings | ({"resourceGroupId": _group(own.revision)} if self.name == GROUPED else {})
        looks = self.looks(region)
        settings = {key: looks[key] for key in ("bucket", "path", "tags")}
        if own.revision % 2:
            settings["name"] = looks["name"]
        if own.reload:
            source = {"type": "URL", "options": {"repoSource": "HuggingFace/Model", "repoId": self.name}}
            settings["reload"] = {"trigger": str(own.reload), "dataSource": source}
        return settings


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

    def replicas(self) -> Iterator[tuple[Key, Component]]:
        """Every declared replica with the component that declares it."""
        for component in self.components:
            for region in component.destinations:
                yield Key(component.kind, component.name, region), component

    def sources(self) -> dict[Key, str]:
        """Key -> id of the source: what makes two replicas copies of the same thing."""
        return {key: component.source for key, component in self.replicas()}

    def changed(self, component: Component) -> Declared:
        """The same set with another entry in place of the one of that kind and name."""
        names = (component.kind, component.name)
        return Declared(tuple(component if (one.kind, one.name) == names else one for one in self.components))


def first(kinds: tuple[str, ...]) -> Declared:
    """The set that every storm tool's run begins with."""
    return Declared(
        tuple(
            Component(kind, name, 1, {region: Destination() for region in REGIONS[kind][: FIRST_REGIONS[kind]]})
            for kind in KINDS
            if kind in kinds
            for name in COMPONENTS[kind]
        )
    )


def source_id(kind: str, name: str, generation: int) -> str:
    """The id of a generation of a component's source."""
    return f"{_PREFIXES[kind]}{name}{generation}"


def component_of(kind: str, source: str) -> str:
    """Which component copies from this source; "" where none does."""
    return next((name for name in COMPONENTS[kind] if source.startswith(f"{_PREFIXES[kind]}{name}")), "")


def with_destination(component: Component, region: str, settings: Destination) -> Component:
    """A region added, or its settings changed."""
    return replace(component, destinations={**component.destinations, region: settings})


def without_destination(component: Component, region: str) -> Component:
    """A region taken away."""
    rest = {name: settings for name, settings in component.destinations.items() if name != region}
    return replace(component, destinations=rest)


def seeds(kinds: tuple[str, ...], generations: int) -> dict[str, Any]:
    """Sources of every generation, and in each destination region things that belong to somebody else.

    The latter bear the names and paths of replicas, and some are copies of the same sources, made by hand.
    """
    planted: dict[str, list[dict[str, Any]]] = {"data_caches": [], "snapshots": [], "images": []}
    for component in first(kinds).components:
        kind, name = component.kind, component.name
        plant = planted[{DATA_CACHES: "data_caches", SNAPSHOTS: "snapshots", IMAGES: "images"}[kind]]
        for generation in range(1, generations + 1):
            source = {"region": SOURCE_REGIONS[kind], "id": source_id(kind, name, generation), "size": 20}
            plant.append(source | ({"path": f"/{name}"} if kind == DATA_CACHES else {}))
        for number, region in enumerate(REGIONS[kind]):
            other: dict[str, Any] = {
                "region": region,
                "id": f"{_PREFIXES[kind]}other{name}{number}",
                "name": f"{name}-{region}",
                "size": 20,
            }
            if kind == DATA_CACHES:
                other |= {"path": f"/{name}", "tags": {"team": "chaos"}}
            if number % 2 == 0:
                other["copied_from"] = {"region": SOURCE_REGIONS[kind], "id": component.source}
            plant.append(other)
    return {table: entries for table, entries in planted.items() if entries}


def _deadline(revision: int) -> str | None:
    return f"20{40 + revision % 50}-01-31T00:00:00.000Z" if revision else None


def _group(revision: int) -> str:
    return f"rg-chaos{revision}"


def _described(revision: int) -> str:
    return f"Revision {revision}"


def _tags(revision: int) -> dict[str, str]:
    return {"team": "chaos", "revision": str(revision)}
