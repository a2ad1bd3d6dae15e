"""How declarations and states of copies compare, whatever their kind. Nothing here asks a cloud."""

from collections.abc import Mapping
from typing import Any

from pulumi.output import Unknown

MASKED = "masked"
"""Names the secret inputs that a repair could not know; nobody declares it, and the next update unsets it."""


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
