"""Seeds of the ECS part: images, KMS keys and resource groups."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sandbox.accounts import ACCOUNT_ID
from sandbox.image import Image, ImageSnapshot, Status
from sandbox.image_store import Images
from sandbox.kms_keys import KmsKey, KmsKeys
from sandbox.resource import Origin, new_id
from sandbox.resource_groups import ResourceGroup, ResourceGroups


class _Seed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ImageCopyOutcome(_Seed):
    """How every copy of an image ends."""

    status: Literal["Available", "CreateFailed"]
    reason: str = "The image could not be copied."


class SnapshotSeed(_Seed):
    """The snapshot that an image is made of."""

    id: str | None = None
    created: AwareDatetime | None = None
    state: Literal["present", "missing", "restricted"] = "present"


class ImageSeed(_Seed):
    """An image that exists."""

    region: str = Field(min_length=1)
    id: str = Field(min_length=1)
    account: str = ACCOUNT_ID
    """The owner."""
    name: str | None = None
    description: str = ""
    size: int = Field(default=40, ge=1)
    status: Status = "Available"
    encrypted: bool = False
    kms_key_id: str | None = None
    tags: dict[str, str] = {}
    resource_group: str = ""
    family: str = ""
    os_type: Literal["linux", "windows"] = "linux"
    architecture: Literal["i386", "x86_64", "arm64"] = "x86_64"
    product_code: str = ""
    published_in: list[str] = []
    in_use: bool = False
    shared_with: list[str] = []
    snapshot: SnapshotSeed = SnapshotSeed()
    copied_from: Origin | None = None
    copy_outcome: ImageCopyOutcome | None = None
    copies_cancellable: bool = True


class KmsKeySeed(_Seed):
    """A KMS key that exists."""

    region: str = Field(min_length=1)
    id: str = Field(min_length=1)
    account: str = ACCOUNT_ID
    state: Literal["enabled", "disabled", "unauthorized"] = "enabled"


class ResourceGroupSeed(_Seed):
    """A resource group that exists."""

    id: str = Field(min_length=1)
    account: str = ACCOUNT_ID


class ImageSeeding:
    """Puts such seeds into the sandbox."""

    def __init__(self, images: Images, keys: KmsKeys, groups: ResourceGroups) -> None:
        self._images = images
        self._keys = keys
        self._groups = groups

    def plant_image(self, seed: ImageSeed, now: float) -> None:
        """Add an image, or put it back to what the seed says."""
        known = self._images.get(seed.account, seed.region, seed.id, now)
        outcome = seed.copy_outcome
        fields = seed.model_dump(exclude={"name", "status", "snapshot", "copied_from", "copy_outcome"})
        snapshot_id = seed.snapshot.id or (known.snapshot.id if known else new_id("s-"))
        image = Image(
            **fields,
            name=seed.id if seed.name is None else seed.name,
            snapshot=ImageSnapshot(id=snapshot_id, created=seed.snapshot.created, state=seed.snapshot.state),
            created=known.created if known else now,
            origin=seed.copied_from,
            seeded_status="Available" if seed.status == "Deprecated" else seed.status,
            deprecated=seed.status == "Deprecated",
            copy_failure=outcome.reason if outcome and outcome.status == "CreateFailed" else None,
        )
        self._images.save(image)

    def plant_kms_key(self, seed: KmsKeySeed) -> None:
        """Add a key, or put it back to what the seed says."""
        self._keys.put(KmsKey(**seed.model_dump()))

    def plant_resource_group(self, seed: ResourceGroupSeed) -> None:
        """Add a resource group."""
        self._groups.put(ResourceGroup(**seed.model_dump()))
