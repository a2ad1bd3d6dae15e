"""How rows of copies are read in a state, for a kind with its own lifecycle. No cloud is asked before `connect`."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from components.lifecycle.copy_lifecycle import CopyLifecycle
from components.lifecycle.results import MASKED
from components.model.copy_fields import COPY
from components.model.field import Table
from components.model.kind import Cloud, Found, LostCreation, Row, Rows, shown


class CopyRows(Rows):
    """Rows of one kind of copy.

    Args:
        lifecycle: The kind's.
    """

    def __init__(self, lifecycle: type[CopyLifecycle]) -> None:
        self._lifecycle = lifecycle

    @override
    def token(self, inputs: Row) -> str:
        return str(inputs.get("copy_token", ""))

    @override
    def place(self, row: Row, rows: Sequence[Row]) -> tuple[str, str]:
        return str(row["inputs"]["region"]), self._lifecycle().group(row["inputs"])

    @override
    def source(self, inputs: Row) -> str:
        return f"{shown(inputs['source_region'])}/{shown(inputs['source_id'])}"

    @override
    def declared(self, row: Row, rows: Sequence[Row], settings: Table) -> Mapping[str, Any]:
        inputs = row.get("inputs") or {}
        return {name: inputs[name] for name in (*COPY, *settings) if inputs.get(name) is not None}

    @override
    def identity(self, row: Row) -> tuple[Any, ...]:
        return tuple((row.get("inputs") or {}).get(key) for key in self._lifecycle.identity)

    @override
    def outputs(self, inputs: Row, id_: str, accepted_at: float, masked: Sequence[str] = ()) -> dict[str, Any]:
        outputs = self._lifecycle().recovered(inputs, accepted_at=accepted_at)
        return outputs | ({MASKED: list(masked)} if masked else {})

    @override
    def connect(self, config: Mapping[str, Any]) -> Cloud:
        lifecycle = self._lifecycle()
        lifecycle.connect(config)

        def find(lost: LostCreation) -> Found | None:
            id_ = lifecycle.find(lost)
            return Found(id_, owner=lifecycle.cloud.caller(lost.inputs["region"]).owner) if id_ else None

        return Cloud(
            lifecycle.cloud,
            find,
            lambda _, id_, inputs: lifecycle.delete(id_, inputs),
            marked=lifecycle.marked,
            marked_token=lifecycle.marked_token,
        )
