"""The rules of the DataCache references, as one function that preview and the stack config parser share.

It judges declared values only: no cloud is asked, and a value that is not known yet passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi.output import Unknown

from components import durations
from components.providers import data_cache_reload
from components.providers.violations import Violation, given, is_whole_number, regions

REPLICA_TAG = "pulumi-replica"
"""The one tag of the 20 that this project needs: it holds the identity of the copy."""

MAX_TAGS = 19
MAX_TAG_LENGTH = 128
MAX_RETENTION_DAYS = 36500
LONGEST = {"name": 128, "bucket": 128, "path": 1024}
"""The references give no lengths: these are the common limits of the vendor's other names."""
RESERVED_BUCKET = "eci-system"
_RESERVED_TAG_PREFIXES = ("acs:", "aliyun")

TEXTS = ("source_region", "source_id", "region", "bucket", "path", "name", "resource_group_id", "existing_id")
REQUIRED = ("source_region", "source_id", "region")


def violations(properties: Mapping[str, Any]) -> list[Violation]:
    """Find everything that the API would refuse.

    Args:
        properties: Properties of one replica, by their names in state; missing and None mean not given.
    """
    known = given(properties)
    found = [Violation(key, "is required") for key in REQUIRED if properties.get(key) is None]
    found += [*_texts(known), *regions(known), *_retention(known), *_tags(known.get("tags", {}))]
    found += data_cache_reload.violations(known)
    if known.get("bucket") == RESERVED_BUCKET:
        found.append(Violation("bucket", f"{RESERVED_BUCKET!r} is reserved by ECI: choose another bucket"))
    if isinstance(timeout := known.get("delete_timeout"), str):
        try:
            durations.seconds(timeout)
        except ValueError as error:
            found.append(Violation("delete_timeout", str(error)))
    return found


def _texts(known: Mapping[str, Any]) -> Iterator[Violation]:
    for key in TEXTS:
        if key not in known:
            continue
        if not isinstance(known[key], str):
            yield Violation(key, f"must be text, got {known[key]!r}")
        elif not known[key].strip():
            yield Violation(key, "must not be empty: leave it out to use the default")
        elif len(known[key]) > LONGEST.get(key, 1024):
            yield Violation(key, f"has at most {LONGEST.get(key, 1024)} characters, this one {len(known[key])}")
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


def _tags(tags: Any) -> Iterator[Violation]:
    if not isinstance(tags, Mapping):
        yield Violation("tags", f"must be a map of text to text, got {tags!r}")
        return
    if len(tags) > MAX_TAGS:
        yield Violation(
            "tags",
            f"{len(tags)} tags, at most {MAX_TAGS}: ECI allows 20, and {REPLICA_TAG!r} marks the replica",
        )
    for key, value in tags.items():
        if reason := _of_tag_key(key) or _of_tag_value(value):
            yield Violation(f"tags.{key}", reason)


def _of_tag_key(key: str) -> str:
    if key == REPLICA_TAG:
        return f"{REPLICA_TAG!r} is reserved: it marks the replica"
    if not 1 <= len(key) <= MAX_TAG_LENGTH:
        return f"a key has 1 to {MAX_TAG_LENGTH} characters, this one {len(key)}"
    if key.lower().startswith(_RESERVED_TAG_PREFIXES):
        return "a key must not start with 'acs:' or 'aliyun'"
    return "a key must not contain 'http://' or 'https://'" if _holds_address(key) else ""


def _of_tag_value(value: Any) -> str:
    if isinstance(value, Unknown):
        return ""
    if not isinstance(value, str):
        return f"a value must be text, got {value!r}: put it in quotes"
    if len(value) > MAX_TAG_LENGTH:
        return f"a value has at most {MAX_TAG_LENGTH} characters, this one {len(value)}"
    if value.lower().startswith("acs:"):
        return "a value must not start with 'acs:'"
    return "a value must not contain 'http://' or 'https://'" if _holds_address(value) else ""


def _holds_address(text: str) -> bool:
    return "http://" in text.lower() or "https://" in text.lower()
