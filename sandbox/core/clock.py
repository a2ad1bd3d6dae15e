"""The sandbox's time: real time, sped up or moved forward through the control plane.

States, expiry, client tokens and temporary credentials live on this clock. Signatures do not: an SDK signs
with the time of its machine, so their window is measured on `wall`. Nothing here sleeps.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from sandbox.core.store import Store

WallClock = Callable[[], float]
BEIJING = timezone(timedelta(hours=8))


class Clock:
    """Reads `base + (wall - anchor) * speed`, kept in the store: time also passes while no server runs."""

    def __init__(self, store: Store, wall: WallClock = time.time) -> None:
        self.wall = wall
        self._store = store

    def now(self) -> float:
        """Seconds since 1970 on the sandbox's clock."""
        kept = self._kept()
        return float(kept["base"] + (self.wall() - kept["anchor"]) * kept["speed"])

    @property
    def speed(self) -> float:
        """How many seconds pass here in one real second."""
        return float(self._kept()["speed"])

    def change(self, *, speed: float | None = None, advance: float = 0.0) -> None:
        """Move forward by `advance` seconds and continue at `speed`."""
        with self._store.transaction():
            base = self.now() + advance
            speed = self.speed if speed is None else speed
            self._store.keep("clock", {"base": base, "anchor": self.wall(), "speed": speed})

    def _kept(self) -> dict[str, float]:
        return self._store.load("clock") or {"base": 0.0, "anchor": 0.0, "speed": 1.0}


def utc(moment: float) -> datetime:
    """A moment as an aware datetime."""
    return datetime.fromtimestamp(moment, UTC)


def iso_minutes(moment: float) -> str:
    """The form of Alibaba Cloud's ECI, which knows no seconds: 2023-06-16T02:43Z."""
    return utc(moment).strftime("%Y-%m-%dT%H:%MZ")


def beijing_seconds(moment: float) -> str:
    """The form of Tencent Cloud's CBS, which is Beijing time and does not say so: 2021-07-31 23:06:45."""
    return datetime.fromtimestamp(moment, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def iso_milliseconds(moment: float) -> str:
    """The form of the control plane: 2023-06-16T02:43:07.120Z."""
    return utc(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")
