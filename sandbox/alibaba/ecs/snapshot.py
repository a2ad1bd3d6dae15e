"""One ECS snapshot of a disk: what is kept of it, what it looks like at a moment, and what a seed says of it.

As everywhere, nothing happens in the background: status and progress are computed from when a copy or a creation began.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field
from typing_extensions import override

from sandbox.alibaba.artefact import Artefact, ArtefactSeed, ArtefactTable, CopyOutcome
from sandbox.core.clock import utc
from sandbox.core.resource import STUCK_PROGRESS, Resource
from sandbox.core.resource_table import ResourceTable
from sandbox.core.seed_part import ResourceSeed

DISK_SNAPSHOTS = "disk_snapshots"
"""Their section in seeds and in the inventory."""
DAY = 86400.0
COPYABLE_SINCE = datetime(2013, 7, 15, tzinfo=UTC)
Status = Literal["progressing", "accomplished", "failed"]


class SnapshotFacts(BaseModel):
    """What a seed says of a snapshot and the snapshot keeps as it is."""

    description: str = ""
    size: int = Field(default=20, ge=1)
    """GiB of the disk that it was made of."""
    disk: str = "d-sandbox0"
    disk_type: Literal["system", "data"] = "data"
    category: Literal["standard", "flash", "archive"] = "standard"
    """Neither a local one (flash) nor one of the archive can be copied."""
    encrypted: bool = False
    kms_key_id: str = ""
    retention_days: int | None = Field(default=None, ge=1, le=65536)
    """None is a snapshot that is kept until it is deleted."""
    disks: list[str] = Field(default_factory=list)
    """Disks that were made of it."""
    images: list[str] = Field(default_factory=list)
    """Images that were made of it."""


class Snapshot(SnapshotFacts, Artefact):
    """A snapshot in one region of one account."""

    COPYING: ClassVar = frozenset({"progressing"})

    seeded_status: Status = "accomplished"
    """The status when no job decides it."""

    @override
    def status(self, now: float) -> str:
        if self.copying is None:
            return self.seeded_status
        if not self.copying.done(now):
            return "progressing"
        return "accomplished" if self.copying.failure is None else "failed"

    @override
    def progress(self, now: float) -> str:
        if self.copying:
            return f"{self.copying.progress(now)}%"
        return {"progressing": "0%", "failed": f"{STUCK_PROGRESS}%"}.get(self.seeded_status, "100%")

    @property
    def expires(self) -> float | None:
        """When it is deleted: the retention counts from its creation."""
        return None if self.retention_days is None else self.created + self.retention_days * DAY

    @override
    def gone(self, now: float) -> bool:
        return self.expires is not None and now >= self.expires

    @property
    def usage(self) -> str:
        """What was made of it."""
        used = {"image": bool(self.images), "disk": bool(self.disks)}
        return "_".join(name for name, is_used in used.items() if is_used) or "none"

    def described(self, now: float) -> dict[str, Any]:
        """The entry in an answer of DescribeSnapshots; what does not apply is left out."""
        job = self.copying
        return {
            "SnapshotId": self.id,
            "SnapshotName": self.name,
            "Description": self.description,
            "Status": self.status(now),
            "Progress": self.progress(now),
            "RemainTime": max(1, round(job.ends - now)) if job and not job.done(now) else 0,
            "Available": self.status(now) == "accomplished",
            "RegionId": self.region,
            "CreationTime": utc(self.created).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "SnapshotType": "user",
            "Category": self.category,
            "SourceDiskId": self.disk,
            "SourceDiskSize": str(self.size),
            "SourceDiskType": self.disk_type,
            "Encrypted": self.encrypted,
            "KMSKeyId": self.kms_key_id,
            "ResourceGroupId": self.resource_group,
            "ProductCode": "",
            "InstantAccess": False,
            "Usage": self.usage,
            "Tags": {"Tag": [{"TagKey": key, "TagValue": value} for key, value in self.tags.items()]},
            **({} if self.retention_days is None else {"RetentionDays": self.retention_days}),
            **({"SourceSnapshotId": self.origin.id, "SourceRegionId": self.origin.region} if self.origin else {}),
        }

    @override
    def listed(self, now: float) -> dict[str, Any]:
        return (
            super().listed(now)
            | self.model_dump(include={"description", "size", "disk", "encrypted", "kms_key_id", "retention_days"})
            | {
                "failure": self.copying.failure if self.copying and self.status(now) == "failed" else None,
            }
        )


class Snapshots(ArtefactTable[Snapshot]):
    """All snapshots of disks."""

    name = "ecs-disk-snapshot"
    model = Snapshot

    def anywhere(self, account: str, snapshot_id: str, now: float) -> Snapshot | None:
        """One snapshot of an account in any region: for calls that need not name one."""
        found = self.where(now, "account = ? AND id = ?", account, snapshot_id)
        return next((one for one in found if one.visible(now)), None)


class SnapshotCopyOutcome(CopyOutcome):
    """How every copy of a snapshot ends."""

    status: Literal["accomplished", "failed"]
    reason: str = "The snapshot could not be copied."


class SnapshotSeed(SnapshotFacts, ArtefactSeed):
    """A snapshot that exists."""

    status: Status = "accomplished"
    created: AwareDatetime | None = None
    """When it was made; None is now, or when it was first seeded."""
    copy_outcome: SnapshotCopyOutcome | None = None

    def plant(self, snapshots: Snapshots, now: float) -> None:
        """Add it, or reset it to what the seed says."""
        known = snapshots.get(self.account, self.region, self.id, now)
        fields = self.artefact_fields(known, now) | self.model_dump(include=set(SnapshotFacts.model_fields))
        if self.created:
            fields["created"] = self.created.timestamp()
        failing = self.copy_outcome is not None and self.copy_outcome.status == "failed"
        fields["copy_failure"] = self.copy_outcome.reason if self.copy_outcome and failing else None
        snapshots.save(Snapshot(**fields, seeded_status=self.status))


class Disk(Resource):
    """A disk in one region of one account; disks come from seeds, no action makes any."""

    size: int = Field(default=20, ge=1)
    type: Literal["system", "data"] = "data"
    encrypted: bool = False


class Disks(ResourceTable[Disk]):
    """All disks."""

    name = "ecs-disk"
    model = Disk


class DiskSeed(ResourceSeed):
    """A disk that exists."""

    size: int = Field(default=20, ge=1)
    type: Literal["system", "data"] = "data"
    encrypted: bool = False

    def plant(self, disks: Disks) -> None:
        """Put it in."""
        disks.save(Disk(**self.model_dump()))
