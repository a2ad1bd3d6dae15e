"""CVM images: what is kept of one, what it looks like at a moment, and where they are kept, by account and region.

Nothing happens in the background: state and percent are computed from when a copy or a creation started.
"""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from sandbox.core.clock import utc
from sandbox.core.inventory import Listed, by_region
from sandbox.core.resource import STUCK_PROGRESS, Job, Origin, Resource, new_id
from sandbox.core.resource_table import ResourceTable
from sandbox.core.seed_part import ResourceSeed

State = Literal["CREATING", "NORMAL", "CREATEFAILED", "SYNCING", "IMPORTING", "IMPORTFAILED"]
ImageType = Literal["PRIVATE_IMAGE", "PUBLIC_IMAGE", "SHARED_IMAGE"]
Outcome = Literal["NORMAL", "CREATEFAILED", "STUCK", "VANISHED"]
"""How a copy ends: usable, failed, SYNCING without end, or gone."""
ALMOST = 99  # 100 is said only once it is usable
SNAPSHOTS = "cvm_snapshots"


class CopyOutcome(BaseModel):
    """How the copies of an image end, or those to some regions."""

    state: Outcome
    regions: list[str] | None = None

    def of(self, region: str) -> Outcome:
        """How a copy to a region ends."""
        return self.state if self.regions is None or region in self.regions else "NORMAL"


class Transfer(Job):
    """A copy from another region."""

    outcome: Outcome = "NORMAL"

    def running(self, now: float) -> bool:
        """Whether the source is still being copied; a stuck copy never ends."""
        return self.outcome == "STUCK" or not self.done(now)


class ImageFacts(BaseModel):
    """What a seed says of an image, and the image keeps as it is."""

    description: str = ""
    family: str = ""
    os_name: str = "TencentOS Server 3.1 (TK4)"
    type: ImageType = "PRIVATE_IMAGE"
    encrypted: bool = False
    whole_machine: bool = False
    """Whether it is an image of a whole instance, with its data disks."""
    shared_with: int = Field(default=0, ge=0)
    """How many accounts it is shared with."""
    tags: dict[str, str] = Field(default_factory=dict)
    copy_outcome: CopyOutcome | None = None
    """How copies made of this image end."""


class Image(ImageFacts, Resource):
    """An image in one region of one account."""

    name: str
    size: int
    created: float
    deprecated: bool = False
    visible_from: float = 0.0
    snapshot_id: str
    origin: Origin | None = None
    """What it was copied from, which the API never says."""
    seeded_state: State = "NORMAL"
    """The state when no copy or creation decides it."""
    copying: Transfer | None = None
    creating: Job | None = None

    def own_state(self, now: float) -> State:
        """The state at a moment, whatever is copied of it."""
        if self.copying:
            if self.copying.running(now):
                return "SYNCING"
            return "CREATEFAILED" if self.copying.outcome == "CREATEFAILED" else "NORMAL"
        if self.creating and not self.creating.done(now):
            return "CREATING"
        return self.seeded_state

    def state(self, now: float, copying_to: Sequence[str]) -> State:
        """The state at a moment: the source of a running copy is SYNCING as well."""
        own = self.own_state(now)
        return "SYNCING" if own == "NORMAL" and copying_to else own

    def gone(self, now: float) -> bool:
        """Whether its copy has vanished."""
        return self.copying is not None and self.copying.outcome == "VANISHED" and self.copying.done(now)

    def percent(self, now: float) -> int:
        """How far the copy is."""
        if self.copying is None or self.own_state(now) == "NORMAL":
            return 100
        limit = STUCK_PROGRESS if self.copying.outcome != "NORMAL" else ALMOST
        return min(int(self.copying.share(now) * 100), limit)

    def described(self, now: float, copying_to: Sequence[str]) -> dict[str, Any]:
        """The entry in an answer of DescribeImages."""
        state = self.state(now, copying_to)
        disk = {"SnapshotId": self.snapshot_id, "DiskUsage": "SYSTEM_DISK", "DiskSize": self.size}
        return {
            "ImageId": self.id,
            "OsName": self.os_name,
            "ImageType": self.type,
            "CreatedTime": utc(self.created).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ImageName": self.name,
            "ImageDescription": self.description,
            "ImageSize": self.size,
            "Architecture": "x86_64",
            "ImageState": state,
            "Platform": "TencentOS",
            "ImageCreator": self.account,
            "ImageSource": "CREATE_IMAGE",
            "SyncPercent": self.percent(now) if state == "SYNCING" else None,
            "IsSupportCloudinit": True,
            "SnapshotSet": [disk] if self.type == "PRIVATE_IMAGE" else [],
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "LicenseType": "TencentCloud",
            "ImageFamily": self.family,
            "ImageDeprecated": self.deprecated,
            "CdcCacheStatus": None,
        }

    def listed(self, now: float, copying_to: Sequence[str]) -> dict[str, Any]:
        """The entry in the control plane's inventory; `status` is its own."""
        return {
            "id": self.id,
            "status": self.own_state(now),
            "progress": f"{self.percent(now)}%",
            "name": self.name,
            "description": self.description,
            "size": self.size,
            "encrypted": self.encrypted,
            "tags": self.tags,
            "account": self.account,
            "copied_from": self.origin.model_dump() if self.origin else None,
            "copying_to": list(copying_to),
        }


class Snapshot(Resource):
    """The snapshot that an image consists of, once the image is gone and it is not."""

    image_id: str
    size: int


class Leftovers(ResourceTable[Snapshot]):
    """The snapshots of images that are gone."""

    name = "cvm-snapshot"
    model = Snapshot

    def inventory(self, now: float) -> Listed:
        """Region -> snapshots that no image has any more, for the control plane."""
        return by_region((one.region, one.model_dump(exclude={"region"})) for one in self.where(now))


class Images(ResourceTable[Image]):
    """All images of the sandbox."""

    name = "cvm"
    model = Image

    def destinations(self, image: Image, now: float) -> list[str]:
        """The regions to which an image is being copied."""
        return [one.region for one in self.copies_of(image, now) if one.copying and one.copying.running(now)]

    def of_name(self, account: str, region: str, name: str, now: float) -> Image | None:
        """What has a name in a region, also what is not visible yet."""
        return next((one for one in self.of_region(account, region, now) if one.name == name), None)

    def inventory(self, now: float) -> Listed:
        """Region -> images, for the control plane: all accounts, also what is not visible yet."""
        images = self.where(now)
        return by_region((one.region, one.listed(now, self.destinations(one, now))) for one in images)


class ImageSeed(ImageFacts, ResourceSeed):
    """An image that exists."""

    name: str | None = None
    created: AwareDatetime | None = None
    """When it was made; None is now, or when it was first seeded."""
    state: State = "NORMAL"
    size: int = Field(default=50, ge=1)
    copied_from: Origin | None = None

    def plant(self, images: Images, now: float) -> None:
        """Put it in, or back to what the seed says."""
        known = images.get(self.account, self.region, self.id, now)
        created = self.created.timestamp() if self.created else known.created if known else now
        facts = self.model_dump(include={*ImageFacts.model_fields, *ResourceSeed.model_fields})
        image = Image(
            **facts,
            name=self.id if self.name is None else self.name,
            size=self.size,
            created=created,
            snapshot_id=known.snapshot_id if known else new_snapshot_id(),
            origin=self.copied_from,
            seeded_state=self.state,
        )
        images.save(image)


def new_image_id() -> str:
    """An id as CVM makes them."""
    return new_id("img-", 8)


def new_snapshot_id() -> str:
    """An id of a snapshot."""
    return new_id("snap-", 8)
