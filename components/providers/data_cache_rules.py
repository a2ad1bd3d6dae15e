"""The rules of the DataCache references, as one function that preview and the stack config parser share.

It judges declared values only: no cloud is asked, and a value that is not known yet passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pulumi.output import Unknown

from components import durations

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


class Violation(NamedTuple):
    """A property that breaks a rule: `property` is a property path such as `tags.team`."""

    property: str
    reason: str


def violations(properties: Mapping[str, Any]) -> list[Violation]:
    """Find everything that the API would refuse.

    Args:
        properties: Properties of one replica, by their names in state; missing and None mean not given.
    """
    known = {key: value for key, value in properties.items() if value is not None and not isinstance(value, Unknown)}
    found = [Violation(key, "is required") for key in REQUIRED if properties.get(key) is None]
    found += [*_texts(known), *_regions(known), *_retention(known), *_tags(known.get("tags", {}))]
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
    path = known.get("path")
    if isinstance(path, str) and path.strip() and not path.startswith("/"):
        yield Violation("path", f"{path!r} must start with '/'")


def _regions(known: Mapping[str, Any]) -> Iterator[Violation]:
    if known.get("region") is not None and known.get("region") == known.get("source_region"):
        yield Violation(
            "region",
            f"{known['region']!r} is the source region: a replica needs another region than its source",
        )


def _retention(known: Mapping[str, Any]) -> Iterator[Violation]:
    days = known.get("retention_days")
    if days is None:
        return
    whole = isinstance(days, int | float) and not isinstance(days, bool) and float(days).is_integer()
    if not whole or not 1 <= days <= MAX_RETENTION_DAYS:
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
