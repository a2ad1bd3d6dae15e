"""What every cloud's copy has in common: a state that a wait can judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import Enum
from typing import ClassVar, Protocol

from components.clouds.account import CalledService

EXPIRY_TOLERANCE = 3600.0
"""Seconds by which the cloud's clock and ours may disagree on an expiry."""


class Phase(Enum):
    """What a copy's state means to a wait."""

    COPYING = "copying"
    USABLE = "usable"
    FAILED = "failed"
    OUTDATED = "outdated"
    """Usable, but with the content from before a change that failed."""


@dataclass(frozen=True)
class CopyState:
    """One look at one copy.

    Attributes:
        id: The copy's id in the destination region.
        status: The cloud's own word.
        phase: What it means for a wait.
        percent: Progress, 0 to 100.
        reason: The cloud's reason where the copy failed, else "".
        size_gib: Size in GiB, 0 where the cloud does not say yet.
        expires: When the cloud deletes it, None for never.
    """

    id: str
    status: str
    phase: Phase
    percent: int = 0
    reason: str = ""
    size_gib: int = 0
    expires: datetime | None = None


@dataclass(frozen=True)
class Copy:
    """A copy as its cloud describes it; what the cloud leaves out is "", 0 or None."""

    id: str
    status: str
    name: str = ""
    size_gib: int = 0
    percent: int = 0
    reason: str = ""
    expires: datetime | None = None

    phases: ClassVar[Mapping[str, Phase]]
    """Status -> what it means; a status that is not listed is no end."""

    @property
    def state(self) -> CopyState:
        """The same, as a wait sees it."""
        return CopyState(
            id=self.id,
            status=self.status,
            phase=self.phases.get(self.status, Phase.COPYING),
            percent=self.percent,
            reason=self.reason,
            size_gib=self.size_gib,
            expires=self.expires,
        )


@dataclass(frozen=True)
class TaggedCopy(Copy):
    """A copy that can have tags, and has these."""

    tags: Mapping[str, str] = field(default_factory=dict)


class CopyService(CalledService, Protocol):
    """What a wait needs to know of a cloud service."""

    def look_up(self, region: str, groups: Mapping[str, str]) -> Mapping[str, CopyState]:
        """Look at copies of one region with as few calls as the API allows.

        Args:
            region: The destination region.
            groups: Copy id -> the namespace it lives in (a DataCache's bucket), "" where the service has none.

        Returns:
            Id -> state; an id that the cloud does not list is absent.

        Raises:
            CloudError: The region could not be asked.
        """


def moment(text: str | None, zone: tzinfo = UTC) -> datetime | None:
    """Read a time that a cloud wrote, in `zone` where it names none; None for what is no time."""
    try:
        found = datetime.fromisoformat((text or "").strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
