"""A replica before and after a change: what the rules, the costs and the reports look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pulumi.output import Unknown

from components import kinds
from components.model.kind import Kind

DAY = 86400.0


class Action(Enum):
    """What is done to a replica."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True)
class Replica:
    """One replica, declared or recorded.

    Attributes:
        kind: Name of its kind.
        entry: Name of the component, which is that of the entry in stack config.
        name: Name of the resource.
        id: Its id in the cloud, "" where it has none yet.
        properties: Its properties by the names of the kind's tables; what is not known yet is an `Unknown`.
        size_gib: Its size, None where nobody knows it.
        created: When its copy was started (Unix seconds), 0 where that is not recorded.
        renewed: When its retention last began again (Unix seconds), 0 for never.
        failure: Why the copy that is recorded has failed.
    """

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

    @property
    def region(self) -> str:
        """The destination region."""
        return self._text("region")

    @property
    def source_region(self) -> str:
        """The region of the source."""
        return self._text("source_region")

    @property
    def source_id(self) -> str:
        """The id of the source, "" where it is made in the same run."""
        return self._text("source_id")

    @property
    def adopts(self) -> str:
        """The id of what was taken over instead of copied, "" for a copy."""
        return self._text("existing_id")

    def value(self, name: str) -> Any:
        """Return a property, None where it is not set."""
        return self.properties.get(name)

    def is_unknown(self, name: str) -> bool:
        """Report whether a property is given and not known before the run."""
        return isinstance(self.properties.get(name), Unknown)

    def expires(self, *, made: float) -> float | None:
        """Return when the cloud deletes it (Unix seconds), None for never or not known.

        Args:
            made: When it is made (Unix seconds), where that is not recorded.
        """
        days, deadline = self.value("retention_days"), self._text("deadline")
        if isinstance(days, int | float) and not isinstance(days, bool):
            return max(self.renewed, self.created) + days * DAY if self.created else made + days * DAY
        try:
            moment = datetime.fromisoformat(deadline)
            return moment.timestamp() if moment.tzinfo else None
        except (ValueError, OverflowError):
            return None

    def _text(self, name: str) -> str:
        value = self.properties.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Change:
    """What is done to one replica.

    Attributes:
        action: What is done.
        before: The replica that is recorded, None for a new one.
        after: The replica that is declared, None for one that goes.
        deletes_first: A replacement deletes the old replica before it makes the new one.
        retained: A replica that goes from the stack stays in the cloud.
        properties: Names of the properties that differ.
        urn: The engine's name of the resource.
    """

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
