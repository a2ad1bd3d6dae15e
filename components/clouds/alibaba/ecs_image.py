"""An image as DescribeImages describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from components.clouds.alibaba.answers import percent
from components.clouds.copies import Copy, Phase

COPY_FAILED = "CreateFailed"
"""The one status that no image leaves again: an UnAvailable one may."""


@dataclass(frozen=True)
class Image(Copy):
    """An image as DescribeImages describes it; what the cloud leaves out is "", 0 or None."""

    phases: ClassVar = {
        "Available": Phase.USABLE,
        "Deprecated": Phase.OUTDATED,
        "UnAvailable": Phase.FAILED,
        COPY_FAILED: Phase.FAILED,
    }

    is_own: bool = True
    """It is this account's, and not one that another account shares with it."""
    is_encrypted: bool = False
    resource_group_id: str = ""


def from_answer(entry: Mapping[str, Any]) -> Image:
    """Read an entry of DescribeImages' answer."""
    disks = (entry.get("DiskDeviceMappings") or {}).get("DiskDeviceMapping") or []
    return Image(
        id=str(entry.get("ImageId") or "").strip(),
        status=str(entry.get("Status") or ""),
        name=str(entry.get("ImageName") or ""),
        percent=percent(entry.get("Progress")),
        size_gib=int(entry.get("Size") or 0),
        is_own=entry.get("ImageOwnerAlias") in {None, "", "self"},
        is_encrypted=any(disk.get("Encrypted") for disk in disks),
        resource_group_id=str(entry.get("ResourceGroupId") or ""),
    )
