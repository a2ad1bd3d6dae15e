"""How a kind is tried out: what the storms of `tools.chaos` and the tests declare, and what a copy must then look like.

Plain data and functions of a revision number: a higher revision is another setting. Nothing here runs or asks anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Revision:
    """One declared replica, as numbers that a change counts up.

    Attributes:
        component: Name of the component.
        region: Destination region.
        number: Revision of the settings that change in place.
        reload: Revision of the reload, for a kind that has one.
    """

    component: str
    region: str
    number: int = 0
    reload: int = 0


@dataclass(frozen=True)
class Sample:
    """How a kind is tried out.

    Attributes:
        source_region: Where sources are.
        regions: Destination regions, the first ones used first.
        components: Names of components.
        prefix: Beginning of the ids of sources.
        usable: The cloud's status of a usable copy.
        settings: Stack config of a destination.
        looks: What the inventory must say of the copy, besides status and origin; `*` ends a beginning.
        source: What a source has, besides region, id and size: by the component's name.
        other: What somebody else's thing beside a replica has: by the component's name.
        passing: Errors of the API that pass by themselves: code and HTTP status.
        failure: a fault that only the start can have; a value that is a tuple is drawn from.
        update_failure: The same of an update, empty where an update cannot fail later.
        reloads: The kind can load its content again.
        throttle_hint: The API says after how long to come back when it throttles.
        reads_are_fragile: A failed read ends a refresh (the native plugin repeats nothing).
    """

    source_region: str
    regions: Sequence[str]
    components: Sequence[str]
    prefix: str
    usable: str
    settings: Callable[[Revision], dict[str, Any]]
    looks: Callable[[Revision], dict[str, Any]]
    passing: Sequence[tuple[str, int]]
    failure: Mapping[str, Any]
    source: Callable[[str], dict[str, Any]] = lambda _: {}
    other: Callable[[str], dict[str, Any]] = lambda _: {}
    update_failure: Mapping[str, Any] | None = None
    reloads: bool = False
    throttle_hint: bool = True
    reads_are_fragile: bool = False
