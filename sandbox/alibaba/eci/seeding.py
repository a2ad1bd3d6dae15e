"""What a seed says of ECI: data caches that exist."""

from typing import Literal

from pydantic import Field

from sandbox.alibaba.artefact import ArtefactSeed, CopyOutcome
from sandbox.alibaba.eci.data_cache import (
    DEFAULT_BUCKET,
    DEFAULT_RESOURCE_GROUP,
    Content,
    DataCache,
    DataCaches,
    DataSource,
    Status,
)
from sandbox.core.resource import new_id


class DataCacheCopyOutcome(CopyOutcome):
    """How every copy of a data cache ends."""

    status: Literal["Available", "Failed"]
    reason: str = "The data could not be copied."


class DataCacheSeed(ArtefactSeed):
    """A data cache that exists."""

    bucket: str = DEFAULT_BUCKET
    path: str = "/data"
    size: int = Field(default=20, ge=1)
    status: Status = "Available"
    resource_group: str = DEFAULT_RESOURCE_GROUP
    retention_days: int | None = Field(default=None, ge=1, le=36500)
    data_source: DataSource | None = None
    copy_outcome: DataCacheCopyOutcome | None = None

    def plant(self, caches: DataCaches, now: float) -> None:
        """Add it, or reset it to what the seed says."""
        known = caches.get(self.account, self.region, self.id, now)
        cache = DataCache(
            **self.artefact_fields(known, now),
            bucket=self.bucket,
            path=self.path,
            content=Content(
                size=self.size,
                data_source=self.data_source or DataSource(type="URL", options={"repoId": self.id}),
                snapshot=known.content.snapshot if known else new_id("s-"),
            ),
            container_group=known.container_group if known else new_id("eci-"),
            seeded_status=self.status,
        )
        cache.retain(self.retention_days, since=cache.created)
        caches.save(cache)
