"""What a kind of replica is: one entry of the list in `components.kinds`, and what it promises the rest.

Contracts only. Names are plain data; code is named by its place and loaded when it is first used, since the engine
starts a provider process several times a run and the native SDKs take seconds to import.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar, cast

from components.clouds.copies import Copy, CopyService, CopyState
from components.clouds.error_table import ErrorTable
from components.model.field import Table, Violation
from components.model.names import shortened


class Place:
    """Where a piece of code is: `components.data_cache.component:DataCacheReplica`."""

    def __init__(self, path: str) -> None:
        self.path = path

    def load(self) -> Any:
        """Import it."""
        module, _, name = self.path.partition(":")
        return getattr(import_module(module), name)


Row = Mapping[str, Any]
"""A resource as a state has it."""


@dataclass(frozen=True)
class Service:
    """A cloud service that copies are made in.

    Attributes:
        name: Key of its endpoint in stack config, and part of the variable's name: `eci`.
        adapter: The class that calls it.
        beside: Classes that call further services for its copies.
    """

    name: str
    adapter: Place
    beside: tuple[Place, ...] = ()

    @property
    def errors(self) -> ErrorTable:
        """The table of its error codes, and its title."""
        return cast("ErrorTable", self.adapter.load().errors)


@dataclass(frozen=True)
class Actions:
    """The API actions by which a kind's calls are known."""

    start: str
    read: str
    update: str
    delete: str


@dataclass(frozen=True)
class Found:
    """What a creation started.

    Attributes:
        id: Its id in the destination region.
        is_dead: It has failed and can never become usable.
        owner: What its row records of whose it is; empty for a native resource, whose companion does.
    """

    id: str
    is_dead: bool = False
    owner: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LostCreation:
    """A creation that was started and not recorded.

    Attributes:
        row: The resource as the engine knows it; `inputs` are what it was started with.
        rows: All rows of the state.
        earliest: Before this moment (Unix seconds) it had not begun.
        recorded: Ids that the state knows already.
        others: Ids that had its name before, None where that was not noted.
    """

    row: Row
    rows: Sequence[Row]
    earliest: float
    recorded: frozenset[str]
    others: frozenset[str] | None = None

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What it was started with."""
        return self.row.get("inputs") or {}


@dataclass(frozen=True)
class Cloud:
    """The cloud of a resource type, connected.

    Attributes:
        service: Where its copies are looked up.
        find: Finds what a creation started, None where the cloud lists nothing.
        delete: Deletes a copy that no row can hold, and which may still run; region, id and its inputs given.
        cancel: Ends a running copy, region and id given, with what was made so far; None where the API cannot.
        discard: Deletes a dead copy, region and id given; None where the kind's provider replaces it by itself.
        is_dead: Reports whether a copy in this state can never become usable.
        marked: Lists the copies that have a stack's mark; region, namespace and the stack's id given.
        marked_token: Returns what the mark shows of the token, "" where it is not that of a copy with such inputs.
    """

    service: CopyService
    find: Callable[[LostCreation], Found | None]
    delete: Callable[[str, str, Row], None]
    cancel: Callable[[str, str], None] | None = None
    discard: Callable[[str, str], None] | None = None
    is_dead: Callable[[CopyState], bool] = lambda _: False
    marked: Callable[[str, str, str], Sequence[Copy]] = lambda *_: ()
    marked_token: Callable[[Copy, Row], str] = lambda *_: ""


class Rows(ABC):
    """How the rows of one resource type are read in a state: what repair and the report ask. Nothing is written."""

    is_native: ClassVar[bool] = False
    """A native plugin makes, reads and deletes what they stand for."""

    @abstractmethod
    def token(self, inputs: Row) -> str:
        """Return what identifies this instance."""

    @abstractmethod
    def place(self, row: Row, rows: Sequence[Row]) -> tuple[str, str]:
        """Return the destination region of a row, and the namespace in it."""

    @abstractmethod
    def source(self, inputs: Row) -> str:
        """Return what is copied, for people."""

    @abstractmethod
    def declared(self, row: Row, rows: Sequence[Row], settings: Table) -> Mapping[str, Any]:
        """Return what is declared of the copy, by the names of the kind's tables: `region`, `source_id`, settings."""

    @abstractmethod
    def identity(self, row: Row) -> tuple[Any, ...]:
        """Return what makes two rows copies of the same thing."""

    @abstractmethod
    def outputs(self, inputs: Row, id_: str, accepted_at: float, masked: Sequence[str] = ()) -> dict[str, Any]:
        """Build the outputs of a copy whose creation was cut off; `masked` names secret inputs that are not known."""

    def was_refused(self, _message: str) -> bool:
        """Report whether the engine's message of a failed creation is a definite refusal.

        Only for a native plugin, whose answers have a form of their own: what else was started travels as data
        (see `components.lifecycle.outcome`).
        """
        return False

    def is_taken(self, _message: str) -> bool:
        """Report whether a creation failed since what it makes is there already: an earlier run has started it."""
        return False

    @abstractmethod
    def connect(self, config: Mapping[str, Any]) -> Cloud:
        """Connect with raw stack config and the environment."""


def shown(value: Any) -> str:
    """Write a property of a state for people: what is encrypted is a map."""
    return "[secret]" if isinstance(value, dict) else str(value)


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of replica.

    Attributes:
        name: Its room below `components/`.
        section: Its key in stack config and in the stack's output.
        thing: What messages call one: `DataCache`.
        service: Where its copies are made.
        component: The ComponentResource.
        fields: The module of its tables: `SOURCE`, `ARGS`, `SETTINGS` and `violations`.
        type: The resource type of its copies.
        rows: Reads the rows of its copies.
        sample: How it is tried out (see `components.model.sample`).
        actions: The API actions by which its calls are known.
        companion: The resource type beside each native copy that records whose it is; "" where copies do so themselves.
        sources: Resource types that a component makes a source with -> what reads their rows.
        second_name: A further name of the component, "" where it has one only.
        holds_a_slot: A copy holds one of the engine's parallel slots until it is usable.
    """

    name: str
    section: str
    thing: str
    service: Service
    component: Place
    fields: str
    type: str
    rows: Place
    sample: Place
    actions: Actions
    companion: str = ""
    sources: Mapping[str, Place] = field(default_factory=dict)
    second_name: str = ""
    holds_a_slot: bool = False

    @property
    def title(self) -> str:
        """Its name in pages: `DataCaches (ECI)`."""
        return f"{self.thing}s ({self.service.errors.title})"

    @property
    def page(self) -> str:
        """Its page, below `docs/`."""
        return f"{self.name.replace('_', '-')}.md"

    @property
    def component_name(self) -> str:
        """Name of the component, in its type token and in messages: `DataCacheReplica`."""
        return self.component.path.rpartition(":")[2]

    @cached_property
    def source_fields(self) -> Table:
        """The table of its source."""
        return cast("Table", self._of_fields("SOURCE"))

    @cached_property
    def args_fields(self) -> Table:
        """The table of the component's arguments."""
        return cast("Table", self._of_fields("ARGS"))

    @cached_property
    def settings(self) -> Table:
        """The table of a destination's settings."""
        return cast("Table", self._of_fields("SETTINGS"))

    @cached_property
    def violations(self) -> Callable[[Mapping[str, Any]], list[Violation]]:
        """Finds every rule of the references that the properties of one replica break."""
        return cast("Callable[[Mapping[str, Any]], list[Violation]]", self._of_fields("violations"))

    def default_name(self, child: str, region: str) -> str:
        """Return the name that a copy gets where none is declared: its child's, shortened where that is too long."""
        return shortened(child, self.settings["name"].longest, keep=f"-{region}")

    def unusable_default_name(self, child: str, region: str) -> Iterator[str]:
        """Find what forbids the name that a copy gets where none is declared."""
        default = self.default_name(child, region)
        for found in self.settings["name"].violations(default):
            yield f"the default is {default!r}, which {found.reason}"

    def resources(self) -> Iterator[tuple[str, Rows]]:
        """Yield every resource type whose rows can be repaired, with what reads them."""
        for type_, place in {self.type: self.rows, **self.sources}.items():
            yield type_, place.load()

    def _of_fields(self, name: str) -> Any:
        return Place(f"{self.fields}:{name}").load()
