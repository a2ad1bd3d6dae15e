"""A rule of an API that a declared value breaks, as `check` and the stack config parser tell it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pulumi.output import Unknown

from components.model import durations

_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+")


class Violation(NamedTuple):
    """A property that breaks a rule: `property` is a property path such as `tags.team`."""

    property: str
    reason: str


REQUIRED = ("source_region", "source_id", "region")


def of_every_replica(
    properties: Mapping[str, Any], texts: Sequence[str], flags: Sequence[str] = ()
) -> Iterator[Violation]:
    """Find what no kind of replica allows: no source or region, a blank text, a region or duration that cannot be.

    Args:
        properties: Properties of one replica, by their names in state; missing and None mean not given.
        texts: Those that are text.
        flags: Those that are true or false.
    """
    known = given(properties)
    for key in REQUIRED:
        if properties.get(key) is None:
            yield Violation(key, "is required")
    for key in texts:
        if key in known and not isinstance(known[key], str):
            yield Violation(key, f"must be text, got {known[key]!r}")
        elif is_blank(known.get(key)):
            yield Violation(key, "must not be empty: leave it out to use the default")
    for key in flags:
        if key in known and not isinstance(known[key], bool):
            yield Violation(key, f"must be true or false, got {known[key]!r}")
    yield from _regions(known)
    if isinstance(timeout := known.get("delete_timeout"), str):
        try:
            durations.seconds(timeout)
        except ValueError as error:
            yield Violation("delete_timeout", str(error))


def is_blank(value: Any) -> bool:
    """Tell whether a value is text of nothing but white space."""
    return isinstance(value, str) and not value.strip()


def _regions(known: Mapping[str, Any]) -> Iterator[Violation]:
    """Find regions that cannot be, and a destination that is the source.

    Which regions exist is not listed here: new ones come, and the cloud names a wrong one soon enough.
    """
    for key in ("source_region", "region"):
        if isinstance(region := known.get(key), str) and region.strip() and not _REGION.fullmatch(region):
            yield Violation(key, f"{region!r} is not a region id such as 'cn-hangzhou'")
    if known.get("region") is not None and known.get("region") == known.get("source_region"):
        yield Violation(
            "region", f"{known['region']!r} is the source region: a replica needs another region than its source"
        )


def is_whole_number(value: Any) -> bool:
    """Tell whether a value is a whole number; the wire makes floats of them, and Python booleans numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()


def given(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given and known: missing, None and not known yet judge nothing."""
    return {key: value for key, value in properties.items() if value is not None and not isinstance(value, Unknown)}


def one_of(keys: Sequence[str]) -> str:
    """Say that exactly one of these is wanted: `either id or ids`, `one of id, ids and diskId`."""
    return f"either {' or '.join(keys)}" if len(keys) == 2 else f"one of {', '.join(keys[:-1])} and {keys[-1]}"
