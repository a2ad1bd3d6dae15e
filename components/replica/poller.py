"""Looks at started copies until they are usable, failed, gone or late: one poller per kind and region.

All pending copies of one kind in a region are asked for together. How often depends on their age
and reported progress. It decides about single copies only; readiness decides what a failure means for the run.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pulumi

from components.clouds.account import verify_owner
from components.clouds.copies import EXPIRY_TOLERANCE, CopyService, CopyState, Phase
from components.clouds.errors import CloudError, ReplicaError, TimedOut, Transient, Unreachable
from components.lifecycle import outcome
from components.lifecycle.known import was_usable
from components.lifecycle.waiting import consistency_seconds
from components.model import durations
from components.replica import looks

LAG = 0.05
"""Share of a copy's duration by which its end may be noticed late."""

SHORTEST_INTERVAL = 1.0
LONGEST_INTERVAL = 30.0

GATHERING = 0.2
"""Seconds a poller waits before its first look, so that copies registered together are asked for together."""

REPORT_INTERVAL = 60.0
REPORT_STEP = 25
"""A line of progress is written when the state changes, each time this many percent are done, and each minute."""


class NotLookedAt(ReplicaError):
    """The region gives no answer, and the copy was usable after an earlier run.

    Args:
        problem: What happened, in one line.
        is_reported: A line says so already: one for the region is enough.
    """

    def __init__(self, problem: str, *, is_reported: bool) -> None:
        self.is_reported = is_reported
        super().__init__(problem, "run the same command again when the region answers")


class Time(NamedTuple):
    """The clocks and the sleep of a run: injected by tests.

    Attributes:
        clock: Seconds, monotonic.
        sleep: Waits that many seconds.
        wall: Unix seconds.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    wall: Callable[[], float]


@dataclass(eq=False)
class Wait:
    """One declared replica, from its declaration to its end.

    Attributes:
        resource: The resource that owns the messages.
        kind: Name of its kind: those of one kind and region are asked for together.
        service: Makes the service to ask, when there is something to ask.
        region: The destination region.
        group: The namespace the copy lives in, "" where unknown (see `CopyService.look_up`).
        label: What to call it in messages: `weights to cn-hangzhou`.
        timeout: How long to wait, as written: `2h`.
        heal_hint: What to do where the copy failed.
        owner: Returns what the state says of whose it is.
        expires: Returns when the copy expires (Unix seconds), None for never.
        reload_sent_at: Returns when this stack last asked for its content to be reloaded (Unix seconds), 0 for never.
        may_be_listed_late: Reports whether nobody has ever found the copy in the cloud's list.
        is_made_usable: Its creation waits until it is usable, which is part of the wait.
        blocked: Something that it depends on, or its own creation, has not ended yet.
        settled: It has ended, well or not.
        problem: What it failed with, "" if it did not.
        is_unknown: Its region gave no answer, and an earlier run has found it usable.
        started: When the wait began, by the run's clock.
        percent: The progress that was seen last.
        unlisted_since: Since when the cloud does not list it, None while it does.
        was_listed: This wait has found it in the cloud's list.
        was_busy: It has been seen copying or loading.
        reported: Status, step of progress and moment of the last line of progress.
        usable: The copy's usable state, or what kept it from becoming usable; None before it has an id.
    """

    resource: pulumi.CustomResource
    kind: str
    service: Callable[[], CopyService]
    region: str
    group: str
    label: str
    timeout: str
    heal_hint: str
    owner: Callable[[], Awaitable[Mapping[str, Any]]] | None = None
    expires: Callable[[], Awaitable[float | None]] | None = None
    reload_sent_at: Callable[[], Awaitable[float]] | None = None
    may_be_listed_late: Callable[[], Awaitable[bool]] | None = None
    is_made_usable: bool = False
    blocked: bool = True
    settled: bool = False
    problem: str = ""
    is_unknown: bool = False
    started: float = 0.0
    percent: int = 0
    unlisted_since: float | None = None
    was_listed: bool = False
    was_busy: bool = False
    reported: tuple[str, int, float] = ("", -1, 0.0)
    usable: asyncio.Future[CopyState] | None = field(default=None, repr=False)


class Poller:
    """Looks at all pending copies of one kind in one region together."""

    def __init__(self, service: CopyService, region: str, time: Time) -> None:
        self._time = time
        self._service = service
        self._region = region
        self._pending: dict[str, Wait] = {}
        self._added = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._answered = False
        self._silence_reported: float | None = None
        self._silence_is_written = False

    def usable(self, id_: str, wait: Wait) -> asyncio.Future[CopyState]:
        """Return a future of the copy's usable state; it raises `ReplicaError` where there will be none."""
        if (other := self._pending.get(id_)) and other.usable and not other.usable.done():
            wait.usable = other.usable  # two resources that are one thing: the first one's wait is both's
            return wait.usable
        wait.usable = asyncio.get_running_loop().create_future()
        self._pending[id_] = wait
        self._added.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        return wait.usable

    async def _run(self) -> None:
        await self._time.sleep(GATHERING)
        while self._pending:
            self._added.clear()
            groups = {id_: wait.group for id_, wait in self._pending.items()}
            try:
                if problem := outcome.silent_regions(self._service.name).get(self._region):
                    self._leave_usable(groups, problem)
                if groups := {id_: group for id_, group in groups.items() if not self._has_ended(id_)}:
                    await self._look(groups)
            except Exception as error:  # noqa: BLE001 - a wait that ends without a result would hang the program
                for id_ in groups:
                    self._end(id_, error)
            self._pending = {id_: wait for id_, wait in self._pending.items() if wait.usable and not wait.usable.done()}
            if self._pending:
                await self._pause()

    async def _look(self, groups: dict[str, str]) -> None:
        try:
            states = await asyncio.to_thread(self._service.look_up, self._region, groups)
        except CloudError as error:
            self._leave_usable(groups, error.problem)
            if not isinstance(error, Transient):
                raise
            self._judge_silence(groups, error)
            return
        for id_ in groups:
            await self._judge(id_, states.get(id_))

    async def _pause(self) -> None:
        """Sleep until the next look is due, or another copy joins."""
        now = self._time.clock()
        interval = min(next_look(now - wait.started, wait.percent) for wait in self._pending.values())
        tasks = [asyncio.ensure_future(self._time.sleep(interval)), asyncio.ensure_future(self._added.wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        if self._added.is_set():
            await self._time.sleep(GATHERING)

    async def _judge(self, id_: str, state: CopyState | None) -> None:
        wait = self._pending[id_]
        if state is None:
            await self._judge_missing(id_, wait)
            return
        wait.unlisted_since, wait.was_listed = None, True
        wait.percent = state.percent
        self._answered = True
        sent_at = await wait.reload_sent_at() if wait.reload_sent_at else 0.0
        wait.was_busy = wait.was_busy or state.phase is Phase.COPYING
        because = f" ({state.reason})" if state.reason else ""
        ended = f"waiting for {wait.label}: {id_} in {self._region} ended {state.status}{because}"
        if state.phase is Phase.FAILED:
            self._end(id_, ReplicaError(ended, wait.heal_hint))
        elif state.phase is Phase.COPYING:
            report(wait, state, now=self._time.clock())
            self._end_if_late(id_, f"still {state.status} at {state.percent}%")
        elif not wait.was_busy and self._time.wall() - sent_at < consistency_seconds():
            # What it looks like now may be from before the reload.
            report(wait, state, now=self._time.clock())
            self._end_if_late(id_, f"still {state.status}: the reload that was sent has not begun")
        elif state.phase is Phase.OUTDATED and sent_at:
            again = "fix the cause, then run `up --refresh`, which sends the update again"
            self._end(id_, ReplicaError(f"{ended}; its content is the one from before", again))
        elif wait.usable and not wait.usable.done():
            wait.usable.set_result(state)

    async def _judge_missing(self, id_: str, wait: Wait) -> None:
        now = self._time.clock()
        if wait.owner and wait.unlisted_since is None:
            doing = f"waiting for {wait.label}: {id_} in {self._region} is not listed"
            try:
                await asyncio.to_thread(verify_owner, self._service, doing, self._region, await wait.owner())
            except ReplicaError as error:
                self._end(id_, error)
                return
        expires = await wait.expires() if wait.expires else None
        if expires is not None and self._time.wall() >= expires - EXPIRY_TOLERANCE:
            pulumi.log.warn(
                f"{wait.label}: {id_} in {self._region} has expired. Next: run `up --refresh`, which copies it again.",
                resource=wait.resource,
            )
            if wait.usable and not wait.usable.done():
                wait.usable.set_result(CopyState(id_, "expired", Phase.USABLE, expires=None))
            return
        wait.unlisted_since = now if wait.unlisted_since is None else wait.unlisted_since
        is_late = wait.may_be_listed_late and not wait.was_listed and await wait.may_be_listed_late()
        if is_late or now - wait.unlisted_since < consistency_seconds():
            self._end_if_late(id_, "not listed yet")
            return
        self._end(
            id_,
            ReplicaError(
                f"waiting for {wait.label}: {id_} is not in {self._region}: somebody deleted it",
                "run `up --refresh`, which finds it gone and copies it again",
            ),
        )

    def _judge_silence(self, ids: dict[str, str], error: Transient) -> None:
        now = self._time.clock()
        if self._silence_reported is None or now - self._silence_reported >= REPORT_INTERVAL:
            self._silence_reported = now
            show(next(iter(self._pending.values())), f"{self._region} gives no answer: {error.code}: {error.message}")
        for id_ in ids:
            if isinstance(error, Unreachable) and not self._answered:
                self._end(id_, error)
            self._end_if_late(id_, f"the region gives no answer ({error.code}: {error.message})")

    def _leave_usable(self, ids: Iterable[str], problem: str) -> None:
        """End the waits for what was usable: an outage is when the others are needed, and a look has asked for long."""
        usable = [id_ for id_ in ids if was_usable(id_)]
        if usable and outcome.is_under_the_runner() and not self._silence_is_written:
            outcome.write_unread(self._region, self._service.name, problem)
            self._silence_is_written = True
        for id_ in usable:
            waiting = f"waiting for {self._pending[id_].label}: {id_} was usable after an earlier run"
            self._end(id_, NotLookedAt(f"{waiting}; {problem}", is_reported=self._silence_is_written))
            self._silence_is_written = True

    def _has_ended(self, id_: str) -> bool:
        usable = self._pending[id_].usable
        return usable is not None and usable.done()

    def _end_if_late(self, id_: str, condition: str) -> None:
        wait = self._pending[id_]
        if self._time.clock() - wait.started >= durations.seconds(wait.timeout):
            self._end(
                id_,
                TimedOut(
                    f"waiting for {wait.label}: {id_} in {self._region} is {condition} after {wait.timeout}",
                    "the copy continues and is in the state: run `up` again to keep waiting, or raise ready_timeout",
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


def report(wait: Wait, state: CopyState, *, now: float) -> None:
    """Note the look, and write a line of progress where there is something new to say."""
    elapsed = now - wait.started
    rest = None
    if 0 < state.percent < 100 and elapsed >= SHORTEST_INTERVAL:
        rest = elapsed * (100 - state.percent) / state.percent
    looks.note(wait.resource, state.status, state.percent, rest)
    step = state.percent // REPORT_STEP
    status, last_step, last = wait.reported
    if state.status == status and step == last_step and now - last < REPORT_INTERVAL:
        return
    wait.reported = (state.status, step, now)
    left = "" if rest is None else f", about {durations.text(rest)} left"
    show(wait, f"copying: {state.percent}% ({state.status}), {durations.text(elapsed)} so far{left}")


def show(wait: Wait, message: str) -> None:
    """Show a message on the replica's own row."""
    pulumi.log.info(message, resource=wait.resource, ephemeral=True)
