"""How often an action may be called: a limit per account and action, whatever the region.

Measured in real time, since it is about the client's pace and not about what happens in the cloud. Any
second that is looked at, not only a full one of the clock, holds at most the limit; a refused request does
not count.
"""

from sandbox.core.clock import Clock
from sandbox.core.settings import Settings
from sandbox.core.store import Store
from sandbox.tencent import errors as tencent_errors

WINDOW_SECONDS = 1.0


class RequestRate:
    """The requests of the last second."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings

    def count(self, account: str, service: str, action: str) -> None:
        """Note a request; raises ApiError when it is one too many."""
        now = self._clock.wall()
        whose = (account, service, action)
        self._store.run(
            "DELETE FROM request_times WHERE account = ? AND service = ? AND action = ? AND at <= ?",
            (*whose, now - WINDOW_SECONDS),
        )
        ((times,),) = self._store.rows(
            "SELECT count(*) FROM request_times WHERE account = ? AND service = ? AND action = ?", whose
        )
        limit = self._settings.current().requests_per_second
        if times >= limit:
            raise tencent_errors.common("RequestLimitExceeded", times + 1, limit)
        self._store.run("INSERT INTO request_times VALUES (?, ?, ?, ?)", (*whose, now))
