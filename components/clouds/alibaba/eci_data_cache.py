"""A DataCache as DescribeDataCaches tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from components.clouds.alibaba.answers import percent
from components.clouds.copies import CopyState, Phase

_PHASES = {
    "Available": Phase.USABLE,
    "UpdateFailed": Phase.OUTDATED,
    "Failed": Phase.FAILED,
}


@dataclass(frozen=True)
class DataCache:
    """A DataCache as DescribeDataCaches tells it; what the cloud leaves out is "", 0 or None."""

    id: str
    status: str
    name: str = ""
    bucket: str = ""
    path: str = ""
    resource_group_id: str = ""
    size_gib: int = 0
    percent: int = 0
    created: datetime | None = None
    expires: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    unreadable_expiry: bool = False
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> CopyState:
        """The same, as a wait sees it."""
        return CopyState(
            id=self.id,
            status=self.status,
            phase=_PHASES.get(self.status, Phase.COPYING),
            percent=self.percent,
            reason=self.reason,
            size_gib=self.size_gib,
            expires=self.expires,
        )


def from_answer(entry: Any) -> DataCache:
    """Read an entry of DescribeDataCaches' answer, as the SDK models it."""
    warnings = [event for event in entry.events or [] if event.type == "Warning"]
    return DataCache(
        id=str(entry.data_cache_id).strip(),
        status=str(entry.status or ""),
        name=str(entry.name or ""),
        bucket=str(entry.bucket or ""),
        path=str(entry.path or ""),
        resource_group_id=str(entry.resource_group_id or ""),
        size_gib=int(entry.size or 0),
        percent=percent(entry.progress),
        created=_moment(entry.creation_time),
        expires=_moment(entry.expire_date_time),
        tags={str(tag.key): str(tag.value or "") for tag in entry.tags or []},
        answer=entry.to_map(),
        unreadable_expiry=bool(entry.expire_date_time) and _moment(entry.expire_date_time) is None,
        reason="; ".join(f"{event.reason}: {event.message}" for event in warnings[-1:]),
    )


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
