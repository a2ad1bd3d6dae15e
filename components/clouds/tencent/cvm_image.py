"""An image as DescribeImages describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from components.clouds.copies import Phase, moment
from components.clouds.named_service import NamedCopy
from components.clouds.tencent.service import CLOCK_TOLERANCE
from components.clouds.tencent.tagged_service import read_tags

CUSTOM = "PRIVATE_IMAGE"
"""The type of what an account has made itself: everything else is the vendor's or another account's."""


@dataclass(frozen=True)
class CvmImage(NamedCopy):
    """An image as DescribeImages describes it; what the cloud leaves out is "", 0 or None.

    The API never says what was copied from where.
    """

    phases: ClassVar = {
        "NORMAL": Phase.USABLE,
        "CREATEFAILED": Phase.FAILED,
        "IMPORTFAILED": Phase.FAILED,
    }
    clock_tolerance = CLOCK_TOLERANCE

    description: str = ""


def from_answer(entry: Mapping[str, Any]) -> CvmImage:
    """Read an entry of DescribeImages' answer."""
    return CvmImage(
        id=str(entry.get("ImageId") or "").strip(),
        status=str(entry.get("ImageState") or ""),
        name=str(entry.get("ImageName") or ""),
        size_gib=int(entry.get("ImageSize") or 0),
        percent=min(int(entry.get("SyncPercent") or 0), 100),
        is_copied=entry.get("ImageType") == CUSTOM,
        created=moment(str(entry.get("CreatedTime") or "")),
        description=str(entry.get("ImageDescription") or ""),
        tags=read_tags(entry.get("Tags")),
    )
