"""A DataCache as DescribeDataCaches describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from components.clouds.alibaba.answers import percent
from components.clouds.copies import Phase, TaggedCopy, moment


@dataclass(frozen=True)
class DataCache(TaggedCopy):
    """A DataCache as DescribeDataCaches describes it; what the cloud leaves out is "", 0 or None.

    Attributes:
        unreadable_expiry: The cloud names an expiry that is no time.
        answer: The whole entry of the answer, under the API's own names.
    """

    phases: ClassVar = {"Available": Phase.USABLE, "UpdateFailed": Phase.OUTDATED, "Failed": Phase.FAILED}

    path: str = ""
    created: datetime | None = None
    unreadable_expiry: bool = False
    answer: Mapping[str, Any] = field(default_factory=dict, repr=False)


def from_answer(entry: Mapping[str, Any]) -> DataCache:
    """Read an entry of DescribeDataCaches' answer."""
    warnings = [event for event in entry.get("Events") or [] if event.get("Type") == "Warning"]
    expires = moment(entry.get("ExpireDateTime"))
    return DataCache(
        id=str(entry.get("DataCacheId") or "").strip(),
        status=str(entry.get("Status") or ""),
        name=str(entry.get("Name") or ""),
        path=str(entry.get("Path") or ""),
        size_gib=int(entry.get("Size") or 0),
        percent=percent(entry.get("Progress")),
        created=moment(entry.get("CreationTime")),
        expires=expires,
        tags={str(tag.get("Key")): str(tag.get("Value") or "") for tag in entry.get("Tags") or []},
        unreadable_expiry=bool(entry.get("ExpireDateTime")) and expires is None,
        reason="; ".join(f"{event.get('Reason')}: {event.get('Message')}" for event in warnings[-1:]),
        answer=entry,
    )
