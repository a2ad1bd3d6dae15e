"""The rules of the CBS references, as one function that preview and the stack config parser share.

It judges declared values only: no cloud is asked, and a value that is not known yet passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from components import durations
from components.clouds.cbs_snapshot import BEIJING
from components.providers.violations import Violation, given, regions

MAX_NAME = 60
REQUIRED = ("source_region", "source_id", "region")
TEXTS = (*REQUIRED, "name", "existing_id")


def violations(properties: Mapping[str, Any]) -> list[Violation]:
    """Find everything that the API would refuse.

    Args:
        properties: Properties of one replica, by their names in state; missing and None mean not given.
    """
    known = given(properties)
    found = [Violation(key, "is required") for key in REQUIRED if properties.get(key) is None]
    found += [*_texts(known), *regions(known), *_flags(known), *_lifetime(properties, known)]
    if isinstance(timeout := known.get("delete_timeout"), str):
        try:
            durations.seconds(timeout)
        except ValueError as error:
            found.append(Violation("delete_timeout", str(error)))
    return found


def parsed_deadline(text: Any) -> datetime:
    """Read a deadline.

    Raises:
        ValueError: It is not a time of ISO 8601 with a zone, or none in the zones that it is sent and shown in.
    """
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is not None and moment.tzinfo is not None and moment.astimezone(BEIJING):
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{text!r} is not a time such as '2027-01-31T00:00:00+08:00', zone included")


def _texts(known: Mapping[str, Any]) -> Iterator[Violation]:
    for key in TEXTS:
        if key not in known:
            continue
        if not isinstance(known[key], str):
            yield Violation(key, f"must be text, got {known[key]!r}")
        elif not known[key].strip():
            yield Violation(key, "must not be empty: leave it out to use the default")
    name = known.get("name")
    if isinstance(name, str) and len(name) > MAX_NAME:
        yield Violation("name", f"has at most {MAX_NAME} characters, this one {len(name)}")


def _flags(known: Mapping[str, Any]) -> Iterator[Violation]:
    for key in ("is_permanent", "delete_bound_images"):
        if key in known and not isinstance(known[key], bool):
            yield Violation(key, f"must be true or false, got {known[key]!r}")


def _lifetime(properties: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Violation]:
    if "deadline" in known:
        try:
            parsed_deadline(known["deadline"])
        except ValueError as error:
            yield Violation("deadline", str(error))
        if known.get("is_permanent") is True:
            yield Violation("is_permanent", "excludes a deadline: a permanent snapshot is never deleted by the cloud")
    elif known.get("is_permanent") is False and properties.get("deadline") is None:
        yield Violation("deadline", "is required for a replica that is not permanent")
