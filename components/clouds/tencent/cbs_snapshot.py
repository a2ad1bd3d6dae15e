"""A snapshot as DescribeSnapshots describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

from components.clouds.copies import Phase, moment
from components.clouds.named_service import NamedCopy
from components.clouds.tencent.service import CLOCK_TOLERANCE
from components.clouds.tencent.tagged_service import read_tags

RECYCLED = "TORECYCLE"
"""The state of what is deleted, or will be by the cloud itself; it cannot be deleted any more."""

BEIJING = timezone(timedelta(hours=8))
"""The zone of times that the service writes without one."""

ZONES = (timedelta(0), timedelta(hours=8))
"""What may have to be added to such a time, if it was UTC's after all."""


@dataclass(frozen=True)
class Snapshot(NamedCopy):
    """A snapshot as DescribeSnapshots describes it; what the cloud leaves out is "", 0 or None."""

    phases: ClassVar = {
        "NORMAL": Phase.USABLE,
        RECYCLED: Phase.FAILED,  # the cloud is about to remove it: nothing can be made of it any more
    }
    clock_tolerance = CLOCK_TOLERANCE
    zones = ZONES

    is_permanent: bool = True

    @property
    def deadline(self) -> datetime | None:
        """What the API calls the moment at which it expires."""
        return self.expires


def from_answer(entry: Mapping[str, Any]) -> Snapshot:
    """Read an entry of DescribeSnapshots' answer."""
    deadline = moment(str(entry.get("DeadlineTime") or ""), BEIJING)
    permanent = entry.get("IsPermanent")
    return Snapshot(
        id=str(entry.get("SnapshotId") or "").strip(),
        status=str(entry.get("SnapshotState") or ""),
        name=str(entry.get("SnapshotName") or ""),
        size_gib=int(entry.get("DiskSize") or 0),
        percent=min(int(entry.get("Percent") or 0), 100),
        is_copied=bool(entry.get("CopyFromRemote")),
        is_permanent=deadline is None if permanent is None else bool(permanent),
        created=moment(str(entry.get("CreateTime") or ""), BEIJING),
        expires=None if permanent else deadline,
        tags=read_tags(entry.get("Tags")),
    )
