"""Cloud disks of CBS: only what CreateSnapshot asks of them. They come from seeds; no action makes any."""

from typing import Literal

from pydantic import BaseModel, Field

from sandbox.core.resource import Resource
from sandbox.core.resource_table import ResourceTable
from sandbox.core.seed_part import ResourceSeed
from sandbox.tencent.cbs.snapshot import DiskUsage


class DiskFacts(BaseModel):
    """What a seed says of a disk."""

    size: int = Field(default=20, ge=1)
    usage: DiskUsage = "DATA_DISK"
    state: Literal[
        "UNATTACHED", "ATTACHING", "ATTACHED", "DETACHING", "EXPANDING", "ROLLBACKING", "TORECYCLE", "DUMPING"
    ] = "ATTACHED"
    encrypted: bool = False
    project_id: int = 0
    snapshot_ability: bool = True
    backups: list[str] = Field(default_factory=list)
    """Ids of its backup points."""


class Disk(DiskFacts, Resource):
    """A disk in one region of one account."""

    zone: str


class Disks(ResourceTable[Disk]):
    """All disks of the sandbox."""

    name = "cbs-disk"
    model = Disk


class DiskSeed(DiskFacts, ResourceSeed):
    """A cloud disk that exists."""

    zone: str | None = None

    def plant(self, disks: Disks) -> None:
        """Put it in, or back to what the seed says."""
        fields = self.model_dump() | {"zone": self.zone or f"{self.region}-1"}
        disks.save(Disk(**fields))
