"""A program without an engine: mocked registrations, a cloud in memory and a clock that tests move."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.clouds.account import Caller
from components.clouds.copies import CopyState, Phase

HEAL = "fix the cause"
"""The next step of a wait for a copy that failed."""


class Mocks(pulumi.runtime.Mocks):
    """Registers everything with the id `id-<name>`; remembers what was registered."""

    def __init__(self) -> None:
        self.registered: dict[str, pulumi.runtime.MockResourceArgs] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.registered[args.name] = args
        return f"id-{args.name}", dict(args.inputs)

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        raise NotImplementedError(args.token)


@contextmanager
def mocked(*, preview: bool = False) -> Iterator[Mocks]:
    """Registrations of programs that `run` runs."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks, project="replicas", stack="test", preview=preview)
    yield mocks
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(None)


def run(program: Any) -> None:
    test: Any = pulumi.runtime.test
    test(program)()


class Clock:
    """Time that passes only while everybody sleeps, so that hours of waiting take no time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.now += seconds

    async def reaches(self, moment: float) -> None:
        while self.now < moment:  # noqa: ASYNC110 - time passes in other tasks' sleeps
            await asyncio.sleep(0)


@dataclass
class FakeService:
    """Copies that become usable after `duration` seconds, with what a test wants to go wrong."""

    clock: Clock
    name: str = "fake"
    duration: float = 0.0
    outcomes: Mapping[str, CopyState | None] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    looks: list[tuple[float, str, tuple[str, ...]]] = field(default_factory=list)
    account: str = "1"

    def caller(self, _region: str) -> Caller:
        return Caller(self.account, "cloud")

    def look_up(self, region: str, groups: Mapping[str, str]) -> dict[str, CopyState]:
        self.looks.append((self.clock.now, region, tuple(groups)))
        if self.errors:
            raise self.errors.pop(0)
        states = {id_: self.outcomes.get(id_, self._state(id_)) for id_ in groups}
        return {id_: state for id_, state in states.items() if state}

    def _state(self, id_: str) -> CopyState:
        percent = 100 if self.duration == 0 else min(100, int(self.clock.now / self.duration * 100))
        done = self.clock.now >= self.duration
        return CopyState(id_, "Available" if done else "Loading", Phase.USABLE if done else Phase.COPYING, percent)


def failed(id_: str, reason: str = "no such disk") -> CopyState:
    return CopyState(id_, "Failed", Phase.FAILED, 50, reason)
