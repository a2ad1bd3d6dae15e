"""Reads of a region that may not answer: its rows stay as they are recorded, and those of other regions are read.

An outage is when the other replicas are needed, so one region must neither end a refresh nor make it slow: the first
read that fails is reported, and for a while the others of that region are not sent, nor are those of a region that the
runner has found silent before. What is to be deleted there is looked at in the same way, and stays as well. It ends the
refresh all the same where no region would answer: wrong keys, and those of another account.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, TypeVar

from components.clouds.account import CalledService
from components.clouds.errors import CloudError, PermissionDenied
from components.lifecycle import outcome

SILENT_SECONDS = 60.0
"""For how long a region is not read again after it gave no answer."""

T = TypeVar("T")


class RegionSilent(Exception):
    """The region gives no answer, which has been reported: what is recorded of it stays; `problem` says why."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


class Reading:
    """The reads of one service in one process. Safe to share between threads.

    Args:
        service: The service that is read.
        clock: Seconds.
    """

    def __init__(self, service: CalledService, clock: Callable[[], float]) -> None:
        self._service = service
        self._clock = clock
        self._lock = Lock()
        known, until = outcome.silent_regions(service.name), clock() + SILENT_SECONDS
        self._silent = {region: (until, problem) for region, problem in known.items()}

    def ask(self, doing: str, region: str, owner: Mapping[str, Any], look: Callable[[], T]) -> T:
        """Look at a region that is not known to be silent, and return what that saw.

        Args:
            doing: Gerund, thing, id and region, for errors.
            region: The region.
            owner: Properties of the copy in the state, which say whose it is.
            look: Looks.

        Raises:
            RegionSilent: No answer, or an error, now or a moment ago.
            CloudError: The keys are refused, wherever they are used.
            WrongAccount: They are another account's, which this region refuses.
        """
        if problem := self._silence(region):
            raise RegionSilent(problem)
        try:
            return look()
        except PermissionDenied as error:
            caller = self._service.caller(region)
            caller.refuse_others(doing, owner)
            if caller.is_nobody:
                raise
            problem = self._report(region, error)
        except CloudError as error:
            problem = self._report(region, error)
        raise RegionSilent(problem)

    def _silence(self, region: str) -> str:
        until, problem = self._silent.get(region, (0.0, ""))
        return problem if self._clock() < until else ""

    def _report(self, region: str, error: CloudError) -> str:
        with self._lock:
            if problem := self._silence(region):
                return problem  # another read of it has failed at the same time
            self._silent[region] = self._clock() + SILENT_SECONDS, error.problem
        print(
            f"warning: {error.problem}; what is recorded of {region} is kept. Next: {error.next_step}.",
            flush=True,  # the engine shows what a provider prints
        )
        outcome.write_unread(region, self._service.name, error.problem)
        return error.problem
