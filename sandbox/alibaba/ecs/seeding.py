"""What a seed says of an image."""

from typing import Literal

from pydantic import AwareDatetime

from sandbox.alibaba.artefact import ArtefactSeed, CopyOutcome
from sandbox.alibaba.ecs.image import Image, ImageFacts, ImageSnapshot, Status
from sandbox.alibaba.ecs.store import Images
from sandbox.core.resource import new_id
from sandbox.core.seed_part import SeedPart


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

    def plant(self, images: Images, now: float) -> None:
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
