"""The rules of the CBS references, as one function that preview and the stack config parser share.

It judges declared values only: no cloud is asked, and a value that is not known yet passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from components.clouds.tencent.cbs_snapshot import BEIJING
from components.model.violations import REQUIRED, Violation, given, of_every_replica

MAX_NAME = 60
_DISK = re.compile(r"disk-[0-9A-Za-z]+")
TEXTS = (*REQUIRED, "name", "existing_id")
FLAGS = ("is_permanent", "delete_bound_images")


def violations(properties: Mapping[str, Any]) -> list[Violation]:
    """Find everything that the API would refuse.

    Args:
        properties: Properties of one replica, by their names in state; missing and None mean not given.
    """
    known = given(properties)
    return [
        *of_every_replica(properties, TEXTS, FLAGS),
        *_name(known),
        *_lifetime(properties, known),
    ]


def disk_violations(disk_id: Any) -> Iterator[Violation]:
    """Find what is wrong with the disk that a source snapshot is made of; one that is not known yet passes."""
    if isinstance(disk_id, str) and not _DISK.fullmatch(disk_id):
        yield Violation("disk_id", f"must be an id such as 'disk-lh0rgsqk', got {disk_id!r}")


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


def _name(known: Mapping[str, Any]) -> Iterator[Violation]:
    name = known.get("name")
    if isinstance(name, str) and len(name) > MAX_NAME:
        yield Violation("name", f"has at most {MAX_NAME} characters, this one {len(name)}")


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
