"""A snapshot as DescribeSnapshots tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from components.clouds.copies import CopyState, Phase

RECYCLED = "TORECYCLE"
"""The state of what is deleted, or will be by the cloud itself; it cannot be deleted any more."""

_PHASES = {
    "NORMAL": Phase.USABLE,
    RECYCLED: Phase.FAILED,  # on its way out: nothing can be made of it any more
}

BEIJING = timezone(timedelta(hours=8))
"""The zone of times that the service writes without one."""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot as DescribeSnapshots tells it; what the cloud leaves out is "", 0 or None."""

    id: str
    status: str
    name: str = ""
    size_gib: int = 0
    percent: int = 0
    is_copied: bool = False
    is_permanent: bool = True
    created: datetime | None = None
    deadline: datetime | None = None

    @property
    def state(self) -> CopyState:
        """The same, as a wait sees it."""
        return CopyState(
            id=self.id,
            status=self.status,
            phase=_PHASES.get(self.status, Phase.COPYING),
            percent=self.percent,
            size_gib=self.size_gib,
            expires=self.deadline,
        )


def from_answer(entry: Mapping[str, Any]) -> Snapshot:
    """Read an entry of DescribeSnapshots' answer."""
    deadline = moment(str(entry.get("DeadlineTime") or ""))
    permanent = entry.get("IsPermanent")
    return Snapshot(
        id=str(entry.get("SnapshotId") or "").strip(),
        status=str(entry.get("SnapshotState") or ""),
        name=str(entry.get("SnapshotName") or ""),
        size_gib=int(entry.get("DiskSize") or 0),
        percent=min(int(entry.get("Percent") or 0), 100),
        is_copied=bool(entry.get("CopyFromRemote")),
        is_permanent=deadline is None if permanent is None else bool(permanent),
        created=moment(str(entry.get("CreateTime") or "")),
        deadline=None if permanent else deadline,
    )


def moment(text: str) -> datetime | None:
    """Read a time of the service; one without a zone is Beijing's. None for "", zeroes and what is no time."""
    try:
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=BEIJING)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
