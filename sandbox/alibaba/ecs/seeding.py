"""What a seed says of ECS: images, and the KMS keys and resource groups that they may have."""

from typing import Literal

from pydantic import AwareDatetime, Field

from sandbox.alibaba.ecs.image import Image, ImageSnapshot, Status
from sandbox.alibaba.ecs.store import Images
from sandbox.alibaba.kms_keys import KeyState, KmsKey, KmsKeys
from sandbox.alibaba.resource_groups import ResourceGroup, ResourceGroups
from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.resource import Origin, new_id
from sandbox.core.seed_part import ResourceSeed, SeedPart


class ImageCopyOutcome(SeedPart):
    """How every copy of an image ends."""

    status: Literal["Available", "CreateFailed"]
    reason: str = "The image could not be copied."


class ImageSnapshotSeed(SeedPart):
    """The snapshot that an image is made of."""

    id: str | None = None
    created: AwareDatetime | None = None
    state: Literal["present", "missing", "restricted"] = "present"


class ImageSeed(ResourceSeed):
    """An image that exists."""

    name: str | None = None
    description: str = ""
    size: int = Field(default=40, ge=1)
    status: Status = "Available"
    encrypted: bool = False
    kms_key_id: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    resource_group: str = ""
    family: str = ""
    os_type: Literal["linux", "windows"] = "linux"
    architecture: Literal["i386", "x86_64", "arm64"] = "x86_64"
    product_code: str = ""
    published_in: list[str] = Field(default_factory=list)
    in_use: bool = False
    shared_with: list[str] = Field(default_factory=list)
    snapshot: ImageSnapshotSeed = ImageSnapshotSeed()
    copied_from: Origin | None = None
    copy_outcome: ImageCopyOutcome | None = None
    copies_cancellable: bool = True

    def plant(self, images: Images, now: float) -> None:
        """Put it in, or back to what the seed says."""
        known = images.get(self.account, self.region, self.id, now)
        outcome = self.copy_outcome
        fields = self.model_dump(exclude={"name", "status", "snapshot", "copied_from", "copy_outcome"})
        snapshot_id = self.snapshot.id or (known.snapshot.id if known else new_id("s-"))
        image = Image(
            **fields,
            name=self.id if self.name is None else self.name,
            snapshot=ImageSnapshot(id=snapshot_id, created=self.snapshot.created, state=self.snapshot.state),
            created=known.created if known else now,
            origin=self.copied_from,
            seeded_status="Available" if self.status == "Deprecated" else self.status,
            deprecated=self.status == "Deprecated",
            copy_failure=outcome.reason if outcome and outcome.status == "CreateFailed" else None,
        )
        images.save(image)


class KmsKeySeed(ResourceSeed):
    """A KMS key that exists."""

    state: KeyState = "enabled"

    def plant(self, keys: KmsKeys) -> None:
        """Put it in, or back to what the seed says."""
        keys.save(KmsKey(**self.model_dump()))


class ResourceGroupSeed(SeedPart):
    """A resource group that exists, in all regions."""

    id: str = Field(min_length=1)
    account: str = ACCOUNT_ID

    def plant(self, groups: ResourceGroups) -> None:
        """Put it in."""
        groups.save(ResourceGroup(**self.model_dump()))
