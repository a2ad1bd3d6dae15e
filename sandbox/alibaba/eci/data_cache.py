"""One ECI data cache: what is kept of it, what it looks like at a moment, and what a seed says of it.

Nothing happens in the background. A cache keeps when a job started and how long it takes; status, progress,
events and content are computed from that for any `now`.
"""

import json
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field
from typing_extensions import override

from sandbox.alibaba.artefact import Artefact, ArtefactSeed, ArtefactTable, CopyOutcome, ended_as
from sandbox.core.clock import iso_milliseconds, iso_minutes
from sandbox.core.resource import Job, new_id

Status = Literal["Creating", "Loading", "Available", "Failed", "Updating", "UpdateFailed", "Deleting"]
DAY = 86400.0
DEFAULT_BUCKET = "default"
DEFAULT_RESOURCE_GROUP = "rg-acfmsandboxdefault"
CREATING_SHARE = 0.2  # of a copy's duration; the rest is Loading


class DataSource(BaseModel):
    """Where the content comes from."""

    type: str
    options: dict[str, str] = {}


class Content(BaseModel):
    """What a reload replaces once it has succeeded."""

    size: int
    data_source: DataSource | None
    snapshot: str


class DataCache(Artefact):
    """A data cache in one region of one account."""

    COPYING: ClassVar = frozenset({"Creating", "Loading"})

    bucket: str
    path: str
    resource_group: str = DEFAULT_RESOURCE_GROUP
    content: Content
    container_group: str
    expires: float | None = None
    seeded_status: Status = "Available"
    """The status when no job decides it: a cache seeded as Loading stays so."""
    reloading: Job | None = None
    reloaded: Content | None = None
    """What the reload brings."""
    deleting: Job | None = None

    @override
    def status(self, now: float) -> str:
        if self.deleting:
            return "Deleting"
        if self.reloading:
            return ended_as(self.reloading, now, running="Updating", failed="UpdateFailed")
        if self.copying:
            running = "Creating" if self.copying.share(now) < CREATING_SHARE else "Loading"
            return ended_as(self.copying, now, running=running, failed="Failed")
        return self.seeded_status

    @override
    def gone(self, now: float) -> bool:
        expired = self.expires is not None and now >= self.expires
        return expired or (self.deleting is not None and self.deleting.done(now))

    @override
    def progress(self, now: float) -> str:
        job = self.reloading or self.copying
        if job is None:
            return "100%" if self.seeded_status in {"Available", "UpdateFailed", "Deleting"} else "0%"
        return f"{job.progress(now)}%"

    def content_at(self, now: float) -> Content:
        """The content at a moment: the old one while a reload runs and after it failed."""
        if self.reloading and self.reloaded and self.reloading.done(now) and self.reloading.failure is None:
            return self.reloaded
        return self.content

    def retain(self, days: int | None, since: float) -> None:
        """Let it expire some days after a moment; None leaves its expiry as it is."""
        self.expires = self.expires if days is None else since + days * DAY

    def described(self, now: float) -> dict[str, Any]:
        """The entry in an answer of DescribeDataCaches."""
        content = self.content_at(now)
        status = self.status(now)
        entry: dict[str, Any] = {
            "DataCacheId": self.id,
            "RegionId": self.region,
            "Name": self.name,
            "Bucket": self.bucket,
            "Path": self.path,
            "ResourceGroupId": self.resource_group,
            "Size": content.size,
            "Status": status,
            "Progress": self.progress(now),
            "CreationTime": iso_minutes(self.created),
            "SnapshotId": content.snapshot,
            "FlashSnapshotId": "" if status in {*self.COPYING, "Failed"} else f"l{content.snapshot}",
            "ContainerGroupId": self.container_group,
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "Events": self._events(now),
        }
        if content.data_source:
            options = json.dumps(content.data_source.options, ensure_ascii=False, separators=(",", ":"))
            entry["DataSource"] = {"Type": content.data_source.type, "Options": options}
        if self.expires is not None:
            entry["ExpireDateTime"] = iso_minutes(self.expires)
        return entry

    @override
    def listed(self, now: float) -> dict[str, Any]:
        return super().listed(now) | {
            "bucket": self.bucket,
            "path": self.path,
            "size": self.content_at(now).size,
            "expires": None if self.expires is None else iso_milliseconds(self.expires),
        }

    def _events(self, now: float) -> list[dict[str, Any]]:
        events = []
        for job, verb in ((self.copying, "Copy"), (self.reloading, "Update")):
            if job is None:
                continue
            events.append(self._event("Normal", f"{verb}Started", "The data is being loaded.", job.started))
            if job.done(now) and job.failure is None:
                events.append(self._event("Normal", f"{verb}Succeeded", "The data is loaded.", job.ends))
            elif job.done(now):
                events.append(self._event("Warning", f"{verb}Failed", job.failure or "", job.ends))
        return events

    def _event(self, kind: str, reason: str, message: str, moment: float) -> dict[str, Any]:
        time = iso_minutes(moment)
        name = f"{self.id}.{int(moment):x}"
        event = {"Type": kind, "Reason": reason, "Message": message, "Name": name, "Count": 1}
        return event | {"FirstTimestamp": time, "LastTimestamp": time}


class DataCaches(ArtefactTable[DataCache]):
    """All data caches of the sandbox."""

    name = "eci"
    model = DataCache


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
