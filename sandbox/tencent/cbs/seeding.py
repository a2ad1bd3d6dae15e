"""What a seed says of CBS: snapshots and disks that exist."""

from pydantic import AwareDatetime, Field

from sandbox.core.resource import Origin
from sandbox.core.seed_part import ResourceSeed
from sandbox.tencent.cbs.disk import Disk, Disks, DiskState
from sandbox.tencent.cbs.snapshot import BoundImage, CopyOutcome, DiskUsage, Snapshot, State
from sandbox.tencent.cbs.store import Snapshots


class SnapshotSeed(ResourceSeed):
    """A snapshot that exists."""

    name: str | None = None
    created: AwareDatetime | None = None
    """When it was made; None is now, or when it was first seeded."""
    state: State = "NORMAL"
    deadline: AwareDatetime | None = None
    """When it is deleted; None is a permanent snapshot."""
    disk: str = "disk-sandbox0"
    disk_usage: DiskUsage = "DATA_DISK"
    size: int = Field(default=20, ge=1)
    zone: str | None = None
    project_id: int = 0
    encrypted: bool = False
    shared_with: int = Field(default=0, ge=0)
    """How many accounts it is shared with."""
    shared_from: str | None = None
    """The account that shares it with this one."""
    images: list[BoundImage] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    copied: bool = False
    """Whether it is a copy; implied by `copied_from`."""
    copied_from: Origin | None = None
    copy_outcome: CopyOutcome | None = None

    def plant(self, snapshots: Snapshots, now: float) -> None:
        """Put it in, or back to what the seed says."""
        known = snapshots.get(self.account, self.region, self.id, now)
        created = self.created.timestamp() if self.created else known.created if known else now
        snapshot = Snapshot(
            id=self.id,
            account=self.account,
            region=self.region,
            name=self.id if self.name is None else self.name,
            disk_id=self.disk,
            disk_size=self.size,
            disk_usage=self.disk_usage,
            zone=self.zone or f"{self.region}-1",
            project_id=self.project_id,
            encrypted=self.encrypted,
            created=created,
            modified=created,
            deadline=self.deadline.timestamp() if self.deadline else None,
            copied=self.copied or self.copied_from is not None,
            origin=self.copied_from,
            tags=self.tags,
            images=self.images,
            shared_with=self.shared_with,
            shared_from=self.shared_from,
            seeded_state=self.state,
            copy_outcome=self.copy_outcome,
        )
        snapshots.save(snapshot)


class DiskSeed(ResourceSeed):
    """A cloud disk that exists."""

    size: int = Field(default=20, ge=1)
    usage: DiskUsage = "DATA_DISK"
    state: DiskState = "ATTACHED"
    zone: str | None = None
    encrypted: bool = False
    project_id: int = 0
    snapshot_ability: bool = True
    backups: list[str] = Field(default_factory=list)
    """Ids of its backup points."""

    def plant(self, disks: Disks) -> None:
        """Put it in, or back to what the seed says."""
        fields = self.model_dump() | {"zone": self.zone or f"{self.region}-1"}
        disks.save(Disk(**fields))
