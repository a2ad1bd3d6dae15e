"""A rule that a declared value breaks, as `check` and the stack config parser report it. No cloud is asked."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pulumi.output import Unknown


class Violation(NamedTuple):
    """A property that breaks a rule: `property` is a property path such as `tags.team`."""

    property: str
    reason: str


def is_blank(value: Any) -> bool:
    """Report whether a value is text of nothing but white space."""
    return isinstance(value, str) and not value.strip()


def is_whole_number(value: Any) -> bool:
    """Report whether a value is a whole number; the wire makes floats of them, and Python booleans numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()


def given(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given and known: missing, None and not known yet judge nothing."""
    return {key: value for key, value in properties.items() if value is not None and not isinstance(value, Unknown)}


def exactly_one(keys: Sequence[str]) -> str:
    """Say that exactly one of these is wanted: `either id or ids`, `one of id, ids and diskId`."""
    return f"either {' or '.join(keys)}" if len(keys) == 2 else f"one of {', '.join(keys[:-1])} and {keys[-1]}"
