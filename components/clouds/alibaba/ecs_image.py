"""An image as DescribeImages tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.clouds.alibaba.answers import percent
from components.clouds.copies import CopyState, Phase

COPY_FAILED = "CreateFailed"
"""The one status that no image leaves again: an UnAvailable one may."""

_PHASES = {
    "Available": Phase.USABLE,
    "Deprecated": Phase.OUTDATED,
    "UnAvailable": Phase.FAILED,
    COPY_FAILED: Phase.FAILED,
}


@dataclass(frozen=True)
class Image:
    """An image as DescribeImages tells it; what the cloud leaves out is "", 0 or None."""

    id: str
    status: str
    name: str = ""
    percent: int = 0
    size_gib: int = 0
    is_encrypted: bool = False
    resource_group_id: str = ""

    @property
    def state(self) -> CopyState:
        """The same, as a wait sees it."""
        return CopyState(
            id=self.id,
            status=self.status,
            phase=_PHASES.get(self.status, Phase.COPYING),
            percent=self.percent,
            size_gib=self.size_gib,
        )


def from_answer(entry: Any) -> Image:
    """Read an entry of DescribeImages' answer, as the SDK models it."""
    disks = (entry.disk_device_mappings.disk_device_mapping or []) if entry.disk_device_mappings else []
    return Image(
        id=str(entry.image_id or "").strip(),
        status=str(entry.status or ""),
        name=str(entry.image_name or ""),
        percent=percent(entry.progress),
        size_gib=int(entry.size or 0),
        is_encrypted=any(disk.encrypted for disk in disks),
        resource_group_id=str(entry.resource_group_id or ""),
    )
