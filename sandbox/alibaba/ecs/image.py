"""One ECS image: what is kept of it, what it looks like at a moment, and what a seed says of it.

Nothing happens in the background. A copy waits as `queued` until the store finds that its turn has come, and
is then a job with a start and a duration; status and progress are computed from that for any `now`.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, get_args

from pydantic import AwareDatetime, BaseModel, Field
from typing_extensions import override

from sandbox.alibaba.artefact import Artefact, ArtefactSeed, ArtefactTable, CopyOutcome, ended_as
from sandbox.core.clock import utc
from sandbox.core.resource import STUCK_PROGRESS, Job, Resource, new_id
from sandbox.core.seed_part import SeedPart

Status = Literal["Creating", "Waiting", "Available", "UnAvailable", "CreateFailed", "Deprecated"]
STATUSES: tuple[str, ...] = get_args(Status)
_SYSTEMS = {
    "linux": ("CentOS", "CentOS  7.9 64 bit"),
    "windows": ("Windows Server 2022", "Windows Server 2022"),
}
COPYABLE_SNAPSHOTS_SINCE = datetime(2013, 7, 15, tzinfo=UTC)


class Queued(BaseModel):
    """A copy whose turn has not come."""

    since: float
    """Up to this moment it is known to have waited: it cannot start before."""
    seconds: float
    failure: str | None = None

    def started(self, moment: float) -> Job:
        """The job it becomes."""
        return Job(started=moment, seconds=self.seconds, failure=self.failure)


class ImageSnapshot(BaseModel):
    """The snapshot of the system disk that an image is made of."""

    id: str
    created: AwareDatetime | None = None
    """When the snapshot was made; None is as old as the image."""
    state: Literal["present", "missing", "restricted"] = "present"
    """Of a missing or restricted snapshot no copy can be made."""


class LeftSnapshot(Resource):
    """The snapshot that a deleted image left behind."""

    image: str
    size: int
    """GiB."""
    encrypted: bool


class ImageFacts(BaseModel):
    """What a seed says of an image and the image keeps as it is."""

    description: str = ""
    size: int = Field(default=40, ge=1)
    """GiB."""
    encrypted: bool = False
    kms_key_id: str | None = None
    family: str = ""
    os_type: Literal["linux", "windows"] = "linux"
    architecture: Literal["i386", "x86_64", "arm64"] = "x86_64"
    product_code: str = ""
    """Set for an image that comes from the marketplace."""
    published_in: list[str] = Field(default_factory=list)
    """Regions in which that marketplace image is published."""
    in_use: bool = False
    """Whether instances were made of it."""
    shared_with: list[str] = Field(default_factory=list)
    """Accounts that see it, too."""
    copies_cancellable: bool = True
    """Whether a copy made of this image can be cancelled."""


class Image(ImageFacts, Artefact):
    """An image in one region of one account; its resource group is empty for the default one, as in answers."""

    COPYING: ClassVar = frozenset({"Creating", "Waiting"})

    snapshot: ImageSnapshot
    boot_mode: str = "BIOS"
    seeded_status: Status = "Available"
    """The status when no copy decides it: an image seeded as Creating stays so."""
    deprecated: bool = False
    cancellable: bool = True
    """Whether this copy can be cancelled."""
    queued: Queued | None = None

    @override
    def status(self, now: float) -> str:
        if self.queued:
            return "Waiting"
        status: str = self.seeded_status
        if self.copying:
            status = ended_as(self.copying, now, running="Creating", failed="CreateFailed")
        return "Deprecated" if self.deprecated and status == "Available" else status

    @override
    def progress(self, now: float) -> str:
        if self.copying:
            return f"{self.copying.progress(now)}%"
        if self.seeded_status == "CreateFailed":
            return f"{STUCK_PROGRESS}%"
        return "0%" if self.queued or self.seeded_status in self.COPYING else "100%"

    def has_snapshot(self, now: float) -> bool:
        """Whether its snapshot is complete; a copy that waits, runs or failed has none that stays."""
        return self.status(now) not in self.COPYING | {"CreateFailed"} and self.snapshot.state != "missing"

    def described(self, account: str, now: float) -> dict[str, Any]:
        """The entry in an answer of DescribeImages to an account."""
        progress, job = self.progress(now), self.copying
        platform, system = _SYSTEMS[self.os_type]
        disk = {
            "Device": "/dev/xvda",
            "SnapshotId": self.snapshot.id if self.has_snapshot(now) else "",
            "Size": str(self.size),
            "Type": "system",
            "Format": "",
            "Encrypted": self.encrypted,
            "Progress": progress,
            "RemainTime": max(1, round(job.ends - now)) if job and not job.done(now) else 0,
            "ImportOSSBucket": "",
            "ImportOSSObject": "",
        }
        return {
            "ImageId": self.id,
            "ImageName": self.name,
            "Description": self.description,
            "Status": self.status(now),
            "Progress": progress,
            "IsCopied": self.origin is not None,
            "Size": self.size,
            "DiskDeviceMappings": {"DiskDeviceMapping": [disk]},
            "Tags": {"Tag": [{"TagKey": key, "TagValue": value} for key, value in self.tags.items()]},
            "CreationTime": utc(self.created).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ImageOwnerAlias": "self" if account == self.account else "others",
            "ImageOwnerId": int(self.account) if self.account.isdecimal() else 0,
            "ImageVersion": "",
            "ImageFamily": self.family,
            "ResourceGroupId": self.resource_group,
            "Usage": "instance" if self.in_use else "none",
            "OSType": self.os_type,
            "OSName": system,
            "OSNameEn": system,
            "Platform": platform,
            "Architecture": self.architecture,
            "BootMode": self.boot_mode,
            "ProductCode": self.product_code,
            "IsPublic": False,
            "IsSelfShared": "sharing" if self.shared_with and account == self.account else "",
            "IsSubscribed": False,
            "IsSupportCloudinit": True,
            "IsSupportIoOptimized": True,
            "LoginAsNonRootSupported": False,
        }

    @override
    def listed(self, now: float) -> dict[str, Any]:
        facts = self.model_dump(include={"description", "size", "encrypted", "kms_key_id"})
        return (
            super().listed(now)
            | facts
            | {
                "snapshot": self.snapshot.id if self.has_snapshot(now) else None,
                "failure": self.copying.failure if self.copying and self.status(now) == "CreateFailed" else None,
            }
        )


class ImageCopyOutcome(CopyOutcome):
    """How every copy of an image ends."""

    status: Literal["Available", "CreateFailed"]
    reason: str = "The image could not be copied."


class ImageSnapshotSeed(SeedPart):
    """The snapshot that an image is made of."""

    id: str | None = None
    created: AwareDatetime | None = None
    state: Literal["present", "missing", "restricted"] = "present"


class ImageSeed(ImageFacts, ArtefactSeed):
    """An image that exists."""

    status: Status = "Available"
    snapshot: ImageSnapshotSeed = ImageSnapshotSeed()
    copy_outcome: ImageCopyOutcome | None = None

    def plant(self, images: ArtefactTable[Image], now: float) -> None:
        """Add it, or reset it to what the seed says."""
        known = images.get(self.account, self.region, self.id, now)
        snapshot_id = self.snapshot.id or (known.snapshot.id if known else new_id("s-"))
        image = Image(
            **self.artefact_fields(known, now),
            **self.model_dump(include=set(ImageFacts.model_fields)),
            snapshot=ImageSnapshot(id=snapshot_id, created=self.snapshot.created, state=self.snapshot.state),
            seeded_status="Available" if self.status == "Deprecated" else self.status,
            deprecated=self.status == "Deprecated",
        )
        images.save(image)
