"""The rules of the DataCache references, as one function that preview and the stack config parser share.

It judges declared values only: no cloud is asked, and a value that is not known yet passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.data_cache import reload as data_cache_reload
from components.model.tag_rules import tag_violations
from components.model.violations import REQUIRED, Violation, given, is_blank, is_whole_number, of_every_replica

REPLICA_TAG = "pulumi-replica"
"""The one tag of the 20 that this project needs: it holds the identity of the copy."""

MAX_TAGS = 19
MAX_RETENTION_DAYS = 36500
LONGEST = {"name": 128, "bucket": 128, "path": 1024, "resource_group_id": 128}
"""The references give no lengths: these are the common limits of the vendor's other names."""
RESERVED_BUCKET = "eci-system"

TEXTS = (*REQUIRED, "bucket", "path", "name", "resource_group_id", "existing_id")


def violations(properties: Mapping[str, Any]) -> list[Violation]:
    """Find everything that the API would refuse.

    Args:
        properties: Properties of one replica, by their names in state; missing and None mean not given.
    """
    known = given(properties)
    found = [*of_every_replica(properties, TEXTS), *_texts(known), *_retention(known), *_tags(known)]
    found += data_cache_reload.violations(known)
    if known.get("bucket") == RESERVED_BUCKET:
        found.append(Violation("bucket", f"{RESERVED_BUCKET!r} is reserved by ECI: choose another bucket"))
    return found


def _texts(known: Mapping[str, Any]) -> Iterator[Violation]:
    for key in TEXTS:
        text = known.get(key)
        if isinstance(text, str) and not is_blank(text) and len(text) > LONGEST.get(key, 1024):
            yield Violation(key, f"has at most {LONGEST.get(key, 1024)} characters, this one {len(text)}")
    group = known.get("resource_group_id")
    if isinstance(group, str) and group.strip() and not re.fullmatch(r"rg-\S+", group):
        yield Violation("resource_group_id", f"must be an id such as 'rg-acfmzw2jz2z', got {group!r}")
    path = known.get("path")
    if isinstance(path, str) and path.strip() and not path.startswith("/"):
        yield Violation("path", f"{path!r} must start with '/'")


def _retention(known: Mapping[str, Any]) -> Iterator[Violation]:
    days = known.get("retention_days")
    if days is None:
        return
    if not is_whole_number(days) or not 1 <= days <= MAX_RETENTION_DAYS:
        yield Violation(
            "retention_days",
            f"must be a whole number of days, 1 to {MAX_RETENTION_DAYS}, got {days!r}: leave it out to keep for ever",
        )


def _tags(known: Mapping[str, Any]) -> Iterator[Violation]:
    why = f": ECI allows 20, and {REPLICA_TAG!r} marks the replica"
    return tag_violations(known.get("tags", {}), MAX_TAGS, reserved=(REPLICA_TAG,), why_most=why)
