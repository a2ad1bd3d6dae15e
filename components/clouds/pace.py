"""Spaces requests out, so that a limit per second is not reached on purpose.

A burst that is allowed by the average is still refused by a window that begins in its middle, so each request gets a
moment of its own instead. Who asks first goes first.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from threading import Lock


class Pace:
    """Moments for requests, by action. Safe to share between threads.

    Args:
        per_second: Action -> requests a second; the others have the limit of "".
        sleep: Injected by tests.
        clock: Seconds, monotonic. Injected by tests.
    """

    def __init__(
        self,
        per_second: Mapping[str, float],
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._sleep = sleep
        self._clock = clock
        self._lock = Lock()
        self._next: defaultdict[str, float] = defaultdict(float)

    def wait(self, action: str) -> None:
        """Sleep until this request's moment."""
        with self._lock:
            moment = max(self._clock(), self._next[action])
            self._next[action] = moment + 1 / self._per_second.get(action, self._per_second[""])
        if (pause := moment - self._clock()) > 0:
            self._sleep(pause)
