"""How rows of copies are read in a state: what repair and the report need of a kind with a lifecycle of its own.

No cloud is asked before `connect`, and nothing is ever written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.lifecycle.copy_lifecycle import CopyLifecycle
from components.lifecycle.copy_state import MASKED
from components.model.kind import Cloud, Found, LostCreation

Row = Mapping[str, Any]


def shown(value: Any) -> str:
    """Write a property for people: what a state encrypts is a map."""
    return "[secret]" if isinstance(value, dict) else str(value)


class CopyRows:
    """Rows of one kind of copy.

    Args:
        lifecycle: The kind's.
    """

    def __init__(self, lifecycle: type[CopyLifecycle]) -> None:
        self._lifecycle = lifecycle

    def token(self, inputs: Row) -> str:
        """Return the copy's token."""
        return str(inputs.get("copy_token", ""))

    def place(self, row: Row, _rows: Sequence[Row]) -> tuple[str, str]:
        """Return the destination region, and the namespace in it."""
        return str(row["inputs"]["region"]), self._lifecycle().group(row["inputs"])

    def source(self, inputs: Row) -> str:
        """Return region and id of the source."""
        return f"{shown(inputs['source_region'])}/{shown(inputs['source_id'])}"

    def identity(self, row: Row) -> tuple[Any, ...]:
        """Return the inputs that say what the copy is."""
        return tuple((row.get("inputs") or {}).get(key) for key in self._lifecycle.identity)

    def outputs(self, inputs: Row, _id: str, accepted_at: float, masked: Sequence[str] = ()) -> dict[str, Any]:
        """Build the outputs of a copy whose creation was cut off."""
        outputs = self._lifecycle().recovered(inputs, accepted_at=accepted_at)
        return outputs | ({MASKED: list(masked)} if masked else {})

    def was_refused(self, _message: str) -> bool:
        """Return False: the outcome of such a creation travels as data (see `components.lifecycle.outcome`)."""
        return False

    def connect(self, config: Row) -> Cloud:
        """Connect to the kind's cloud."""
        lifecycle = self._lifecycle()
        lifecycle.connect(config)

        def find(lost: LostCreation) -> Found | None:
            id_ = lifecycle.find(lost)
            return Found(id_) if id_ else None

        return Cloud(lifecycle.cloud, find)
