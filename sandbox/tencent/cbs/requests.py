"""What CBS's snapshot actions take: the parameters with their types, and the rules that need no snapshot."""

import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from sandbox.core.clock import BEIJING
from sandbox.tencent import errors as tencent_errors
from sandbox.tencent.api import Request, Truth, Whole
from sandbox.tencent.cbs import errors as cbs_errors
from sandbox.tencent.cbs.snapshot import Snapshot

MAX_NAME = 60
MAX_LIMIT = 100
MAX_IDS = 100
MAX_DISK_IDS = 10
DAY = 86400.0
STATES = ("NORMAL", "CREATING", "ROLLBACKING", "COPYING_FROM_REMOTE", "CHECKING_COPIED", "TORECYCLE")
_ISO8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_ALLOWED = {
    "snapshot-state": STATES,
    "disk-usage": ("SYSTEM_DISK", "DATA_DISK"),
    "encrypt": ("true", "false"),
    "snapshot-type": ("PRIVATE_SNAPSHOT", "SHARED_SNAPSHOT"),
}


class CopySnapshotCrossRegions(Request):
    """SnapshotId is optional in the reference, but nothing else names the source."""

    DestinationRegions: list[str]
    SnapshotId: str
    SnapshotName: str | None = None


class Filter(Request):
    """One of the filters of DescribeSnapshots; any of its values may fit."""

    Name: str
    Values: list[str]

    def check(self) -> None:
        """Raise ApiError for a filter or a value that there is not."""
        if self.Name not in {*_ALLOWED, "snapshot-id", "snapshot-name", "project-id", "disk-id"}:
            raise cbs_errors.invalid_filter(self.Name)
        if not self.Values:
            raise tencent_errors.invalid_value("Filters", f"{self.Name} has no values")
        if self.Name == "disk-id" and len(self.Values) > MAX_DISK_IDS:
            raise tencent_errors.invalid_value("Filters", f"disk-id has more than {MAX_DISK_IDS} values")
        allowed = _ALLOWED.get(self.Name)
        for value in self._values():
            if (allowed and value not in allowed) or (self.Name == "project-id" and not value.isdecimal()):
                raise tencent_errors.invalid_value("Filters", f"{self.Name} cannot be {value!r}")

    def fits(self, snapshot: Snapshot, now: float) -> bool:
        """Whether a snapshot passes; names are compared loosely, everything else exactly."""
        values = self._values()
        if self.Name == "snapshot-name":
            return any(value.lower() in snapshot.name.lower() for value in values)
        its_own = {
            "snapshot-id": snapshot.id,
            "snapshot-state": snapshot.state(now),
            "disk-usage": snapshot.disk_usage,
            "project-id": str(snapshot.project_id),
            "disk-id": snapshot.disk_id,
            "encrypt": "true" if snapshot.encrypted else "false",
            "snapshot-type": "SHARED_SNAPSHOT" if snapshot.shared_from else "PRIVATE_SNAPSHOT",
        }
        return its_own[self.Name] in values

    def _values(self) -> list[str]:
        return [value.lower() for value in self.Values] if self.Name == "encrypt" else self.Values


class DescribeSnapshots(Request):
    """An empty list of ids or filters is none."""

    SnapshotIds: list[str] = Field(default_factory=list)
    Filters: list[Filter] = Field(default_factory=list)
    Limit: Whole = 20
    Offset: Whole = 0
    Order: str = "DESC"
    OrderField: str = "CREATE_TIME"

    def check(self) -> None:
        """Raise ApiError for what cannot be asked."""
        if self.SnapshotIds and self.Filters:
            raise tencent_errors.invalid_value("SnapshotIds", "it cannot be used together with Filters")
        if len(self.SnapshotIds) > MAX_IDS:
            raise tencent_errors.invalid_value("SnapshotIds", f"at most {MAX_IDS} can be given")
        if not 1 <= self.Limit <= MAX_LIMIT:
            raise tencent_errors.invalid_value("Limit", f"it must be from 1 to {MAX_LIMIT}")
        if self.Offset < 0:
            raise tencent_errors.invalid_value("Offset", "it cannot be negative")
        if self.Order not in {"ASC", "DESC"}:
            raise tencent_errors.invalid_value("Order", "it must be ASC or DESC")
        if self.OrderField != "CREATE_TIME":
            raise tencent_errors.invalid_value("OrderField", "it must be CREATE_TIME")
        for one in self.Filters:
            one.check()


class ModifySnapshotAttribute(Request):
    """What stays None is left as it is."""

    SnapshotId: str
    SnapshotName: str | None = None
    IsPermanent: Truth | None = None
    Deadline: str | None = None


class DeleteSnapshots(Request):
    """All of them or none."""

    SnapshotIds: list[str]
    DeleteBindImages: Truth = False


class Tag(Request):
    """A tag of a new snapshot."""

    Key: str
    Value: str


class CreateSnapshot(Request):
    """Of a disk as it is, or of one of its backup points."""

    DiskId: str | None = None
    SnapshotName: str | None = None
    Deadline: str | None = None
    DiskBackupId: str | None = None
    Tags: list[Tag] = Field(default_factory=list)
    LocalSnap: Truth = False
    DiskUsage: str | None = None

    def tags(self) -> dict[str, str]:
        """The tags by key; raises ApiError for an empty or a repeated one."""
        tags = {tag.Key: tag.Value for tag in self.Tags}
        if "" in tags or len(tags) < len(self.Tags):
            raise tencent_errors.invalid_value("Tags", "each needs a key of its own")
        return tags


def checked_name(name: str | None) -> str | None:
    """A SnapshotName, which must have 1 to 60 characters, not all of them white space, if it is there."""
    if name is not None and not (name.strip() and len(name) <= MAX_NAME):
        raise tencent_errors.invalid_value("SnapshotName", f"it must have 1 to {MAX_NAME} characters, not only spaces")
    return name


def checked_ids(name: str, values: Sequence[str]) -> None:
    """Raise ApiError for a list that is empty, holds an empty text, or holds one twice."""
    if not values or "" in values or len(set(values)) < len(values):
        raise tencent_errors.invalid_value(name, "it must have at least one value, and no value twice")


def moment(deadline: str, *, after: float) -> float:
    """A Deadline in seconds since 1970; it must say its zone and be after a moment."""
    try:
        read = datetime.fromisoformat(deadline) if _ISO8601.fullmatch(deadline) else None
        if read is not None:
            read.astimezone(BEIJING)  # it is shown in this zone, so it must be a time there
    except (ValueError, OverflowError):
        read = None
    if read is None:
        raise tencent_errors.invalid_value("Deadline", "it must be like 2022-01-08T09:47:55+00:00")
    if read.timestamp() <= after:
        raise tencent_errors.invalid_value("Deadline", "it is too early")
    return read.timestamp()
