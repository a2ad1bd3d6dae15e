"""Where images are kept, with the queue of copies of each region and the snapshots that deleted images leave.

Every look at the images first lets those copies start whose turn has come: callers need not do so. A few copies run
at a time in a region, the others wait in the order of their requests.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from typing_extensions import override

from sandbox.alibaba.artefact import ArtefactTable
from sandbox.alibaba.ecs.image import Image, LeftSnapshot, Queued
from sandbox.core.inventory import Listed, by_region
from sandbox.core.resource import Job
from sandbox.core.resource_table import ResourceTable
from sandbox.core.settings import Settings
from sandbox.core.store import Store

SNAPSHOTS = "ecs_snapshots"
_QUEUED = "json_type(body, '$.queued') = 'object'"
_SHARED = "EXISTS (SELECT 1 FROM json_each(body, '$.shared_with') WHERE value = ?)"
_RUNNING_SINCE = (
    "account = ? AND region = ? AND"
    " json_extract(body, '$.copying.started') + json_extract(body, '$.copying.seconds') >= ?"
)


class _LeftSnapshots(ResourceTable[LeftSnapshot]):
    name = SNAPSHOTS
    model = LeftSnapshot


class Images(ArtefactTable[Image]):
    """All images of the sandbox."""

    name = "ecs"
    model = Image

    def __init__(self, store: Store, settings: Settings) -> None:
        super().__init__(store)
        self._settings = settings
        self._left = _LeftSnapshots(store)

    def remove(self, image: Image, now: float) -> None:
        """Delete an image; the snapshot it was made of stays."""
        self.delete(image)
        if image.has_snapshot(now):
            kept = image.model_dump(include={"account", "region", "size", "encrypted"})
            self._left.save(LeftSnapshot(id=image.snapshot.id, image=image.id, **kept))

    def shared_to(self, account: str, region: str, now: float) -> list[Image]:
        """The images of other accounts in a region that an account may see."""
        return self.where(now, f"account <> ? AND region = ? AND {_SHARED}", account, region, account)

    def count_snapshots(self, account: str, region: str, now: float) -> int:
        """How many snapshots an account has in a region; images that are being made count theirs."""
        return len(self.of_region(account, region, now)) + len(self._left.of_region(account, region, now))

    def snapshots_left(self, now: float) -> Listed:
        """Region -> snapshots of deleted images, for the control plane."""
        alike = {"status": "accomplished", "copied_from": None}
        return by_region((one.region, one.model_dump(exclude={"region"}) | alike) for one in self._left.where(now))

    @override
    def _numbered(
        self, now: float, condition: str, values: Sequence[str | float | None]
    ) -> Iterator[tuple[int, Image]]:
        self._start_copies(now)
        return super()._numbered(now, condition, values)

    def _start_copies(self, now: float) -> None:
        waiting: defaultdict[tuple[str, str], list[Image]] = defaultdict(list)
        for _, image in super()._numbered(now, _QUEUED, ()):
            waiting[image.account, image.region].append(image)
        for (account, region), images in waiting.items():
            self._start_queue(account, region, images, now)

    def _start_queue(self, account: str, region: str, images: list[Image], now: float) -> None:
        queued = [image.queued for image in images if image.queued]
        since = min(copy.since for copy in queued)
        others = super()._numbered(now, _RUNNING_SINCE, (account, region, since))
        running = [image.copying for _, image in others if image.copying]
        jobs = started_by(now, running, queued, self._settings.current().image_copy_slots)
        for image, job in zip(images, jobs, strict=False):  # the others continue to wait
            image.queued, image.copying = None, job
            self.save(image)
        for image in images[len(jobs) :]:
            if image.queued and image.queued.since < now:
                image.queued.since = now
                self.save(image)


def started_by(now: float, running: Sequence[Job], waiting: Sequence[Queued], slots: int) -> list[Job]:
    """The jobs that the first of the waiting copies have become by now; those behind them still wait.

    It is repeated at every read, so that a copy starts at the very moment at which a slot became free, whether or not a
    call came then.
    """
    jobs = list(running)
    started: list[Job] = []
    turn = 0.0
    for copy in waiting:
        turn = max(turn, copy.since)
        moments = [turn, *sorted(job.ends for job in jobs if job.ends > turn)]
        turn = next(at for at in moments if sum(job.started <= at < job.ends for job in jobs) < slots)
        if turn > now:
            break
        job = copy.started(turn)
        jobs.append(job)
        started.append(job)
    return started
