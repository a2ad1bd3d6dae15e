"""Waits, in the program, until started copies are usable: what lets `create` return at once and dependents still wait.

A failed copy is reported on its own resource; the others are waited for to the end, and then one `RunError` ends the
program. It must end that way in every case: the engine deletes replaced and removed replicas after a program that
succeeded, so a wait that did not succeed must never look as if it had. Nothing here runs in a preview, and nothing here
starts, changes or deletes a copy.
"""

import asyncio
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pulumi
from pulumi.output import UNKNOWN, Unknown

from components.clouds.errors import ReplicaError
from components.model import durations
from components.replica import looks
from components.replica.once import once_per_program
from components.replica.poller import NotLookedAt, Poller, Time, Wait, show

_MAKING_NOTHING = {"destroy", "down", "dn", "refresh"}
_MAKING = {"up", "update", "preview", "pre", "watch"}
_FLAGS_WITH_A_VALUE = {"-C", "--cwd", "--color", "-v", "--verbose", "--tracing", "--profiling", "--memprofilerate"}
"""Flags that may stand before the engine's command."""

SETTLING = 0.5
"""Seconds that nothing may be running before a failure ends the program."""


class Readiness:
    """All waits of one run of the program: the pollers, and the barrier that holds failures back until all ended.

    Args:
        clock: Seconds, monotonic. Injected by tests.
        sleep: Injected by tests.
        wall: Unix seconds. Injected by tests.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._time = Time(clock, sleep, wall)
        self.waits: list[Wait] = []
        self._pollers: dict[tuple[str, str], Poller] = {}
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._interrupted = ""

    def usable_id(self, wait: Wait, *, group: pulumi.Output[Any]) -> pulumi.Output[str]:
        """Turn a started copy into an id that resolves when the copy is usable.

        The replica counts for the barrier from this call on, whether its copy could be started or not.

        Args:
            wait: The replica.
            group: Where the copy lives (see `Wait.group`). It must resolve when nothing but the engine stands between
                the program and the copy's registration.
        """
        self.waits.append(wait)
        # An input that another replica's failed wait holds back can never come: such a replica is not waited for.
        group.apply(lambda known: self._unblock(wait, known), run_with_unknowns=True)
        # Unknown in an update means that the copy could not be created: the wait must see it, and fail.
        return wait.resource.id.apply(lambda id_: self._wait(wait, id_), run_with_unknowns=True)

    def interrupt(self, reason: str) -> None:
        """End all waits at once with this message. Safe to call from any thread; copies continue in the cloud."""
        self._interrupted = reason
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_all)

    def summary(self) -> str:
        """Say in one line how the run ended for the replicas that are not usable."""
        ended = [wait for wait in self.waits if wait.settled and wait.problem]
        failed, unknown = ([wait for wait in ended if wait.is_unknown is asked] for asked in (False, True))
        unstarted = [wait for wait in self.waits if not wait.settled]
        total = f"of {len(self.waits)} replicas"
        parts = [f"{len(failed)} {total} are not usable ({_names(failed)})"] if failed or not unknown else []
        if unknown:
            parts.append(f"{len(unknown)} {total} could not be looked at: no answer of the region ({_names(unknown)})")
        if unstarted:
            parts.append(f"{len(unstarted)} could not be started: what they depend on is missing ({_names(unstarted)})")
        parts.append("no replica that was to go has been deleted")
        if failed or unstarted:
            parts.append("the errors above say what to do")
        return "; ".join(parts)

    def _unblock(self, wait: Wait, group: Any) -> None:
        wait.group = group if isinstance(group, str) else ""
        wait.blocked = False
        wait.started = self._time.clock()
        self._changed.set()

    async def _wait(self, wait: Wait, id_: Any) -> Any:
        self._loop = asyncio.get_running_loop()
        if wait.blocked or not wait.is_made_usable:
            wait.started = self._time.clock()
        wait.blocked = False
        try:
            if nothing_is_made(_engine_command()):
                return UNKNOWN if isinstance(id_, Unknown) else str(id_)
            if not isinstance(id_, Unknown):
                await self._until_usable(wait, id_)
            elif await _is_left_out(wait.resource):
                return UNKNOWN
            else:
                wait.problem = "not created"  # the engine has reported why, on the same resource
        finally:  # whatever it was: the other waits must not wait for this one
            wait.settled = True
            self._changed.set()
        if not wait.problem:
            return str(id_)
        await self._all_ended()
        raise pulumi.RunError(self._interrupted or self.summary())

    async def _until_usable(self, wait: Wait, id_: str) -> None:
        if self._interrupted:
            raise pulumi.RunError(self._interrupted)
        try:
            state = await self._poller(wait).usable(id_, wait)
        except ReplicaError as error:
            wait.problem = str(error)
            wait.is_unknown = isinstance(error, NotLookedAt)
            if not (isinstance(error, NotLookedAt) and error.is_reported):
                pulumi.log.error(wait.problem, resource=wait.resource)
        else:
            looks.note(wait.resource, state.status, 100, is_usable=True)
            if wait.reported[0]:
                size = f", {state.size_gib} GiB" if state.size_gib else ""
                show(wait, f"usable after {durations.text(self._time.clock() - wait.started)}{size}")

    async def _all_ended(self) -> None:
        while not self._interrupted:
            if self._is_running():
                self._changed.clear()
                await self._changed.wait()
            else:
                # Inputs that have just become known take a moment to let their replica start.
                await self._time.sleep(SETTLING)
                if not self._is_running():
                    return

    def _is_running(self) -> bool:
        return any(not wait.settled and not wait.blocked for wait in self.waits)

    def _poller(self, wait: Wait) -> Poller:
        key = (wait.kind, wait.region)
        if key not in self._pollers:
            self._pollers[key] = Poller(wait.service(), wait.region, self._time)
        return self._pollers[key]

    def _end_all(self) -> None:
        self._changed.set()
        for wait in self.waits:
            if wait.usable is not None and not wait.usable.done():
                wait.usable.set_exception(pulumi.RunError(self._interrupted))


async def _is_left_out(resource: pulumi.CustomResource) -> bool:
    """Report whether the engine leaves the creation of a resource out of this run, by its own targets and excludes.

    The SDK then resolves its outputs with the inputs that were given. Of one that failed, or was skipped since another
    one failed, it resolves nothing but the URN.
    """
    outputs = [value for key, value in vars(resource).items() if isinstance(value, pulumi.Output) and key != "urn"]
    return any([await output.is_known() for output in outputs])


def nothing_is_made(words: Sequence[str]) -> bool:
    """Report whether the engine runs the program for `destroy --run-program` or `refresh --run-program`.

    Nothing is started then and nothing depends on a usable copy, so there is nothing to wait for; a replica that is
    gone must not keep the others from being destroyed. The engine does not say so to the program: its command line is
    asked, and any doubt means that copies are waited for.

    Args:
        words: The engine's command line without its name.
    """
    commands = []
    is_value = False
    for word in words:
        if not is_value and not word.startswith("-"):
            commands.append(word)
        is_value = word in _FLAGS_WITH_A_VALUE
    return commands[:1] != [] and commands[0] in _MAKING_NOTHING and not _MAKING.intersection(words)


@cache
def _engine_command() -> tuple[str, ...]:
    """Return the command line of the engine that has started this program; nothing where it is run inline."""
    import psutil  # noqa: PLC0415 - a preview does without

    for parent in psutil.Process().parents():
        with suppress(psutil.Error):
            if (command := parent.cmdline()) and Path(command[0]).stem == "pulumi":
                return tuple(command[1:])
    return ()


@once_per_program
def current() -> Readiness:
    """Return the waits of the program that runs in the current event loop."""
    waits = Readiness()
    _running.add(waits)
    return waits


def interrupt_all(reason: str) -> None:
    """End the waits of every program in this process: for a runner whose program is not on the main thread."""
    for waits in list(_running):
        waits.interrupt(reason)


STOPPED = "stopped: started copies continue in the cloud; run `up` again to wait for those that are not usable"
STOPPED_PREVIEW = "preview stopped: nothing was changed"

_running: WeakSet[Readiness] = WeakSet()


def end_cleanly_on_signals() -> None:
    """Make Ctrl-C, SIGTERM and SIGHUP one line instead of a traceback; a handler that is set already is kept."""
    if threading.current_thread() is not threading.main_thread():
        return

    def stop(_signal: int, _frame: object) -> None:
        interrupt_all(STOPPED)  # inside a callback of the event loop, what is raised here would only be logged
        raise pulumi.RunError(STOPPED_PREVIEW if pulumi.runtime.is_dry_run() else STOPPED)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(number, stop)


def _names(waits: list[Wait]) -> str:
    return ", ".join(wait.label for wait in waits)
