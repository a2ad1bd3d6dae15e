"""Replicas as the rows of a state, or of a preview, have them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi.output import UNKNOWN

from components import kinds
from components.model.kind import Row
from components.review.replicas import Action, Change, Replica

# What the engine sends in place of a value that is not known yet; the last digits say of which type it will be.
NOT_KNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def unchanged(rows: Sequence[Row]) -> list[Change]:
    """Return every copy of a state as a change that changes nothing.

    Args:
        rows: All rows of the state; `inputs` may be outputs, where these have all of them.
    """
    companions = {str(row.get("parent", "")): row for row in rows if row.get("type") in _COMPANIONS}
    found = []
    for row in rows:
        if row.get("type") in kinds.OF_TYPE and not row.get("delete"):
            one = replica(row, rows, companions.get(str(row["urn"]), {}))
            found.append(Change(Action.SAME, one, one, urn=str(row["urn"])))
    return found


def replica(row: Row, rows: Sequence[Row], companion: Row) -> Replica:
    """Return the copy of a row.

    Args:
        row: Its row.
        rows: All rows of the state.
        companion: The row beside a native copy, which has settings that the copy's own lacks; empty without one.
    """
    kind = kinds.OF_TYPE[str(row["type"])]
    declared = dict(kind.rows.load().declared(row, rows, kind.settings))
    beside: Mapping[str, Any] = companion.get("inputs") or {}
    declared |= {name: value for name, value in beside.items() if name in kind.settings and value is not None}
    outputs: Mapping[str, Any] = row.get("outputs") or {}
    return Replica(
        kind=kind.name,
        entry=str(row.get("parent", "")).rpartition("::")[2],
        name=str(row["urn"]).rpartition("::")[2],
        id=str(row.get("id") or ""),
        properties={name: UNKNOWN if value == NOT_KNOWN else value for name, value in declared.items()},
        created=_number(outputs.get("accepted_at")),
        renewed=_number(outputs.get("retention_sent_at")),
        failure=str(outputs.get("failure") or ""),
    )


_COMPANIONS = frozenset(kind.companion for kind in kinds.KINDS if kind.companion)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
