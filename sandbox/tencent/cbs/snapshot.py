"""CBS snapshots: what is kept of one, what it looks like at a moment, and where they are kept, by account and region.

As with data caches, nothing happens in the background: state and percent are computed from when a copy or a
creation started. CBS has no failed state, so a copy that fails either stays where it is or is gone.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from sandbox.core.clock import beijing_seconds, iso_milliseconds
from sandbox.core.inventory import Listed, by_region
from sandbox.core.resource import STUCK_PROGRESS, Job, Origin, Resource, new_id
from sandbox.core.resource_table import ResourceTable
from sandbox.core.seed_part import ResourceSeed

State = Literal["NORMAL", "CREATING", "ROLLBACKING", "COPYING_FROM_REMOTE", "CHECKING_COPIED", "TORECYCLE"]
DiskUsage = Literal["SYSTEM_DISK", "DATA_DISK"]
SnapshotType = Literal["PRIVATE_SNAPSHOT", "SHARED_SNAPSHOT"]
Outcome = Literal["NORMAL", "STUCK", "VANISHED"]
"""How a copy ends: usable, COPYING_FROM_REMOTE without end, or gone."""
ALMOST = 99  # 100 is said only once it is usable


class BoundImage(BaseModel):
    """An image that was made of a snapshot."""

    id: str
    name: str = ""


class CopyOutcome(BaseModel):
    """How the copies of a snapshot end, or those to some regions."""

    state: Outcome
    regions: list[str] | None = None

    def of(self, region: str) -> Outcome:
        """How a copy to a region ends."""
        return self.state if self.regions is None or region in self.regions else "NORMAL"


class Transfer(Job):
    """A copy from another region."""

    checking_share: float
    """How much of it, at its end, is the check of what was copied."""
    outcome: Outcome = "NORMAL"

    def running(self, now: float) -> bool:
        """Whether the source is still being copied; a stuck copy never ends."""
        return self.outcome == "STUCK" or not self.done(now)

    def state(self, now: float) -> State:
        """The state of the copy at a moment."""
        if not self.running(now):
            return "NORMAL"
        checking = self.outcome != "STUCK" and self.share(now) >= 1 - self.checking_share
        return "CHECKING_COPIED" if checking else "COPYING_FROM_REMOTE"


class SnapshotFacts(BaseModel):
    """What a seed says of a snapshot, and the snapshot keeps as it is."""

    disk_usage: DiskUsage = "DATA_DISK"
    project_id: int = 0
    encrypted: bool = False
    shared_with: int = Field(default=0, ge=0)
    """How many accounts it is shared with."""
    shared_from: str | None = None
    """The account that shares it with this one."""
    images: list[BoundImage] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    copied: bool = False
    """Whether it is a copy; in a seed, implied by `copied_from`."""
    copy_outcome: CopyOutcome | None = None
    """How copies made of this snapshot end."""


class Snapshot(SnapshotFacts, Resource):
    """A snapshot in one region of one account."""

    name: str
    disk_id: str
    disk_size: int
    zone: str
    created: float
    modified: float
    visible_from: float = 0.0
    deadline: float | None = None
    """When it is deleted; None is a permanent snapshot."""
    origin: Origin | None = None
    """What it was copied from, which the API never says."""
    seeded_state: State = "NORMAL"
    """The state when no copy or creation decides it."""
    copying: Transfer | None = None
    creating: Job | None = None

    @property
    def type(self) -> SnapshotType:
        """Whose it is."""
        return "SHARED_SNAPSHOT" if self.shared_from else "PRIVATE_SNAPSHOT"

    def state(self, now: float) -> State:
        """The state at a moment."""
        if self.copying:
            return self.copying.state(now)
        if self.creating and not self.creating.done(now):
            return "CREATING"
        return self.seeded_state

    def gone(self, now: float) -> bool:
        """Whether its deadline has passed, or its copy has vanished."""
        expired = self.deadline is not None and now >= self.deadline
        copy = self.copying
        return expired or (copy is not None and copy.outcome == "VANISHED" and copy.done(now))

    def percent(self, now: float) -> int:
        """How far the copy or the creation is."""
        job = self.copying or self.creating
        if self.state(now) in {"NORMAL", "ROLLBACKING", "TORECYCLE"}:
            return 100
        if job is None:
            return 0
        limit = STUCK_PROGRESS if self.copying and self.copying.outcome == "STUCK" else ALMOST
        return min(int(job.share(now) * 100), limit)

    def described(self, now: float, copying_to: Sequence[str]) -> dict[str, Any]:
        """The entry in an answer of DescribeSnapshots."""
        return {
            "SnapshotId": self.id,
            "SnapshotName": self.name,
            "SnapshotState": self.state(now),
            "Percent": self.percent(now),
            "SnapshotType": self.type,
            "SnapshotMode": "STANDARD_SNAPSHOT",
            "Placement": {
                "Zone": self.zone,
                "ProjectId": self.project_id,
                **dict.fromkeys(("ProjectName", "CageId", "CdcId", "CdcName", "DedicatedClusterId")),
            },
            "DiskId": self.disk_id,
            "DiskSize": self.disk_size,
            "DiskUsage": self.disk_usage,
            "Encrypt": self.encrypted,
            "CopyFromRemote": self.copied,
            "CopyingToRegions": list(copying_to),
            "IsPermanent": self.deadline is None,
            "DeadlineTime": "" if self.deadline is None else beijing_seconds(self.deadline),
            "CreateTime": beijing_seconds(self.created),
            "LatestModifyTime": beijing_seconds(self.modified),
            "TimeStartShare": beijing_seconds(self.created) if self.shared_with or self.shared_from else None,
            "ShareReference": self.shared_with,
            "IsLocked": False,
            "Images": [{"ImageId": image.id, "ImageName": image.name} for image in self.images],
            "ImageCount": len(self.images),
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "AutoSnapshotPolicyId": None,
        }

    def listed(self, now: float, copying_to: Sequence[str]) -> dict[str, Any]:
        """The entry in the control plane's inventory."""
        return {
            "id": self.id,
            "status": self.state(now),
            "progress": f"{self.percent(now)}%",
            "name": self.name,
            "permanent": self.deadline is None,
            "deadline": None if self.deadline is None else iso_milliseconds(self.deadline),
            "disk": self.disk_id,
            "size": self.disk_size,
            "encrypted": self.encrypted,
            "tags": self.tags,
            "images": [image.id for image in self.images],
            "account": self.account,
            "copied": self.copied,
            "copied_from": self.origin.model_dump() if self.origin else None,
            "copying_to": list(copying_to),
        }


class Snapshots(ResourceTable[Snapshot]):
    """All snapshots of the sandbox."""

    name = "cbs"
    model = Snapshot

    def destinations(self, account: str, region: str, now: float) -> dict[str, list[str]]:
        """Id of a snapshot of this region -> the regions to which it is being copied."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for copy in self.where(now, "account = ? AND json_extract(body, '$.origin.region') = ?", account, region):
            if copy.origin and copy.copying and copy.copying.running(now):
                found[copy.origin.id].append(copy.region)
        return found

    def inventory(self, now: float) -> Listed:
        """Region -> snapshots, for the control plane: all accounts, also what is not visible yet."""
        snapshots = self.where(now)
        copying_to = {
            place: self.destinations(*place, now) for place in {(one.account, one.region) for one in snapshots}
        }
        return by_region(
            (one.region, one.listed(now, copying_to[one.account, one.region].get(one.id, []))) for one in snapshots
        )


class SnapshotSeed(SnapshotFacts, ResourceSeed):
    """A snapshot that exists."""

    name: str | None = None
    created: AwareDatetime | None = None
    """When it was made; None is now, or when it was first seeded."""
    state: State = "NORMAL"
    deadline: AwareDatetime | None = None
    """When it is deleted; None is a permanent snapshot."""
    disk: str = "disk-sandbox0"
    size: int = Field(default=20, ge=1)
    zone: str | None = None
    copied_from: Origin | None = None

    def plant(self, snapshots: Snapshots, now: float) -> None:
        """Put it in, or back to what the seed says."""
        known = snapshots.get(self.account, self.region, self.id, now)
        created = self.created.timestamp() if self.created else known.created if known else now
        facts = self.model_dump(include={*SnapshotFacts.model_fields, *ResourceSeed.model_fields})
        snapshot = Snapshot(
            **facts | {"copied": self.copied or self.copied_from is not None},
            name=self.id if self.name is None else self.name,
            disk_id=self.disk,
            disk_size=self.size,
            zone=self.zone or f"{self.region}-1",
            created=created,
            modified=created,
            deadline=self.deadline.timestamp() if self.deadline else None,
            origin=self.copied_from,
            seeded_state=self.state,
        )
        snapshots.save(snapshot)


def new_snapshot_id() -> str:
    """An id as CBS makes them, which are shorter than others."""
    return new_id("snap-", 8)
