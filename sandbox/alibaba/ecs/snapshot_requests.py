"""What ECS's snapshot actions take, in the order in which it is checked.

Modify and delete take no RegionId by their references: a client asks the host of the region. A sandbox has one host, so
RegionId is read where it is sent, and otherwise an id is looked for in all regions.
"""

import json
import re
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from sandbox.alibaba.ecs import snapshot_errors
from sandbox.alibaba.ecs.snapshot import Snapshot
from sandbox.alibaba.request import Broken, Flag, Region, Request, Truth, pairs, rule, whole
from sandbox.alibaba.tags import ADDRESSES, MAX_TAGS, TagFilter, Tags, has_tags

MAX_IDS = 100
MAX_RETENTION_DAYS = 65536
_NAME = re.compile(r"[^\W\d_][\w.:-]{1,127}")
_MINUTE = r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z"


def refused(code: str, broken: Broken) -> AfterValidator:
    """A rule with a code of its own."""
    return rule(partial(snapshot_errors.documented, code), broken)


def _bad_name(name: str, _: object) -> bool:
    return bool(name) and not (_NAME.fullmatch(name) and not name.lower().startswith(("auto", *ADDRESSES)))


def _bad_description(text: str, _: object) -> bool:
    return bool(text) and (text.lower().startswith(ADDRESSES) or not 2 <= len(text) <= 256)


Name = Annotated[str, refused("InvalidSnapshotName.Malformed", _bad_name)]
Description = Annotated[str, refused("InvalidDescription.Malformed", _bad_description)]
RetentionDays = Annotated[int, whole(1, MAX_RETENTION_DAYS)]


class CopySnapshot(Request):
    """Name and description are required by the reference, which gives both a default all the same."""

    region_id: Region
    snapshot_id: str
    destination_region_id: Annotated[
        Region,
        refused("InvalidOperation.NotSupportCopyInSameRegion", lambda region, sent: region == sent.get("region_id")),
    ]
    destination_snapshot_name: Name
    destination_snapshot_description: Description
    retention_days: RetentionDays | None = None
    encrypted: Truth = False
    kms_key_id: Annotated[
        str, refused("InvalidParameter.EncryptedIllegal", lambda key, sent: key and not sent.get("encrypted"))
    ] = Field("", alias="KMSKeyId")
    tags: Tags = Field(default_factory=dict, alias="Tag.")


class CreateSnapshot(Request):
    """A snapshot of a disk."""

    region_id: str = ""
    disk_id: str
    snapshot_name: Name = ""
    description: Description = ""
    retention_days: RetentionDays | None = None
    category: Literal["standard", "flash"] = "standard"
    tags: Tags = Field(default_factory=dict, alias="Tag.")


class OneSnapshot(Request):
    """A snapshot by its id."""

    region_id: str = ""
    snapshot_id: str


class DeleteSnapshot(OneSnapshot):
    """Force is for a snapshot that disks were made of."""

    force: Truth = False


class ModifySnapshotAttribute(OneSnapshot):
    """What is not sent is left as it is; an empty description is one."""

    snapshot_name: Name = ""
    description: Description | None = None
    retention_days: RetentionDays | None = None
    disable_instant_access: Flag = None


def _ids(sent: str) -> list[str]:
    if not sent:
        return []
    try:
        given = json.loads(sent)
    except ValueError:
        given = None
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given) or len(given) > MAX_IDS:
        raise snapshot_errors.documented("InvalidSnapshotIds.Malformed")
    return given


def _check_filters(sent: dict[str, str]) -> None:
    for one in pairs(sent):
        known = one.get("Key", "") in {"CreationStartTime", "CreationEndTime"}
        snapshot_errors.refuse(
            {
                "InvalidFilterKey.NotFound": not known,
                "InvalidFilterValue": known and not re.fullmatch(_MINUTE, one.get("Value", "")),
            }
        )


class DescribeSnapshots(Request):
    """What a snapshot must be like to be answered."""

    region_id: Region
    snapshot_ids: Annotated[list[str] | None, BeforeValidator(_ids)] = None
    disk_id: str = ""
    snapshot_name: str = ""
    snapshot_link_id: Annotated[str, refused("InvalidSnapshotLinkId.NotFound", lambda link, _: link)] = ""
    status: Annotated[
        str,
        refused(
            "InvalidStatus.NotFound",
            lambda status, _: status not in {"", "all", "progressing", "accomplished", "failed"},
        ),
    ] = ""
    snapshot_type: Annotated[
        str, refused("InvalidSnapshotType.NotFound", lambda type_, _: type_ not in {"", "all", "auto", "user"})
    ] = ""
    usage: Annotated[
        str, refused("InvalidUsage", lambda usage, _: usage not in {"", "image", "disk", "image_disk", "none"})
    ] = ""
    source_disk_type: str = ""
    category: str = ""
    encrypted: Flag = None
    kms_key_id: str = Field("", alias="KMSKeyId")
    resource_group_id: str = ""
    filters: Annotated[None, BeforeValidator(_check_filters)] = Field(None, alias="Filter.")
    tags: Annotated[
        TagFilter,
        refused("InvalidTagCount", lambda tags, _: len(tags) > MAX_TAGS),
        refused("InvalidTag.Mismatch", lambda tags, _: any(not key for key, _ in tags)),
    ] = Field(default_factory=list, alias="Tag.")
    page_number: Annotated[int, whole(1, 10**9)] = 1
    page_size: Annotated[int, whole(1, 100)] = 10

    def matches(self, snapshot: Snapshot, now: float) -> bool:
        """Whether a snapshot is found."""
        return (
            snapshot.visible(now)
            and (not self.snapshot_ids or snapshot.id in self.snapshot_ids)
            and self.disk_id in {"", snapshot.disk}
            and self.snapshot_name in {"", snapshot.name}
            and self.status in {"", "all", snapshot.status(now)}
            and self.snapshot_type in {"", "all", "user"}
            and self.usage in {"", snapshot.usage}
            and self.source_disk_type.lower() in {"", snapshot.disk_type}
            and self.category.lower() in {"", snapshot.category}
            and (not self.encrypted or snapshot.encrypted)
            and self.kms_key_id in {"", snapshot.kms_key_id}
            and self.resource_group_id in {"", snapshot.resource_group}
            and has_tags(snapshot.tags, self.tags)
        )
