"""What data caches, images and snapshots have alike: an id, an origin, and jobs that take their time.

No state of any kind of resource belongs here: what a job means is the business of what it is done with.
"""

import secrets
import string

from pydantic import BaseModel

STUCK_PROGRESS = 90  # where the progress of a job that fails stops


class Resource(BaseModel):
    """What is kept of a resource, whatever its kind."""

    id: str
    account: str
    region: str

    def gone(self, now: float) -> bool:  # noqa: ARG002 - for the kinds that end
        """Whether it is there no more; a resource is there until a call deletes it, unless its kind says otherwise."""
        return False


class Job(BaseModel):
    """A copy, a creation, a reload or a deletion."""

    started: float
    seconds: float
    failure: str | None = None
    """Set for a job that will fail: the reason why."""

    @property
    def ends(self) -> float:
        """When it has ended, well or not."""
        return self.started + self.seconds

    def done(self, now: float) -> bool:
        """Whether it has ended, well or not."""
        return now >= self.ends

    def share(self, now: float) -> float:
        """How much of it is done, from 0 to 1."""
        return 1.0 if self.done(now) else max(0.0, (now - self.started) / self.seconds)

    def progress(self, now: float) -> int:
        """The same in per cent; a job that fails never gets to the end."""
        return min(int(self.share(now) * 100), STUCK_PROGRESS if self.failure is not None else 100)


class Origin(BaseModel):
    """What a resource was copied from."""

    region: str
    id: str


def new_id(prefix: str, length: int = 20) -> str:
    """An id as the services make them: a prefix and lower-case letters and digits."""
    return prefix + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(length))
