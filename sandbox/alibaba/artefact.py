"""What data caches and images share: copies to other regions, the lookup of what is visible, and seeds.

What a status means, and which one a copy has at a moment, is each kind's own business.
"""

from abc import abstractmethod
from typing import Any, ClassVar, TypeVar

from pydantic import Field

from sandbox.core.inventory import Listed, by_region
from sandbox.core.resource import Job, Origin, Resource
from sandbox.core.resource_table import ResourceTable
from sandbox.core.seed_part import ResourceSeed, SeedPart


class Artefact(Resource):
    """Something that can be copied to another region."""

    COPYING: ClassVar[frozenset[str]]
    """The statuses of a copy that is not complete."""

    name: str
    tags: dict[str, str] = Field(default_factory=dict)
    resource_group: str = ""
    created: float
    visible_from: float = 0.0
    origin: Origin | None = None
    copy_failure: str | None = None
    """Set by a seed: every copy made of it fails for this reason."""
    copying: Job | None = None

    @abstractmethod
    def status(self, now: float) -> str:
        """The status at a moment."""

    @abstractmethod
    def progress(self, now: float) -> str:
        """How far its last job is, in per cent."""

    def visible(self, now: float) -> bool:
        """Whether calls find it."""
        return self.visible_from <= now

    def listed(self, now: float) -> dict[str, Any]:
        """The entry in the control plane's inventory."""
        return {
            **self.model_dump(include={"id", "name", "tags", "resource_group", "account"}),
            "status": self.status(now),
            "progress": self.progress(now),
            "copied_from": self.origin.model_dump() if self.origin else None,
        }


def ended_as(job: Job, now: float, *, running: str, failed: str) -> str:
    """The status that a job gives at a moment."""
    return running if not job.done(now) else failed if job.failure is not None else "Available"


A = TypeVar("A", bound=Artefact)


class ArtefactTable(ResourceTable[A]):
    """All artefacts of a kind."""

    def find(self, account: str, region: str, artefact_id: str, now: float) -> A | None:
        """One artefact of an account, if it is visible."""
        found = self.get(account, region, artefact_id, now)
        return found if found and found.visible(now) else None

    def visible(self, account: str, region: str, now: float) -> list[A]:
        """What an account sees of its own in a region, oldest first."""
        return [one for one in self.of_region(account, region, now) if one.visible(now)]

    def being_copied(self, source: A, now: float) -> bool:
        """Whether a copy of this artefact waits or runs."""
        return any(copy.status(now) in copy.COPYING for copy in self.copies_of(source, now))

    def inventory(self, now: float) -> Listed:
        """Region -> artefacts, for the control plane: all accounts, also what is not visible yet."""
        return by_region((one.region, one.listed(now)) for one in self.where(now))


class CopyOutcome(SeedPart):
    """How every copy of a seeded artefact ends."""

    status: str
    reason: str


class ArtefactSeed(ResourceSeed):
    """An artefact that exists."""

    name: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    resource_group: str = ""
    copied_from: Origin | None = None
    copy_outcome: CopyOutcome | None = None

    def artefact_fields(self, known: Artefact | None, now: float) -> dict[str, Any]:
        """The fields of the artefact that all kinds have; one that is known keeps its age."""
        outcome = self.copy_outcome
        return {
            **self.model_dump(include={"id", "account", "region", "tags", "resource_group"}),
            "name": self.id if self.name is None else self.name,
            "created": known.created if known else now,
            "origin": self.copied_from,
            "copy_failure": outcome.reason if outcome and outcome.status != "Available" else None,
        }
