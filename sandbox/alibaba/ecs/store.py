"""Where images are kept, with the queue of copies of each region and the snapshots that deleted images leave.

Every look at the images first lets those copies start whose turn has come: no caller has to think of it.
"""

from collections import defaultdict

from sandbox.alibaba.ecs.image import COPYING, Image, LeftSnapshot
from sandbox.alibaba.ecs.queue import started_by
from sandbox.core.inventory import Listed, by_region
from sandbox.core.resource_table import ResourceTable
from sandbox.core.settings import Settings
from sandbox.core.store import Store

NAME = "ecs"
SNAPSHOTS = "ecs_snapshots"
_QUEUED = "json_type(body, '$.queued') = 'object'"
_SHARED = "EXISTS (SELECT 1 FROM json_each(body, '$.shared_with') WHERE value = ?)"


class _ImageTable(ResourceTable[Image]):
    name = NAME
    model = Image


class _LeftSnapshotTable(ResourceTable[LeftSnapshot]):
    name = SNAPSHOTS
    model = LeftSnapshot


class Images:
    """All images of the sandbox."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._settings = settings
        self._images = _ImageTable(store)
        self._left = _LeftSnapshotTable(store)

    def save(self, image: Image) -> None:
        """Add an image or replace the one of the same account, region and id."""
        self._images.save(image)

    def remove(self, image: Image, now: float) -> None:
        """Delete an image; the snapshot it was made of stays."""
        self._images.delete(image)
        if image.has_snapshot(now):
            self._left.save(image.left_behind())

    def get(self, account: str, region: str, image_id: str, now: float) -> Image | None:
        """One image of an account, also one that is not visible yet."""
        self._start_copies(now)
        return self._images.get(account, region, image_id, now)

    def of_region(self, account: str, region: str, now: float) -> list[Image]:
        """The images that an account has in a region, oldest first, also those that are not visible yet."""
        self._start_copies(now)
        return self._images.of_region(account, region, now)

    def shared_to(self, account: str, region: str, now: float) -> list[Image]:
        """The images of other accounts in a region that an account may see."""
        self._start_copies(now)
        return self._images.where(now, f"account <> ? AND region = ? AND {_SHARED}", account, region, account)

    def being_copied(self, source: Image, now: float) -> bool:
        """Whether a copy of this image waits or runs."""
        self._start_copies(now)
        return any(copy.status(now) in COPYING for copy in self._images.copies_of(source, now))

    def count_snapshots(self, account: str, region: str, now: float) -> int:
        """How many snapshots an account has in a region; images that are being made count theirs."""
        return sum(len(table.of_region(account, region, now)) for table in (self._images, self._left))

    def inventory(self, now: float) -> Listed:
        """Region -> images, for the control plane: all accounts, also what is not visible yet."""
        self._start_copies(now)
        return by_region((image.region, image.listed(now)) for image in self._images.where(now))

    def snapshots_left(self, now: float) -> Listed:
        """Region -> snapshots of deleted images, for the control plane."""
        return by_region((snapshot.region, snapshot.listed()) for snapshot in self._left.where(now))

    def _start_copies(self, now: float) -> None:
        waiting: defaultdict[tuple[str, str], list[Image]] = defaultdict(list)
        for image in self._images.where(now, _QUEUED):
            waiting[image.account, image.region].append(image)
        for (account, region), images in waiting.items():
            self._start_queue(account, region, images, now)

    def _start_queue(self, account: str, region: str, images: list[Image], now: float) -> None:
        queued = [image.queued for image in images if image.queued]
        since = min(copy.since for copy in queued)
        others = self._images.where(
            now,
            "account = ? AND region = ? AND"
            " json_extract(body, '$.copying.started') + json_extract(body, '$.copying.seconds') >= ?",
            account,
            region,
            since,
        )
        running = [image.copying for image in others if image.copying]
        jobs = started_by(now, running, queued, self._settings.current().image_copy_slots)
        for image, job in zip(images, jobs, strict=False):  # the others wait on
            image.queued, image.copying = None, job
            self.save(image)
        for image in images[len(jobs) :]:
            if image.queued and image.queued.since < now:
                image.queued.since = now
                self.save(image)
