"""What a seed says of ECI: data caches that exist."""

from typing import Literal

from pydantic import Field

from sandbox.alibaba.eci.data_cache import DEFAULT_RESOURCE_GROUP, Content, DataCache, DataSource, Status
from sandbox.alibaba.eci.store import DataCaches
from sandbox.core.resource import Origin, new_id
from sandbox.core.seed_part import ResourceSeed, SeedPart


class DataCacheCopyOutcome(SeedPart):
    """How every copy of a data cache ends."""

    status: Literal["Available", "Failed"]
    reason: str = "The data could not be copied."


class DataCacheSeed(ResourceSeed):
    """A data cache that exists."""

    name: str | None = None
    bucket: str = "default"
    path: str = "/data"
    size: int = Field(default=20, ge=1)
    status: Status = "Available"
    tags: dict[str, str] = Field(default_factory=dict)
    resource_group: str = DEFAULT_RESOURCE_GROUP
    retention_days: int | None = Field(default=None, ge=1, le=36500)
    data_source: DataSource | None = None
    copied_from: Origin | None = None
    copy_outcome: DataCacheCopyOutcome | None = None

    def plant(self, caches: DataCaches, now: float) -> None:
        """Put it in, or back to what the seed says."""
        known = caches.get(self.account, self.region, self.id, now)
        outcome = self.copy_outcome
        cache = DataCache(
            id=self.id,
            account=self.account,
            region=self.region,
            name=self.id if self.name is None else self.name,
            bucket=self.bucket,
            path=self.path,
            resource_group=self.resource_group,
            tags=self.tags,
            content=Content(
                size=self.size,
                data_source=self.data_source or DataSource(type="URL", options={"repoId": self.id}),
                snapshot=known.content.snapshot if known else new_id("s-"),
            ),
            container_group=known.container_group if known else new_id("eci-"),
            created=known.created if known else now,
            origin=self.copied_from,
            seeded_status=self.status,
            copy_failure=outcome.reason if outcome and outcome.status == "Failed" else None,
        )
        if self.retention_days is not None:
            cache.retain(self.retention_days, since=cache.created)
        caches.save(cache)
