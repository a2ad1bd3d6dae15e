"""How a kind is tried: what the storms of `tools.chaos` and the tests declare, and what a copy must then look like.

Plain data and functions of a revision. Nothing here runs anything or calls a cloud.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Revision:
    """The settings of one declared replica, as numbers that a change counts up.

    Attributes:
        component: Name of the component.
        region: Destination region.
        number: Revision of the settings that change in place.
        reload: Revision of the reload, for a kind that has one.
        name: The copy's exact name, for a kind with `exact_names`; empty for the default name.
    """

    component: str
    region: str
    number: int = 0
    reload: int = 0
    name: str = ""


class StartParameters(NamedTuple):
    """The API parameters of the call that starts a copy."""

    source: str
    """Id of the source."""
    region: str
    """Destination region."""
    name: str
    """Name of the copy."""


@dataclass(frozen=True)
class Sample:
    """How a kind is tried.

    Attributes:
        table: Its key in a seed.
        inventory: Its key in the inventory; "" where its service lists nothing else.
        source_region: Region of the sources.
        regions: Destination regions; the first two are declared from the beginning.
        components: Names of components.
        prefix: Beginning of the ids of sources.
        usable: The cloud's status of a usable copy.
        seeded: What the inventory lists of a copy and a seed takes.
        start: Parameters of the call that starts a copy.
        settings: Stack config of a destination.
        looks: What the inventory must list for the copy, besides status and origin. Text is a pattern with ? and *.
        passing: Errors of the API that pass by themselves: code and HTTP status.
        denied: How the API refuses a call that is not allowed: code and HTTP status.
        failure: A fault that only the start of a copy can have; from a value that is a tuple, one is drawn.
        update_failure: The same of an update, None where an accepted update cannot fail.
        source: Fields of a source besides region, id and size, by the component's name.
        other: Fields of somebody else's resource beside a replica, by the component's name.
        own_tags: Tags that this project puts on a copy besides the declared ones.
        unsteady: What the inventory lists of a resource that changes although nobody changes the resource.
        tunable: Settings of the local cloud that concern this kind only, each with its values: the first one while no
            storm runs, one that is drawn during a storm.
        is_native: A native plugin makes the copies. It repeats no failed call, and starts an interrupted copy again.
        reloads: The kind can reload its content.
        waits_to_start: The start of a copy waits while something else happens to its source or destination.
        throttle_hint: The API says how long to wait when it throttles.
        exact_names: A copy can have an exact name that others have too, and is then found by it.
        adopts: A further component, which takes over copies that were made by hand; "" where the storms try none.
        core: Cases of the kill matrix that run in every `make test`.
    """

    table: str
    source_region: str
    regions: Sequence[str]
    components: Sequence[str]
    prefix: str
    usable: str
    seeded: Sequence[str]
    start: StartParameters
    settings: Callable[[Revision], dict[str, Any]]
    looks: Callable[[Revision], dict[str, Any]]
    passing: Sequence[tuple[str, int]]
    denied: tuple[str, int]
    failure: Mapping[str, Any]
    update_failure: Mapping[str, Any] | None = None
    inventory: str = ""
    source: Callable[[str], dict[str, Any]] = lambda _: {}
    other: Callable[[str], dict[str, Any]] = lambda _: {}
    own_tags: Sequence[str] = ()
    unsteady: Sequence[str] = ("progress",)
    tunable: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    is_native: bool = False
    reloads: bool = False
    waits_to_start: bool = False
    throttle_hint: bool = True
    exact_names: bool = False
    adopts: str = ""
    core: Sequence[str] = ("create-inside-cli-SIGKILL", "create-after-cli-SIGKILL", "delete-inside-cli-SIGKILL")
