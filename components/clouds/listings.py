"""Serves single look-ups in a region from one listing, for a few seconds.

A refresh asks for each replica by itself, four at a time; without this each would be a call. Only what is listed is
answered: that something is not listed here proves nothing, so the caller asks for it by id.
"""

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Generic, TypeVar

from components.clouds.copies import Copy
from components.clouds.errors import CloudError

FRESH_SECONDS = 10.0
"""How old a listing may be. A refresh reads all replicas of a region within seconds."""

LONGEST = 1000
"""Entries after which a listing is given up: in a region with that many others, asking by id is cheaper."""

Entry = TypeVar("Entry", bound=Copy)


class Listings(Generic[Entry]):
    """Listings by namespace (a region and a bucket), read page by page and only as far as needed.

    Args:
        read: Lists a namespace, calling the cloud once per page, when the page's first entry is taken.
        clock: Seconds. Injected by tests.
    """

    def __init__(self, read: Callable[[tuple[str, str]], Iterator[Entry]], clock: Callable[[], float]) -> None:
        self._read = read
        self._clock = clock
        self._lock = Lock()
        self._open: dict[tuple[str, str], _Listing[Entry]] = {}

    def find(self, namespace: tuple[str, str], id_: str) -> Entry | None:
        """Return the entry with this id, None where the listing does not hold it."""
        with self._lock:
            listing = self._open.get(namespace)
            if listing is None or self._clock() - listing.started >= FRESH_SECONDS:
                listing = self._open[namespace] = _Listing(self._clock(), self._read(namespace))
        return listing.find(id_)


class _Listing(Generic[Entry]):
    def __init__(self, started: float, rest: Iterator[Entry]) -> None:
        self.started = started
        self._rest = rest
        self._seen: dict[str, Entry] = {}
        self._failed: CloudError | None = None
        self._lock = Lock()

    def find(self, id_: str) -> Entry | None:
        with self._lock:  # the others wait here, and then find theirs, or the same error, without a call
            while id_ not in self._seen and len(self._seen) < LONGEST:
                if self._failed:
                    raise self._failed
                try:
                    entry = next(self._rest, None)
                except CloudError as error:
                    self._failed = error
                    raise
                if entry is None:
                    break
                self._seen[entry.id] = entry
            return self._seen.get(id_)
