"""What a seed says of CBS: snapshots and disks that exist."""

from pydantic import AwareDatetime, Field

from sandbox.core.resource import Origin
from sandbox.core.seed_part import ResourceSeed
from sandbox.tencent.cbs.disk import Disk, DiskFacts, Disks
from sandbox.tencent.cbs.snapshot import Snapshot, SnapshotFacts, Snapshots, State


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


class DiskSeed(DiskFacts, ResourceSeed):
    """A cloud disk that exists."""

    zone: str | None = None

    def plant(self, disks: Disks) -> None:
        """Put it in, or back to what the seed says."""
        fields = self.model_dump() | {"zone": self.zone or f"{self.region}-1"}
        disks.save(Disk(**fields))
