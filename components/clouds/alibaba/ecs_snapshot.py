"""A snapshot as DescribeSnapshots describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from components.clouds.alibaba.answers import percent
from components.clouds.copies import Phase, TaggedCopy, moment


@dataclass(frozen=True)
class EcsSnapshot(TaggedCopy):
    """A snapshot as DescribeSnapshots describes it; what the cloud leaves out is "", 0 or None.

    Attributes:
        created: When it was made, or its copy was accepted: its retention counts from then.
        retention_days: For how many days it is kept, None where it never expires.
        description: Its description.
        source: Region and id of what it is a copy of, "" where it is none.
    """

    phases: ClassVar = {"accomplished": Phase.USABLE, "failed": Phase.FAILED}

    created: datetime | None = None
    retention_days: int | None = None
    description: str = ""
    source: tuple[str, str] = ("", "")


def from_answer(entry: Mapping[str, Any]) -> EcsSnapshot:
    """Read an entry of DescribeSnapshots' answer."""
    created, days = moment(entry.get("CreationTime")), int(entry.get("RetentionDays") or 0) or None
    tags = (entry.get("Tags") or {}).get("Tag") or []
    return EcsSnapshot(
        id=str(entry.get("SnapshotId") or "").strip(),
        status=str(entry.get("Status") or ""),
        name=str(entry.get("SnapshotName") or ""),
        description=str(entry.get("Description") or ""),
        percent=percent(entry.get("Progress")),
        size_gib=int(entry.get("SourceDiskSize") or 0),
        created=created,
        retention_days=days,
        expires=created + timedelta(days=days) if created and days else None,
        tags={str(tag.get("TagKey")): str(tag.get("TagValue") or "") for tag in tags},
        source=(str(entry.get("SourceRegionId") or ""), str(entry.get("SourceSnapshotId") or "")),
    )
