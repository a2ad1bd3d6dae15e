"""A replica before and after a change: what rules, costs and reports look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from components import kinds
from components.model.kind import Kind


class Action(Enum):
    """What is done to a replica."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True)
class Replica:
    """One replica, declared or recorded."""

    kind: str
    entry: str
    name: str
    id: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    size_gib: int | None = None
    created: float = 0.0
    renewed: float = 0.0
    failure: str = ""

    @property
    def of_kind(self) -> Kind:
        """Its kind."""
        return kinds.OF_NAME[self.kind]

    def value(self, name: str) -> Any:
        """Return a property, None where it is not set."""
        return self.properties.get(name)

    @property
    def region(self) -> str:
        """The destination region."""
        return str(self.value("region") or "")

    @property
    def source_region(self) -> str:
        """The region of the source."""
        return str(self.value("source_region") or "")

    @property
    def source_id(self) -> str:
        """The id of the source, "" where it is not known yet."""
        id_ = self.value("source_id")
        return id_ if isinstance(id_, str) else ""

    @property
    def adopts(self) -> str:
        """The id of what is taken over instead of copied."""
        return str(self.value("existing_id") or "")

    def expires(self, *, made: float) -> float | None:
        """Return when the cloud deletes it (Unix seconds), None for never."""
        days = self.value("retention_days")
        return (self.renewed or self.created or made) + float(days) * 86400 if days else None


@dataclass(frozen=True)
class Change:
    """What is done to one replica."""

    action: Action
    before: Replica | None
    after: Replica | None
    deletes_first: bool = False
    retained: bool = False
    properties: tuple[str, ...] = ()
    urn: str = ""

    @property
    def replica(self) -> Replica:
        """The replica as it will be, or as it was."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a change is of something
        return found

    @property
    def failed(self) -> bool:
        """Whether the copy that is recorded has failed."""
        return bool(self.before and self.before.failure)
