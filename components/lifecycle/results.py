"""What each step of a lifecycle takes and returns, as plain data that a host translates, and how properties compare."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi.output import Unknown

from components.model.field import Violation

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Checked:
    """Completed inputs, and the rules that they break."""

    inputs: dict[str, Any]
    violations: Sequence[Violation] = ()


@dataclass(frozen=True)
class Difference:
    """What a change of inputs does.

    Attributes:
        changes: Anything at all.
        replaces: The properties for which the resource is replaced.
        delete_first: The old one is deleted before the new one is created.
    """

    changes: bool
    replaces: list[str] = field(default_factory=list)
    delete_first: bool = False


@dataclass(frozen=True)
class Started:
    """A creation that the cloud has accepted."""

    id: str
    outputs: dict[str, Any]


@dataclass(frozen=True)
class Present:
    """A resource that is there, as the cloud describes it."""

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any]


class Lifecycle(ABC):
    """What a host serves. Properties have the names of the state; `olds` of `check` are inputs, else outputs."""

    config_keys: tuple[str, ...] = ()
    """Stack config that a connection is made from."""

    def connect(self, config: Properties) -> None:  # noqa: B027 - not every resource is in a cloud
        """Connect to the cloud with raw stack config and the environment; nothing is sent yet."""

    @abstractmethod
    def check(self, olds: Properties, news: Properties) -> Checked:
        """Complete the inputs and find every rule that they break; `olds` is empty for a new instance."""

    @abstractmethod
    def diff(self, id_: str, olds: Properties, news: Properties) -> Difference:
        """Compare what is recorded with what is declared."""

    @abstractmethod
    def create(self, inputs: Properties) -> Started:
        """Start what is declared and return its id; it never waits for the copying."""

    @abstractmethod
    def read(self, id_: str, outputs: Properties) -> Present | None:
        """Read the resource; None is a definite "gone"."""

    @abstractmethod
    def update(self, id_: str, olds: Properties, news: Properties) -> dict[str, Any]:
        """Send what changed in place and return the new outputs."""

    def delete(self, id_: str, outputs: Properties) -> None:  # noqa: B027 - not every resource has a thing of its own
        """Delete the resource, and return when it is gone."""


MASKED = "masked"
"""Names the secret inputs that a repair could not know; nobody declares it, and the next update unsets it."""


UNSEEN = "unseen"
"""Says that no look has found the copy since it was started: missing, it may be listed late."""


def declared(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Copy what is given, with whole numbers as int: the wire makes every number a float."""
    return {key: _whole(value) for key, value in properties.items() if value is not None}


def same(old: Any, new: Any) -> bool:
    """Report whether a property is unchanged; one that is not known yet counts as changed."""
    return not _holds_unknown(new) and old == new


def _whole(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _whole(entry) for key, entry in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_unknown(entry) for entry in value.values())
    return isinstance(value, Unknown)
