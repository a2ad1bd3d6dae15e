"""The one way to wait for a cloud: program, provider and runner import it from here. Time is injected; nothing is sent.

`Waiter` is for code that may sleep; the program's poller waits for many copies at once and shares the numbers.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
"""Seconds between two looks at something that is not done yet: they grow by half each time."""

T = TypeVar("T")


def consistency_seconds() -> float:
    """Return for how long a copy that was accepted may not be listed: before that, an empty answer is not definite."""
    return float(os.environ.get("REPLICAS_CONSISTENCY_SECONDS") or 60)


def growing_pauses() -> Iterator[float]:
    """Yield how long to sleep before each further look."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE)


@dataclass(frozen=True)
class Waiter:
    """Looks again and again.

    Attributes:
        clock: Seconds. Injected by tests.
        sleep: Injected by tests.
    """

    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def until(
        self,
        look: Callable[[], T],
        *,
        done: Callable[[T], bool] = bool,
        deadline: float,
        waiting: Callable[[T, float], None] | None = None,
        pauses: Iterator[float] | None = None,
    ) -> T:
        """Look until it is done or late, and return what the last look saw: the last look begins at the deadline.

        Args:
            look: Looks once. What it raises ends the wait.
            done: Reports whether a look saw a target state, or one that never becomes a target.
            deadline: When to stop, by the clock.
            waiting: Called after each look that is not the last one, with what it saw and the seconds that are left.
            pauses: Seconds before each further look; growing ones by default.
        """
        pauses = pauses or growing_pauses()
        while True:
            is_last = self.clock() >= deadline  # before the look
            seen = look()
            if is_last or done(seen):
                return seen
            if waiting:
                waiting(seen, deadline - self.clock())
            self.sleep(next(pauses))
