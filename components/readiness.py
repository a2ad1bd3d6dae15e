"""Waits, in the program, until started copies are usable: what lets `create` return at once and dependents still wait.

One poller per service and region asks for all pending copies together. A failed copy is told on its own resource; the
others are waited for to the end, and then one `RunError` ends the program. It must end that way in every case: the
engine deletes replaced and removed replicas after a program that succeeded, so a wait that did not succeed must never
look as if it had. Nothing here runs in a preview, and nothing here starts, changes or deletes a copy.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.output import Unknown

from components import durations
from components.clouds.copies import CopyService, CopyState, Phase
from components.clouds.errors import ReplicaError, TimedOut, Transient

LAG = 0.05
"""Share of a copy's duration by which its end may be noticed late."""

SHORTEST_INTERVAL = 1.0
LONGEST_INTERVAL = 30.0

GATHERING = 0.2
"""Seconds a poller waits before its first look, so that copies registered together are asked for together."""

SETTLING = 0.5
"""Seconds that nothing may be running before a failure ends the program."""

UNLISTED = 60.0
"""Seconds a copy may be missing from the answers before it counts as gone: a new one is listed late."""

REPORT_INTERVAL = 60.0
REPORT_STEP = 25
"""A line of progress is written when the state changes, each time this many percent are done, and each minute."""


@dataclass(eq=False)
class Wait:
    """One declared replica, from its declaration to its end.

    Attributes:
        resource: The resource that owns the messages.
        service: Makes the service to ask, when there is something to ask.
        region: The destination region.
        group: The namespace the copy lives in, "" where unknown (see `CopyService.look_up`).
        label: What to call it in messages: `weights to cn-hangzhou`.
        timeout: How long to wait, as written: `2h`.
    """

    resource: pulumi.CustomResource
    service: Callable[[], CopyService]
    region: str
    group: str
    label: str
    timeout: str
    blocked: bool = True
    settled: bool = False
    problem: str = ""
    started: float = 0.0
    unlisted_since: float | None = None
    reported: tuple[str, int, float] = ("", -1, 0.0)
    usable: asyncio.Future[CopyState] | None = field(default=None, repr=False)


class Readiness:
    """All waits of one run of the program: the pollers, and the barrier that holds failures back until all ended.

    Args:
        clock: Seconds, monotonic. Injected by tests.
        sleep: Injected by tests.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.waits: list[Wait] = []
        self._pollers: dict[tuple[str, str], _Poller] = {}
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._interrupted = ""

    def usable_id(self, wait: Wait, *, inputs: pulumi.Output[Any]) -> pulumi.Output[str]:
        """Turn a started copy into an id that resolves when the copy is usable.

        The replica counts for the barrier from this call on, whether its copy could be started or not.

        Args:
            wait: The replica.
            inputs: Resolves when nothing but the engine stands between the program and the copy's registration.
        """
        self.waits.append(wait)
        # An input that another replica's failed wait holds back can never come: such a replica is not waited for.
        inputs.apply(lambda _: self._unblock(wait), run_with_unknowns=True)
        # Unknown in an update means that the copy could not be created: the wait must see it, and fail.
        return wait.resource.id.apply(lambda id_: self._wait(wait, id_), run_with_unknowns=True)

    def interrupt(self, reason: str) -> None:
        """End all waits at once with this message. Safe to call from any thread; copies go on in the cloud."""
        self._interrupted = reason
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_all)

    def summary(self) -> str:
        """Say in one line how the run ended for the replicas that are not usable."""
        failed = [wait for wait in self.waits if wait.settled and wait.problem]
        unstarted = [wait for wait in self.waits if not wait.settled]
        parts = [f"{len(failed)} of {len(self.waits)} replicas are not usable ({_names(failed)})"]
        if unstarted:
            parts.append(f"{len(unstarted)} were not started because they depend on these ({_names(unstarted)})")
        parts.append("nothing was deleted; the errors above say what to do")
        return "; ".join(parts)

    def _unblock(self, wait: Wait) -> None:
        wait.blocked = False
        self._changed.set()

    async def _wait(self, wait: Wait, id_: Any) -> str:
        self._loop = asyncio.get_running_loop()
        wait.blocked = False
        wait.started = self.clock()
        if isinstance(id_, Unknown):
            wait.problem = "not created"  # the engine has told why, on the same resource
        elif self._interrupted:
            raise pulumi.RunError(self._interrupted)
        else:
            try:
                state = await self._poller(wait).usable(id_, wait)
            except ReplicaError as error:
                wait.problem = str(error)
                pulumi.log.error(wait.problem, resource=wait.resource)
            else:
                if wait.reported[0]:
                    size = f", {state.size_gib} GiB" if state.size_gib else ""
                    self._say(wait, f"usable after {durations.spoken(self.clock() - wait.started)}{size}")
        wait.settled = True
        self._changed.set()
        if not wait.problem:
            return str(id_)
        await self._all_ended()
        raise pulumi.RunError(self._interrupted or self.summary())

    async def _all_ended(self) -> None:
        while not self._interrupted:
            if self._is_running():
                self._changed.clear()
                await self._changed.wait()
            else:
                # Inputs that have just become known take a moment to let their replica start.
                await self.sleep(SETTLING)
                if not self._is_running():
                    return

    def _is_running(self) -> bool:
        return any(not wait.settled and not wait.blocked for wait in self.waits)

    def _poller(self, wait: Wait) -> _Poller:
        service = wait.service()
        key = (service.name, wait.region)
        if key not in self._pollers:
            self._pollers[key] = _Poller(self, service, wait.region)
        return self._pollers[key]

    def _end_all(self) -> None:
        self._changed.set()
        for wait in self.waits:
            if wait.usable is not None and not wait.usable.done():
                wait.usable.set_exception(pulumi.RunError(self._interrupted))

    def report(self, wait: Wait, state: CopyState) -> None:
        """Write a line of progress where there is something new to say."""
        now = self.clock()
        step = state.percent // REPORT_STEP
        status, last_step, last = wait.reported
        if state.status == status and step == last_step and now - last < REPORT_INTERVAL:
            return
        wait.reported = (state.status, step, now)
        elapsed = now - wait.started
        left = ""
        if 0 < state.percent < 100 and elapsed >= SHORTEST_INTERVAL:
            left = f", about {durations.spoken(elapsed * (100 - state.percent) / state.percent)} left"
        self._say(wait, f"copying: {state.percent}% ({state.status}), {durations.spoken(elapsed)} so far{left}")

    @staticmethod
    def _say(wait: Wait, message: str) -> None:
        pulumi.log.info(message, resource=wait.resource, ephemeral=True)


class _Poller:
    """Looks at all pending copies of one service in one region together."""

    def __init__(self, readiness: Readiness, service: CopyService, region: str) -> None:
        self._readiness = readiness
        self._service = service
        self._region = region
        self._pending: dict[str, Wait] = {}
        self._added = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def usable(self, id_: str, wait: Wait) -> asyncio.Future[CopyState]:
        """Return a future of the copy's usable state; it raises `ReplicaError` where there will be none."""
        wait.usable = asyncio.get_running_loop().create_future()
        self._pending[id_] = wait
        self._added.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        return wait.usable

    async def _run(self) -> None:
        await self._readiness.sleep(GATHERING)
        while self._pending:
            self._added.clear()
            groups = {id_: wait.group for id_, wait in self._pending.items()}
            try:
                states = await asyncio.to_thread(self._service.look_up, self._region, groups)
            except Transient as error:
                self._judge_silence(groups, error)
            except ReplicaError as error:
                for id_ in groups:
                    self._end(id_, error)
            except Exception as error:  # noqa: BLE001 - a wait that dies unheard would hang the program
                for id_ in groups:
                    self._end(id_, error)
            else:
                for id_ in groups:
                    self._judge(id_, states.get(id_))
            self._pending = {id_: wait for id_, wait in self._pending.items() if wait.usable and not wait.usable.done()}
            if self._pending:
                await self._pause()

    async def _pause(self) -> None:
        """Sleep until the next look is due, or another copy joins."""
        now = self._readiness.clock()
        interval = min(
            next_look(now - wait.started, max(wait.reported[1], 0) * REPORT_STEP) for wait in self._pending.values()
        )
        waits: list[Coroutine[Any, Any, Any]] = [
            _as_coroutine(self._readiness.sleep(interval)),
            self._added.wait(),
        ]
        tasks = [asyncio.get_running_loop().create_task(wait) for wait in waits]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        if self._added.is_set():
            await self._readiness.sleep(GATHERING)

    def _judge(self, id_: str, state: CopyState | None) -> None:
        wait = self._pending[id_]
        now = self._readiness.clock()
        if state is None:
            wait.unlisted_since = now if wait.unlisted_since is None else wait.unlisted_since
            if now - wait.unlisted_since >= UNLISTED:
                self._end(
                    id_,
                    ReplicaError(
                        f"waiting for {wait.label}: {id_} is not in {self._region}: it was deleted or has expired",
                        "run `up --refresh`, which finds it gone and copies it again",
                    ),
                )
            else:
                self._end_if_late(id_, "not listed yet")
            return
        wait.unlisted_since = None
        if state.phase is Phase.USABLE:
            if wait.usable and not wait.usable.done():
                wait.usable.set_result(state)
        elif state.phase is Phase.FAILED:
            reason = f" ({state.reason})" if state.reason else ""
            self._end(
                id_,
                ReplicaError(
                    f"waiting for {wait.label}: {id_} in {self._region} ended {state.status}{reason}",
                    "mend the cause, then run `up --refresh`, which deletes it and copies again",
                ),
            )
        else:
            self._readiness.report(wait, state)
            self._end_if_late(id_, f"still {state.status} at {state.percent}%")

    def _judge_silence(self, ids: dict[str, str], error: Transient) -> None:
        for id_ in ids:
            self._end_if_late(id_, f"the region gives no answer ({error.code}: {error.message})")

    def _end_if_late(self, id_: str, condition: str) -> None:
        wait = self._pending[id_]
        if self._readiness.clock() - wait.started >= durations.seconds(wait.timeout):
            self._end(
                id_,
                TimedOut(
                    f"waiting for {wait.label}: {id_} in {self._region} is {condition} after {wait.timeout}",
                    "the copy goes on and is in the state: run `up` again to wait on, or raise ready_timeout",
                ),
            )

    def _end(self, id_: str, error: Exception) -> None:
        wait = self._pending[id_]
        if wait.usable and not wait.usable.done():
            wait.usable.set_exception(error)


def next_look(elapsed: float, percent: int) -> float:
    """Seconds until the next look at a copy: a share of its age, or the estimated rest where that is sooner."""
    interval = LAG * elapsed
    if 0 < percent < 100:
        interval = min(interval, elapsed * (100 - percent) / percent)
    return min(max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL)


def current() -> Readiness:
    """Return the waits of the program that runs in the current event loop."""
    loop = asyncio.get_event_loop()
    if loop not in _of_loop:
        _of_loop[loop] = Readiness()
    return _of_loop[loop]


def interrupt_all(reason: str) -> None:
    """End the waits of every program in this process: for a runner whose program is not on the main thread."""
    for readiness in list(_of_loop.values()):
        readiness.interrupt(reason)


STOPPED = (
    "stopped before all replicas were usable: started copies go on in the cloud and their ids are in the state; "
    "run `up` again to wait for them"
)
STOPPED_PREVIEW = "preview stopped: nothing was changed"

_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Readiness] = WeakKeyDictionary()


def end_cleanly_on_signals() -> None:
    """Make Ctrl-C and SIGTERM one line instead of a traceback; a handler that somebody else set is left alone."""
    if threading.current_thread() is not threading.main_thread():
        return

    def stop(_signal: int, _frame: object) -> None:
        raise pulumi.RunError(STOPPED_PREVIEW if pulumi.runtime.is_dry_run() else STOPPED)

    for signal_, default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        if signal.getsignal(signal_) is default:
            signal.signal(signal_, stop)


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


def _names(waits: list[Wait]) -> str:
    return ", ".join(wait.label for wait in waits)
